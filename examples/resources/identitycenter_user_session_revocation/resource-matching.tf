# Sessions that are not from the office and began more than an hour ago.
resource "identitycenter_user_session_revocation" "stolen_laptop" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id

  sessions_matching {
    not_from_networks = ["198.51.100.0/24", "2001:db8:42::/48"]
    older_than        = "1h"
  }
}
