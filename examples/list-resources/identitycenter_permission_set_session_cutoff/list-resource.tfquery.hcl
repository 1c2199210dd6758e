# Statements of this provider in all permission sets of the instance.
list "identitycenter_permission_set_session_cutoff" "all" {
  provider = identitycenter

  config {
    instance_id = "ssoins-5f2c8e1ad90b7c34"
  }
}
