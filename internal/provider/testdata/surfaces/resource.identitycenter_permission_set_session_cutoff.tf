# job: cutoff
resource "identitycenter_permission_set_session_cutoff" "administrator" {
  instance_id       = "INSTANCE"
  permission_set_id = "PERMISSION_SET"
}
