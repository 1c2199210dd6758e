# The IDs come from the alert, or from data.identitycenter_user in another folder: a
# lock that depends on nothing is applied in seconds and needs four permissions.
variable "identity_store_id" {
  type        = string
  description = "The identity store of the user, such as d-7f3a9c51e2."
}

variable "user_id" {
  type        = string
  description = "The user to keep out."
}

resource "identitycenter_user_lock" "intruder" {
  identity_store_id = var.identity_store_id
  user_id           = var.user_id

  lifecycle {
    prevent_destroy = true
  }
}

# From this moment on the user cannot open a console: cut those from before it.
output "locked_at" {
  value = identitycenter_user_lock.intruder.locked_at
}
