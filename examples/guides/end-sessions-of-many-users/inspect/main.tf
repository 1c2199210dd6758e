variable "networks" {
  type        = list(string)
  description = "Addresses and networks of the attacker, such as 203.0.113.0/24."
}

variable "responders" {
  type        = string
  description = "Name of the response team's group. Its members are left out."
}

data "identitycenter_instance" "this" {}

data "identitycenter_group" "responders" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  display_name      = var.responders
}

data "identitycenter_user_sessions" "attacker" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  all_users         = true
  except_group_ids  = [data.identitycenter_group.responders.group_id]

  sessions_matching {
    from_networks      = var.networks
    treat_missing_data = "no_match"
  }
}

output "users" {
  value = sort(distinct(data.identitycenter_user_sessions.attacker.sessions[*].user_name))
}

output "sessions" {
  value = [
    for session in data.identitycenter_user_sessions.attacker.sessions : {
      user       = session.user_name
      user_id    = session.user_id
      created_at = session.created_at
      ip_address = session.ip_address
      user_agent = session.user_agent
      session_id = session.session_id
    }
  ]
}
