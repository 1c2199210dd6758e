locals {
  incident   = terraform_data.incident.input
  locked_at  = identitycenter_user_lock.this.locked_at
  cutoffs    = values(identitycenter_permission_set_session_cutoff.this)
  rerun      = "terraform apply -var ${var.user_name == null ? "user_id=${local.user_id}" : "user_name=${var.user_name}"}${var.suspend_access ? " -var suspend_access=true" : ""}"
  safe_times = sort([for cutoff in local.cutoffs : cutoff.safe_to_remove_at if cutoff.safe_to_remove_at != null])
  safe_at    = length(local.safe_times) == 0 ? null : local.safe_times[length(local.safe_times) - 1]
}

output "user" {
  description = "Who is contained."
  value       = "${local.user} (user ID ${local.user_id})"
}

output "portal_sessions" {
  description = "What was done to the sessions of the user portal."
  value = var.restore ? "The user is enabled and can log in." : join(" ", [
    identitycenter_user_lock.this.revoked_session_count == null ? "The lock was imported." : "${identitycenter_user_lock.this.revoked_session_count} ended.",
    local.locked_at == null ? "Locked." : "Locked since ${local.locked_at}.",
    identitycenter_user_lock.this.sessions_verified ? "No session is left." : "The API did not list the sessions afterwards: sessions from before may be open until they expire.",
  ])
}

output "console_sessions" {
  description = "What was done to the console sessions that were open."
  value = (
    var.restore ? "The cutoffs are removed." :
    !var.revoke_console_sessions ? "Not revoked: revoke_console_sessions is false." :
    !local.incident.complete ? "Not revoked, or not in every permission set: the access of the user could not be read. To add the cutoffs, run: ${local.rerun} -replace=terraform_data.incident" :
    length(local.cutoffs) == 0 ? "None: the user has no permission set." :
    "Revoked if begun before ${local.locked_at}: ${join(", ", [for cutoff in local.cutoffs : cutoff.permission_set_name == null ? cutoff.permission_set_id : cutoff.permission_set_name])}"
  )
}

output "suspended_access" {
  description = "What was done to the account assignments and group memberships of the user."
  value = (
    !var.suspend_access ? "Not suspended." :
    var.restore ? "Restored: ${length(local.incident.assignments)} account assignments, ${length(local.incident.group_ids)} group memberships." :
    "Suspended: ${length(local.incident.assignments)} account assignments, ${length(local.incident.group_ids)} group memberships."
  )
}

output "access" {
  description = "Accounts and permission sets that the user had when the incident began."
  value = {
    for account in distinct(local.incident.access[*].account_id) : account => join(", ", sort(distinct([
      for a in local.incident.access : a.permission_set_name == null ? a.permission_set_id : a.permission_set_name if a.account_id == account
    ])))
  }
}

output "console_sessions_end_at" {
  description = "When console sessions that no cutoff reaches have ended by themselves, if they were opened through the access above."
  value       = local.incident.complete ? try(timeadd(local.locked_at, local.incident.longest_session_duration), null) : null
}

output "safe_to_restore_at" {
  description = "When every console session that the cutoffs deny has expired."
  value       = local.safe_at
}

output "restore" {
  description = "How to enable the user and remove the cutoffs."
  value       = var.restore ? "Done. To contain the user again, run: ${local.rerun}" : "At safe_to_restore_at: ${local.rerun} -var restore=true"
}
