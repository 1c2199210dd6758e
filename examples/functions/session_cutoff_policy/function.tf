# For a service control policy of the organization.
output "everybody" {
  value = provider::identitycenter::session_cutoff_policy("2026-11-25T03:00:00Z")
}

# Only the sessions whose name is alice, of any agency in any account.
output "one_user" {
  value = provider::identitycenter::session_cutoff_policy(
    "2026-11-25T03:00:00Z",
    "sts::*:assumed-agency:*/alice",
  )
}
