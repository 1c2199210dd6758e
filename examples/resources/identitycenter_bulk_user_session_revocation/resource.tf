data "identitycenter_instance" "this" {}

# The response team keeps its sessions.
data "identitycenter_group" "responders" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  display_name      = "security"
}

# Ends every session from the attacker's network, of any user.
resource "identitycenter_bulk_user_session_revocation" "attacker" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  all_users         = true
  except_group_ids  = [data.identitycenter_group.responders.group_id]

  sessions_matching {
    from_networks      = ["203.0.113.0/24"]
    treat_missing_data = "no_match"
  }

  # A new incident ends sessions again.
  triggers = {
    incident = "INC-4711"
  }
}

output "revoked_session_count" {
  value = identitycenter_bulk_user_session_revocation.attacker.revoked_session_count
}
