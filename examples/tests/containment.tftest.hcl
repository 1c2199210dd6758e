# Contains a user, checks the result, and restores access. Copy it to a copy of
# examples/containment. Never run it for a user who is to stay contained.
#
#   terraform test -var user_name=alice

run "contain" {
  assert {
    condition     = identitycenter_user_lock.this.locked && identitycenter_user_lock.this.sessions_verified
    error_message = "The user is not locked, or the sessions could not be verified."
  }

  assert {
    condition     = length(identitycenter_permission_set_session_cutoff.this) > 0 && alltrue([for cutoff in identitycenter_permission_set_session_cutoff.this : cutoff.active])
    error_message = "A permission set has no active cutoff."
  }
}

run "restore" {
  variables {
    restore             = true
    allow_early_removal = true
  }

  assert {
    condition     = !identitycenter_user_lock.this.locked
    error_message = "The user is still locked."
  }

  assert {
    condition     = alltrue([for cutoff in identitycenter_permission_set_session_cutoff.this : !cutoff.active])
    error_message = "A cutoff is still active."
  }
}
