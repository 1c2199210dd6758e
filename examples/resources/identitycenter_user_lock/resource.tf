data "identitycenter_instance" "this" {}

data "identitycenter_user" "alice" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = "alice"
}

resource "identitycenter_user_lock" "alice" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id
  reason            = "INC-4711"
}

# The cutoff time for console sessions that were opened before.
output "locked_at" {
  value = identitycenter_user_lock.alice.locked_at
}
