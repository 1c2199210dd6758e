# Stands for the resource that manages the user, such as huaweicloud_identitycenter_user.
resource "terraform_data" "leaver" {
  input = {
    identity_store_id = data.identitycenter_instance.this.identity_store_id
    user_id           = "61e53a32-f777-4ee6-a9ea-613099951c77"
  }
}

# As it refers to the user, Terraform destroys it before the user: first the
# sessions end, then the user is deleted.
resource "identitycenter_user_session_revocation" "leaver" {
  identity_store_id = terraform_data.leaver.output.identity_store_id
  user_id           = terraform_data.leaver.output.user_id
  all_sessions      = true
  revoke_on_destroy = true
}
