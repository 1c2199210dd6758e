data "identitycenter_user_sessions" "this" {
  identity_store_id = "STORE"
  user_id           = "ALICE"

  sessions_matching {
    user_agent_regex = "iPhone"
  }
}

ephemeral "identitycenter_user_sessions" "this" {
  identity_store_id = "STORE"
  user_id           = "ALICE"

  sessions_matching {
    keep_newest = 1
  }

  timeouts {
    open = "4m"
  }
}

resource "identitycenter_user_session_revocation" "test" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
  session_ids_wo    = ephemeral.identitycenter_user_sessions.this.sessions[*].session_id
}
