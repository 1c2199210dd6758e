variable "user_name" {
  type        = string
  description = "Name of the user to sign out."
}

variable "office" {
  type        = list(string)
  default     = ["198.51.100.0/24"]
  description = "Networks whose sessions are kept."
}

data "identitycenter_instance" "this" {}

data "identitycenter_user" "stolen" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = var.user_name
}

# terraform apply -invoke=action.identitycenter_user_session_revocation.stolen -var user_name=alice
action "identitycenter_user_session_revocation" "stolen" {
  config {
    identity_store_id = data.identitycenter_user.stolen.identity_store_id
    user_id           = data.identitycenter_user.stolen.user_id
    verify            = true

    sessions_matching {
      not_from_networks = var.office
    }
  }
}
