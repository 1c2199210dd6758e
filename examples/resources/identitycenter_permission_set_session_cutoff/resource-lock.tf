# The permission sets as the look printed them: a live list would lift the cut as
# soon as an assignment is removed.
variable "permission_set_ids" {
  type = set(string)
}

resource "identitycenter_user_lock" "intruder" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = "61e53a32-f777-4ee6-a9ea-613099951c77"
}

resource "identitycenter_permission_set_session_cutoff" "intruder" {
  for_each = var.permission_set_ids

  instance_id       = data.identitycenter_instance.this.instance_id
  permission_set_id = each.value

  # The only connection to the lock.
  issued_before = identitycenter_user_lock.intruder.locked_at
}
