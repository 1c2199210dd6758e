variable "user_names" {
  type        = set(string)
  description = "Names of the users to lock."
}

data "identitycenter_instance" "this" {}

data "identitycenter_user" "compromised" {
  for_each = var.user_names

  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = each.key
}

resource "identitycenter_user_lock" "compromised" {
  for_each = var.user_names

  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.compromised[each.key].user_id
  reason            = "INC-4711"
}
