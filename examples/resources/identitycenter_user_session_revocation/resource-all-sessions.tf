# Whom: a user by name.
data "identitycenter_instance" "this" {}

data "identitycenter_user" "alice" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = "alice"
}

# What: every session that she has when this is applied.
resource "identitycenter_user_session_revocation" "alice" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id
  all_sessions      = true

  # A new incident ends sessions again.
  triggers = {
    incident = "INC-4711"
  }

  # Succeed only once the API no longer lists them.
  verify = true

  timeouts {
    create = "2m"
  }
}
