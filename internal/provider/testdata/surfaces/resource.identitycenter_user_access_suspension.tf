# job: suspend
resource "identitycenter_user_access_suspension" "alice" {
  instance_id       = "INSTANCE"
  identity_store_id = "STORE"
  user_id           = "ALICE"
  assignments       = [{ account_id = "ACCOUNT", permission_set_id = "PERMISSION_SET" }]
  group_ids         = ["GROUP"]
}
