variable "trigger" {
  type = string
}

resource "terraform_data" "user" {
  input            = "ALICE"
  triggers_replace = [var.trigger]
}

data "identitycenter_user" "alice" {
  identity_store_id = "STORE"
  user_id           = terraform_data.user.output
}

resource "identitycenter_user_logout_on_destroy" "test" {
  identity_store_id = "STORE"
  user_id           = data.identitycenter_user.alice.user_id
  depends_on        = [data.identitycenter_user.alice]
}
