# job: read
data "identitycenter_users" "all" {
  identity_store_id = "STORE"

  timeouts {
    read = "1m"
  }
}
