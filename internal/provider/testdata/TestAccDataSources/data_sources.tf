data "identitycenter_instance" "this" {}

data "identitycenter_user" "by_name" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = "alice"
}

data "identitycenter_user" "by_id" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.by_name.user_id
}

data "identitycenter_users" "all" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
}

data "identitycenter_group" "by_name" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  display_name      = "security"
}

data "identitycenter_group" "by_id" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  group_id          = data.identitycenter_group.by_name.group_id
}

data "identitycenter_user_access" "this" {
  instance_id       = data.identitycenter_instance.this.instance_id
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.by_name.user_id
  allow_incomplete  = true
}
