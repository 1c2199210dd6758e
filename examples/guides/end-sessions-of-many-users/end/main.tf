variable "networks" {
  type        = list(string)
  description = "Addresses and networks of the attacker, such as 203.0.113.0/24."
}

variable "responders" {
  type        = string
  description = "Name of the response team's group. Its members are left out."
}

variable "incident" {
  type        = string
  description = "Number of the incident. A new one ends sessions again."
}

data "identitycenter_instance" "this" {}

data "identitycenter_group" "responders" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  display_name      = var.responders
}

resource "identitycenter_bulk_user_session_revocation" "attacker" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  all_users         = true
  except_group_ids  = [data.identitycenter_group.responders.group_id]

  sessions_matching {
    from_networks      = var.networks
    treat_missing_data = "no_match"
  }

  triggers = {
    incident = var.incident
  }
}

output "result" {
  value = {
    revoked_at = identitycenter_bulk_user_session_revocation.attacker.revoked_at
    users      = identitycenter_bulk_user_session_revocation.attacker.revoked_user_count
    sessions   = identitycenter_bulk_user_session_revocation.attacker.revoked_session_count
    complete   = identitycenter_bulk_user_session_revocation.attacker.complete
  }
}
