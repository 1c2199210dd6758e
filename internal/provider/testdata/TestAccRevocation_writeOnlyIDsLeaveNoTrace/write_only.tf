variable "user_name" {
  type = string
}

data "identitycenter_instance" "this" {}

data "identitycenter_user" "victim" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = var.user_name
}

ephemeral "identitycenter_user_sessions" "now" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.victim.user_id
}

resource "identitycenter_user_session_revocation" "test" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.victim.user_id
  session_ids_wo    = [for s in ephemeral.identitycenter_user_sessions.now.sessions : s.session_id if s.ip_address == "192.0.2.99"]
}
