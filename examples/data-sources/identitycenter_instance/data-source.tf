data "identitycenter_instance" "this" {}

output "identity_store_id" {
  value = data.identitycenter_instance.this.identity_store_id
}
