data "identitycenter_user_sessions" "found" {
  identity_store_id = "STORE"
  all_users         = true
  except_group_ids  = ["GROUP"]

  sessions_matching {
    from_networks      = ["10.0.1.0/27", "10.99.1.1"]
    treat_missing_data = "no_match"
  }

  timeouts {
    read = "10m"
  }
}

output "found" {
  value = [for s in data.identitycenter_user_sessions.found.sessions : "${s.user_name} ${s.user_id} ${s.session_id}"]
}
