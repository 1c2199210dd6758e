# Stands for the resource that manages the user, such as huaweicloud_identitycenter_user.
resource "terraform_data" "alice" {
  input = {
    identity_store_id = "d-7f3a9c51e2"
    user_id           = "61e53a32-f777-4ee6-a9ea-613099951c77"
  }
}

# As it refers to the user, Terraform destroys it first: the sessions end, then the
# user is deleted. Remove both blocks when Alice leaves.
resource "identitycenter_user_logout_on_destroy" "alice" {
  identity_store_id = terraform_data.alice.output.identity_store_id
  user_id           = terraform_data.alice.output.user_id

  # Nobody logs in between the end of the sessions and the deletion.
  disable_user = true
}
