data "identitycenter_instance" "this" {}

data "identitycenter_user" "alice" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = "alice"
}

data "identitycenter_user_sessions" "alice" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id
}

# To end sessions, select them in the revocation itself.
output "sessions" {
  value = data.identitycenter_user_sessions.alice.sessions
}

# Sessions of the last hour that are not from the office.
data "identitycenter_user_sessions" "alice_elsewhere" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id

  sessions_matching {
    not_from_networks = ["198.51.100.0/24"]
    younger_than      = "1h"
  }
}

# Sessions of all users from a network.
data "identitycenter_user_sessions" "attacker" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  all_users         = true

  sessions_matching {
    from_networks      = ["203.0.113.0/24"]
    treat_missing_data = "no_match"
  }
}

output "attacker" {
  value = [for s in data.identitycenter_user_sessions.attacker.sessions : "${s.user_name} since ${s.created_at}"]
}
