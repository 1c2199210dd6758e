# Lock and cut in one apply, for a rehearsal with the simulator. In an incident, use the
# three folders: the lock must not wait for anything. The sessions are listed in the look
# only: an API that refuses to list those of a disabled user would fail every later plan
# here, that of the destroy included.

variable "user_name" {
  type = string
}

variable "give_back" {
  type        = bool
  default     = false
  description = "Whether destroying all of this enables the user again."
}

data "identitycenter_instance" "this" {}

data "identitycenter_user" "intruder" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = var.user_name
}

data "identitycenter_user_access" "intruder" {
  instance_id       = data.identitycenter_instance.this.instance_id
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.intruder.user_id
}

resource "identitycenter_user_lock" "intruder" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.intruder.user_id
  enable_on_destroy = var.give_back
}

# Keeps the permission sets of the first apply, whatever is assigned later.
resource "terraform_data" "permission_sets" {
  input = data.identitycenter_user_access.intruder.permission_set_ids

  lifecycle {
    ignore_changes = [input]
  }
}

resource "identitycenter_permission_set_session_cutoff" "intruder" {
  for_each = toset(terraform_data.permission_sets.input)

  instance_id       = data.identitycenter_instance.this.instance_id
  permission_set_id = each.value
  issued_before     = identitycenter_user_lock.intruder.locked_at
}

# When the last console that was opened before the lock ends by itself, where the cut
# should not reach it.
output "consoles_until" {
  value = timeadd(identitycenter_user_lock.intruder.locked_at, data.identitycenter_user_access.intruder.longest_session_duration)
}

output "safe_to_remove_at" {
  value = { for id, cutoff in identitycenter_permission_set_session_cutoff.intruder : id => cutoff.safe_to_remove_at }
}
