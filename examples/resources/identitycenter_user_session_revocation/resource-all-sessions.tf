data "identitycenter_instance" "this" {}

data "identitycenter_user" "alice" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = "alice"
}

resource "identitycenter_user_session_revocation" "alice" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id
  all_sessions      = true

  # Wait until the API no longer lists the sessions.
  verify = true

  # A new incident ends sessions again.
  triggers = {
    incident = "INC-4711"
  }
}
