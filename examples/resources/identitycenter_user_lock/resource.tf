# The IDs come from the alert, or from data.identitycenter_user in another folder: a
# lock that depends on nothing is applied in seconds and needs four permissions.
variable "identity_store_id" {
  type        = string
  description = "ID of the identity store of the user, such as d-7f3a9c51e2."
}

variable "user_id" {
  type        = string
  description = "ID of the user to lock."
}

variable "restore" {
  type        = bool
  default     = false
  description = "Set to true to enable the user again."
}

resource "identitycenter_user_lock" "this" {
  identity_store_id = var.identity_store_id
  user_id           = var.user_id
  locked            = !var.restore
  reason            = "incident 4711"
}

# The user cannot open a console session after this time: deny those from before it.
output "locked_at" {
  value = identitycenter_user_lock.this.locked_at
}
