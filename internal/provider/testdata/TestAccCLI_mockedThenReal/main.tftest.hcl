mock_provider "identitycenter" {
  alias = "mocked"
}

run "mocked" {
  providers = { identitycenter = identitycenter.mocked }
}

run "real" {
  assert {
    condition     = output.count == 0
    error_message = "the record was made anew"
  }
}

run "anew" {
  variables {}

  plan_options {
    replace = [identitycenter_user_session_revocation.test]
  }

  assert {
    condition     = output.count == 3
    error_message = "three sessions were to be ended"
  }
}
