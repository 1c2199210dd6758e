variable "user_name" {
  type        = string
  description = "The user whose session or password somebody else has."
}

data "identitycenter_instance" "this" {}

data "identitycenter_user" "intruder" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = var.user_name
}

data "identitycenter_user_sessions" "intruder" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.intruder.user_id
}

data "identitycenter_user_access" "intruder" {
  instance_id       = data.identitycenter_instance.this.instance_id
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.intruder.user_id
}

# For the next two folders.
output "lock" {
  value = {
    identity_store_id = data.identitycenter_instance.this.identity_store_id
    user_id           = data.identitycenter_user.intruder.user_id
  }
}

output "cut" {
  value = {
    instance_id        = data.identitycenter_instance.this.instance_id
    permission_set_ids = data.identitycenter_user_access.intruder.permission_set_ids
  }
}

output "sessions" {
  value = data.identitycenter_user_sessions.intruder.sessions
}

output "access" {
  value = data.identitycenter_user_access.intruder.assignments
}

output "longest_session_duration" {
  value = data.identitycenter_user_access.intruder.longest_session_duration
}
