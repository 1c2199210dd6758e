data "identitycenter_instance" "this" {}

data "identitycenter_group" "security" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  display_name      = "security"
}

output "security" {
  value = data.identitycenter_group.security.group_id
}
