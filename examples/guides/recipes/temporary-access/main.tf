variable "expired" {
  type        = bool
  default     = false
  description = "Set to true, in the apply that removes the assignment, when the access ends."
}

data "identitycenter_instance" "this" {}

data "identitycenter_user" "contractor" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = "bob"
}

# Stands for the assignment, such as huaweicloud_identitycenter_account_assignment.
resource "terraform_data" "assignment" {
  count = var.expired ? 0 : 1
}

# Ends the portal sessions when the access ends.
resource "identitycenter_user_session_revocation" "contractor" {
  count = var.expired ? 1 : 0

  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.contractor.user_id
  all_sessions      = true
}

# Denies the console sessions that were opened before.
resource "identitycenter_permission_set_session_cutoff" "contractor" {
  count = var.expired ? 1 : 0

  instance_id       = data.identitycenter_instance.this.instance_id
  permission_set_id = "ps-6c2b8f0d1e4a9375"

  depends_on = [terraform_data.assignment, identitycenter_user_session_revocation.contractor]
}
