data "identitycenter_instance" "this" {}

data "identitycenter_user" "alice" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = "alice"
}

ephemeral "identitycenter_user_sessions" "alice" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id
}

resource "identitycenter_user_session_revocation" "alice" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id

  session_ids_wo         = local.from_networks
  session_ids_wo_version = "INC-4711"
}
