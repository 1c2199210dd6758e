# job: read
data "identitycenter_group" "by_name" {
  identity_store_id = "STORE"
  display_name      = "security"
}

data "identitycenter_group" "by_id" {
  identity_store_id = "STORE"
  group_id          = data.identitycenter_group.by_name.group_id
}
