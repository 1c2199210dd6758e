variable "restore" {
  type    = bool
  default = false
}

data "identitycenter_user_access" "this" {
  instance_id       = "INSTANCE"
  identity_store_id = "STORE"
  user_id           = "CAROL"
}

resource "terraform_data" "incident" {
  input = {
    assignments = [for a in data.identitycenter_user_access.this.assignments : a if a.direct != false]
    group_ids   = distinct(flatten(data.identitycenter_user_access.this.assignments[*].group_ids))
  }

  lifecycle {
    ignore_changes = [input]
  }
}

resource "identitycenter_user_access_suspension" "test" {
  instance_id       = "INSTANCE"
  identity_store_id = "STORE"
  user_id           = "CAROL"
  assignments       = terraform_data.incident.input.assignments
  group_ids         = terraform_data.incident.input.group_ids
  active            = !var.restore
}
