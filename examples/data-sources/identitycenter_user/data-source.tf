data "identitycenter_instance" "this" {}

data "identitycenter_user" "alice" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = "alice"
}

output "alice" {
  value = {
    user_id = data.identitycenter_user.alice.user_id
    enabled = data.identitycenter_user.alice.enabled
    email   = one([for e in data.identitycenter_user.alice.emails : e.value if e.primary])
  }
}
