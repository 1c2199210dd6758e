data "identitycenter_instance" "this" {
  count = var.instance_id == null || var.identity_store_id == null ? 1 : 0
}

data "identitycenter_user" "this" {
  count = var.user_id == null ? 1 : 0

  identity_store_id = local.identity_store_id
  user_name         = var.user_name
}

locals {
  instance_id       = var.instance_id == null ? one(data.identitycenter_instance.this[*].instance_id) : var.instance_id
  identity_store_id = var.identity_store_id == null ? one(data.identitycenter_instance.this[*].identity_store_id) : var.identity_store_id
  user_id           = var.user_id == null ? one(data.identitycenter_user.this[*].user_id) : var.user_id
  user              = var.user_name == null ? local.user_id : var.user_name
}

data "identitycenter_user_access" "this" {
  instance_id       = local.instance_id
  identity_store_id = local.identity_store_id
  user_id           = local.user_id
  allow_incomplete  = true
}

# Keeps what the user had when the incident began, whatever is assigned later. To take
# the list again, run terraform apply -replace=terraform_data.incident.
resource "terraform_data" "incident" {
  input = {
    user_id                  = local.user_id
    complete                 = data.identitycenter_user_access.this.complete
    permission_set_ids       = data.identitycenter_user_access.this.permission_set_ids
    assignments              = [for a in data.identitycenter_user_access.this.assignments : a if a.direct != false]
    group_ids                = distinct(flatten(data.identitycenter_user_access.this.assignments[*].group_ids))
    access                   = data.identitycenter_user_access.this.assignments
    longest_session_duration = data.identitycenter_user_access.this.longest_session_duration
  }

  lifecycle {
    ignore_changes = [input]

    postcondition {
      condition     = self.input.user_id == local.user_id
      error_message = "This folder contains another user (${self.input.user_id}). Use one folder for each user."
    }
  }
}

# Ends the portal sessions and disables the user.
resource "identitycenter_user_lock" "this" {
  identity_store_id = local.identity_store_id
  user_id           = local.user_id
  locked            = !var.restore
  reason            = var.reason
}

# Denies the console sessions that were opened before the lock.
resource "identitycenter_permission_set_session_cutoff" "this" {
  for_each = toset(var.revoke_console_sessions ? terraform_data.incident.input.permission_set_ids : [])

  instance_id         = local.instance_id
  permission_set_id   = each.value
  issued_before       = identitycenter_user_lock.this.locked_at
  active              = !var.restore
  allow_early_removal = var.allow_early_removal
}

# Removes the assignments and group memberships, after the cutoffs have reached the
# accounts.
resource "identitycenter_user_access_suspension" "this" {
  count = var.suspend_access ? 1 : 0

  instance_id       = local.instance_id
  identity_store_id = local.identity_store_id
  user_id           = local.user_id
  assignments       = terraform_data.incident.input.assignments
  group_ids         = terraform_data.incident.input.group_ids
  active            = !var.restore

  lifecycle {
    precondition {
      condition     = terraform_data.incident.input.complete && length(terraform_data.incident.input.assignments) + length(terraform_data.incident.input.group_ids) > 0
      error_message = "The recorded access is empty or incomplete, so that it could not be restored. Do not replace terraform_data.incident while access is suspended."
    }
  }

  depends_on = [identitycenter_permission_set_session_cutoff.this]
}
