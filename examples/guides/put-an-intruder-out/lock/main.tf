variable "identity_store_id" {
  type = string
}

variable "user_id" {
  type = string
}

resource "identitycenter_user_lock" "intruder" {
  identity_store_id = var.identity_store_id
  user_id           = var.user_id

  lifecycle {
    prevent_destroy = true
  }
}

output "locked_at" {
  value = identitycenter_user_lock.intruder.locked_at
}
