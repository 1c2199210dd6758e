data "identitycenter_instance" "this" {}

data "identitycenter_group" "security" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  display_name      = "security"
}

data "identitycenter_group_memberships" "security" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  group_id          = data.identitycenter_group.security.group_id
}

output "security_user_ids" {
  value = data.identitycenter_group_memberships.security.user_ids
}
