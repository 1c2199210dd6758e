data "identitycenter_user_access" "test" {
  instance_id       = "INSTANCE"
  identity_store_id = "STORE"
  user_id           = "ALICE"
}

output "until" {
  value = timeadd("2026-11-25T03:00:00Z", data.identitycenter_user_access.test.longest_session_duration)
}
