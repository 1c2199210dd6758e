resource "identitycenter_bulk_user_session_revocation" "test" {
  identity_store_id = "STORE"
  user_ids          = ["CAROL"]
  user_names        = ["alice"]
  verify            = true

  sessions_matching {
    from_networks      = ["203.0.113.0/24", "198.51.100.0/24"]
    not_from_networks  = ["10.0.0.0/8"]
    user_agent_regex   = "^Mozilla/5"
    created_after      = "2020-01-01T00:00:00Z"
    created_before     = "2100-01-01T00:00:00Z"
    older_than         = "1h"
    younger_than       = "100h"
    treat_missing_data = "no_match"
    keep_newest        = 1
  }
}
