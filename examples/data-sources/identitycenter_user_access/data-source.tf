data "identitycenter_instance" "this" {}

data "identitycenter_user" "alice" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = "alice"
}

data "identitycenter_user_access" "alice" {
  instance_id       = data.identitycenter_instance.this.instance_id
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id
}

output "access" {
  value = data.identitycenter_user_access.alice.assignments
}

# When the console sessions that the user has opened until now have ended by themselves.
output "console_sessions_end_at" {
  value = timeadd(plantimestamp(), data.identitycenter_user_access.alice.longest_session_duration)
}
