# terraform query -generate-config-out=locks.tf
list "identitycenter_user_lock" "disabled" {
  provider         = identitycenter
  include_resource = true

  config {
    identity_store_id = "d-7f3a9c51e2"
    provisioned       = false
  }
}
