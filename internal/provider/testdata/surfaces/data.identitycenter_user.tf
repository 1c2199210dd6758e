# job: read
data "identitycenter_user" "by_name" {
  identity_store_id = "STORE"
  user_name         = "alice"
}

data "identitycenter_user" "by_id" {
  identity_store_id = "STORE"
  user_id           = data.identitycenter_user.by_name.user_id
}
