# Sessions that an alert named.
resource "identitycenter_user_session_revocation" "alert" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id

  session_ids = [
    "d71e9b72-4549-4a96-a551-9f5f20c1cbfb",
    "21f18871-4210-47dd-a031-8ba77898312b",
  ]
}
