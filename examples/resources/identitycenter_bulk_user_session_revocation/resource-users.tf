variable "user_ids" {
  type        = list(string)
  description = "The users of a list of leaked passwords."
}

resource "identitycenter_bulk_user_session_revocation" "leaked" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_ids          = var.user_ids
  all_sessions      = true

  timeouts {
    create = "30m"
  }
}
