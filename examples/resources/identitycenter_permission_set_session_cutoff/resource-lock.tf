# A fixed list: with a data source, removing an assignment would remove its cutoff.
variable "permission_set_ids" {
  type = set(string)
}

resource "identitycenter_user_lock" "alice" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = "61e53a32-f777-4ee6-a9ea-613099951c77"
}

resource "identitycenter_permission_set_session_cutoff" "alice" {
  for_each = var.permission_set_ids

  instance_id       = data.identitycenter_instance.this.instance_id
  permission_set_id = each.value
  issued_before     = identitycenter_user_lock.alice.locked_at
}
