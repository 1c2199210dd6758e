data "identitycenter_instance" "this" {}

data "identitycenter_user_sessions" "attacker" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  all_users         = true

  sessions_matching {
    from_networks      = ["203.0.113.0/24"]
    treat_missing_data = "no_match"
  }
}

output "logged_in_from_there" {
  value = [for s in data.identitycenter_user_sessions.attacker.sessions : "${s.user_name} ${s.ip_address} ${s.created_at}"]
}
