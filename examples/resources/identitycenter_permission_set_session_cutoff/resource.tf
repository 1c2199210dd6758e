data "identitycenter_instance" "this" {}

# Without issued_before, the cutoff time is that of the apply.
resource "identitycenter_permission_set_session_cutoff" "administrator" {
  instance_id       = data.identitycenter_instance.this.instance_id
  permission_set_id = "ps-6c2b8f0d1e4a9375"
}

output "safe_to_remove_at" {
  value = identitycenter_permission_set_session_cutoff.administrator.safe_to_remove_at
}
