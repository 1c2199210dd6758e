variable "secret_key" {
  type      = string
  sensitive = true
  ephemeral = true
}

variable "security_token" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "identitycenter_user_session_revocation" "test" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
  all_sessions      = true
}
