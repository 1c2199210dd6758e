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

# Who of all users is logged in from there?
data "identitycenter_user_sessions" "from_there" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  all_users         = true

  sessions_matching {
    from_networks      = ["203.0.113.0/24"]
    treat_missing_data = "no_match"
  }
}

output "from_there" {
  value = [for s in data.identitycenter_user_sessions.from_there.sessions : "${s.user_name} since ${s.created_at}"]
}
