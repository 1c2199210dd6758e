# For a service control policy of the organization.
output "all_principals" {
  value = provider::identitycenter::session_cutoff_policy("2026-11-25T03:00:00Z")
}

# Only agency sessions with the name alice, in any account.
output "one_user" {
  value = provider::identitycenter::session_cutoff_policy(
    "2026-11-25T03:00:00Z",
    "sts::*:assumed-agency:*/alice",
  )
}
