variable "networks" {
  type        = list(string)
  description = "Addresses and networks of the attacker, such as 203.0.113.0/24."
}

variable "responders" {
  type        = string
  description = "The group of those who respond to the incident; its members are left out."
}

data "identitycenter_instance" "this" {}

data "identitycenter_group" "responders" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  display_name      = var.responders
}

data "identitycenter_user_sessions" "from_there" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  all_users         = true
  except_group_ids  = [data.identitycenter_group.responders.group_id]

  sessions_matching {
    from_networks      = var.networks
    treat_missing_data = "no_match"
  }
}

output "users" {
  value = sort(distinct(data.identitycenter_user_sessions.from_there.sessions[*].user_name))
}

output "sessions" {
  value = [
    for s in data.identitycenter_user_sessions.from_there.sessions : {
      user    = s.user_name
      user_id = s.user_id
      since   = s.created_at
      address = s.ip_address
      browser = s.user_agent
      id      = s.session_id
    }
  ]
}
