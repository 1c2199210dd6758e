variable "users" {
  type        = map(object({ user_id = string }))
  description = "Users by name. Remove a name when the user leaves."
}

data "identitycenter_instance" "this" {}

# Stands for the resource that manages the users, such as huaweicloud_identitycenter_user.
resource "terraform_data" "user" {
  for_each = var.users

  input = {
    identity_store_id = data.identitycenter_instance.this.identity_store_id
    user_id           = each.value.user_id
  }
}

# Terraform destroys this before the user, because it refers to the user.
resource "identitycenter_user_logout_on_destroy" "user" {
  for_each = var.users

  identity_store_id = terraform_data.user[each.key].output.identity_store_id
  user_id           = terraform_data.user[each.key].output.user_id
  disable_user      = true
}
