data "identitycenter_instance" "this" {}

data "identitycenter_users" "all" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
}

locals {
  contractors = {
    for u in data.identitycenter_users.all.users : u.user_name => u.user_id
    if endswith(coalesce(u.email, "none"), "@contractors.example.com")
  }
}

# End the sessions of every contractor.
resource "identitycenter_user_session_revocation" "contractor" {
  for_each = local.contractors

  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = each.value
  all_sessions      = true
}
