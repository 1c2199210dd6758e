resource "identitycenter_bulk_user_session_revocation" "test" {
  identity_store_id = "STORE"
  all_users         = true
  except_group_ids  = ["GROUP"]

  sessions_matching {
    from_networks      = ["10.0.1.0/27", "10.99.1.1"]
    treat_missing_data = "no_match"
  }
}
