variable "trigger" {
  type = string
}

resource "terraform_data" "user" {
  input            = "ALICE"
  triggers_replace = [var.trigger]
}

resource "identitycenter_user_lock" "test" {
  identity_store_id = "STORE"
  user_id           = terraform_data.user.output
  enable_on_destroy = true
}
