# A drill: locks a user out, cuts the consoles, verifies both, and gives everything back at its end.
#
#   terraform test -var user_name=alice -var endpoint=http://127.0.0.1:PORT

variables {
  give_back = true
}

run "look" {
  command = plan

  module {
    source = "../look"
  }

  assert {
    condition     = length(data.identitycenter_user_sessions.intruder.sessions) > 0
    error_message = "The user is not logged in: there is nothing to practise on."
  }
}

run "put_out" {
  assert {
    condition     = identitycenter_user_lock.intruder.locked && identitycenter_user_lock.intruder.sessions_verified
    error_message = "The lock does not hold, or nobody knows whether sessions are left."
  }

  assert {
    condition     = alltrue([for cutoff in identitycenter_permission_set_session_cutoff.intruder : cutoff.active])
    error_message = "A permission set of the user is not cut."
  }
}

# Looks again.
run "verify" {
  command = plan

  module {
    source = "../look"
  }

  assert {
    condition     = !data.identitycenter_user.intruder.enabled
    error_message = "The user may still log in."
  }

  assert {
    condition     = length(data.identitycenter_user_sessions.intruder.sessions) == 0
    error_message = "The user is still logged in."
  }
}
