# job: read
data "identitycenter_group_memberships" "security" {
  identity_store_id = "STORE"
  group_id          = "GROUP"
}
