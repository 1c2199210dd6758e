variable "users" {
  type = set(string)
}

variable "url" {
  type = string
}

variable "command" {
  type = string
}

# Stands for the users: destroying one sends a DELETE to the simulator.
resource "terraform_data" "user" {
  for_each = var.users
  input = {
    id      = each.key
    url     = "${var.url}/v1/identity-stores/STORE/users/${each.key}"
    command = var.command
  }

  provisioner "local-exec" {
    when        = destroy
    command     = self.output.command
    environment = { IDENTITYCENTER_TEST_DELETE = self.output.url }
  }
}

resource "identitycenter_user_logout_on_destroy" "all" {
  for_each          = var.users
  identity_store_id = "STORE"
  user_id           = terraform_data.user[each.key].output.id
}
