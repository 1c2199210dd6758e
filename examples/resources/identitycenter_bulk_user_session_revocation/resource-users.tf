variable "user_names" {
  type        = list(string)
  description = "Users whose passwords leaked."
}

resource "identitycenter_bulk_user_session_revocation" "leaked" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_names        = var.user_names
  all_sessions      = true

  timeouts {
    create = "30m"
  }
}
