# Stands for the resource that manages the user, such as huaweicloud_identitycenter_user.
resource "terraform_data" "alice" {
  input = {
    identity_store_id = "d-7f3a9c51e2"
    user_id           = "61e53a32-f777-4ee6-a9ea-613099951c77"
  }
}

# Terraform destroys this before the user, because it refers to the user. Remove both
# blocks when the user leaves.
resource "identitycenter_user_logout_on_destroy" "alice" {
  identity_store_id = terraform_data.alice.output.identity_store_id
  user_id           = terraform_data.alice.output.user_id

  # Prevents a login between the end of the sessions and the deletion.
  disable_user = true
}
