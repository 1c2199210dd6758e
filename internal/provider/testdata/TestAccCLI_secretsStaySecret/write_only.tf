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

ephemeral "identitycenter_user_sessions" "now" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
}

resource "identitycenter_user_session_revocation" "test" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
  session_ids_wo    = ephemeral.identitycenter_user_sessions.now.sessions[*].session_id
}
