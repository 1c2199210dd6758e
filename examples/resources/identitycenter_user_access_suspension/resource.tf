variable "user_name" {
  type        = string
  description = "Name of the user whose access is suspended."
}

variable "restore" {
  type        = bool
  default     = false
  description = "Whether to restore the access."
}

data "identitycenter_instance" "this" {}

data "identitycenter_user" "this" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = var.user_name
}

data "identitycenter_user_access" "this" {
  instance_id       = data.identitycenter_instance.this.instance_id
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.this.user_id
}

# Keeps the access that the user had when the incident began.
resource "terraform_data" "incident" {
  input = {
    user_id = data.identitycenter_user.this.user_id

    # direct is null when the API does not say whether an assignment is the user's own.
    assignments = [for a in data.identitycenter_user_access.this.assignments : a if a.direct != false]
    group_ids   = distinct(flatten(data.identitycenter_user_access.this.assignments[*].group_ids))
  }

  lifecycle {
    ignore_changes = [input]

    postcondition {
      condition     = self.input.user_id == data.identitycenter_user.this.user_id
      error_message = "This folder contains another user (${self.input.user_id}). Use one folder for each user."
    }
  }
}

resource "identitycenter_user_access_suspension" "this" {
  instance_id       = data.identitycenter_instance.this.instance_id
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.this.user_id
  assignments       = terraform_data.incident.input.assignments
  group_ids         = terraform_data.incident.input.group_ids
  active            = !var.restore
}
