data "identitycenter_instance" "this" {}

data "identitycenter_user" "alice" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = "alice"
}

data "identitycenter_user_sessions" "alice" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id
}

# To look at. To end sessions, choose them in the revocation itself.
output "sessions" {
  value = data.identitycenter_user_sessions.alice.sessions
}

# Only those of the last hour from elsewhere.
data "identitycenter_user_sessions" "alice_elsewhere" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id

  sessions_matching {
    not_from_networks = ["198.51.100.0/24"]
    younger_than      = "1h"
  }
}
