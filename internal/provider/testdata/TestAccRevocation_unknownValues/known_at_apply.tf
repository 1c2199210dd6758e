variable "session_ids" {
  type = list(string)
}

resource "terraform_data" "later" {
  input = {
    store = "STORE"
    user  = "ALICE"
    ids   = var.session_ids
  }
}

resource "identitycenter_user_session_revocation" "test" {
  identity_store_id = terraform_data.later.output.store
  user_id           = terraform_data.later.output.user
  session_ids       = terraform_data.later.output.ids
  triggers          = { at = terraform_data.later.id }
}
