data "identitycenter_instance" "this" {}

# Those who respond to the incident stay logged in.
data "identitycenter_group" "security" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  display_name      = "security"
}

resource "identitycenter_bulk_user_session_revocation" "incident" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  all_users         = true
  except_group_ids  = [data.identitycenter_group.security.group_id]

  sessions_matching {
    from_networks      = ["203.0.113.0/24"]
    treat_missing_data = "no_match"
  }

  triggers = {
    incident = "INC-4711"
  }
}
