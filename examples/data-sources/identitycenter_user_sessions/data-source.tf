data "identitycenter_instance" "this" {}

data "identitycenter_user" "alice" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = "alice"
}

data "identitycenter_user_sessions" "alice" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id
}

# To look at. To end sessions, use the ephemeral resource of the same name.
output "sessions" {
  value = data.identitycenter_user_sessions.alice.sessions
}
