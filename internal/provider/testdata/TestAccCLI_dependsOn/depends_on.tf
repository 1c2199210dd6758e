variable "input" {
  type = string
}

resource "terraform_data" "before" {
  input = var.input
}

data "identitycenter_user" "this" {
  identity_store_id = "STORE"
  user_name         = "alice"
  depends_on        = [terraform_data.before]
}

resource "identitycenter_user_session_revocation" "test" {
  identity_store_id = "STORE"
  user_id           = data.identitycenter_user.this.user_id
  all_sessions      = true
}
