data "identitycenter_instance" "this" {}

# An address of the attacker, whoever is logged in from there.
resource "identitycenter_bulk_user_session_revocation" "attacker" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  all_users         = true

  # A session from the attacker's address is nobody's to keep, not even ours.
  except_user_ids = []

  sessions_matching {
    from_networks = ["203.0.113.7", "2001:db8:7::/64"]

    # Sessions whose address the API does not tell stay.
    treat_missing_data = "no_match"
  }

  # A new incident ends sessions again.
  triggers = {
    incident = "INC-4711"
  }

  verify = true
}

output "ended" {
  value = {
    users    = identitycenter_bulk_user_session_revocation.attacker.revoked_user_ids
    sessions = identitycenter_bulk_user_session_revocation.attacker.revoked_session_count
  }
}
