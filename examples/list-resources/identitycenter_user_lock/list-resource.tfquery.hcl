# Disabled users of the identity store.
list "identitycenter_user_lock" "all" {
  provider = identitycenter

  config {
    identity_store_id = "d-7f3a9c51e2"
  }
}
