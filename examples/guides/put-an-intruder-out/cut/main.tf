variable "instance_id" {
  type = string
}

variable "permission_set_ids" {
  type        = set(string)
  description = "As the look printed them. Not a live list: it would lift the cut as soon as an assignment is removed."
}

variable "issued_before" {
  type        = string
  description = "The locked_at of the lock."
}

resource "identitycenter_permission_set_session_cutoff" "intruder" {
  for_each = var.permission_set_ids

  instance_id       = var.instance_id
  permission_set_id = each.value
  issued_before     = var.issued_before

  lifecycle {
    prevent_destroy = true
  }
}

output "safe_to_remove_at" {
  value = { for id, cutoff in identitycenter_permission_set_session_cutoff.intruder : id => cutoff.safe_to_remove_at }
}
