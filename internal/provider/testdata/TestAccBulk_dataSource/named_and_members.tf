variable "user_ids" {
  type = list(string)
}

variable "except_user_id" {
  type = string
}

data "identitycenter_user_sessions" "named" {
  identity_store_id = "STORE"
  user_ids          = var.user_ids
  except_user_ids   = [var.except_user_id]
}

data "identitycenter_user_sessions" "members" {
  identity_store_id = "STORE"
  group_ids         = ["GROUP"]
}

output "named" {
  value = data.identitycenter_user_sessions.named.sessions[*].user_name
}

output "members" {
  value = data.identitycenter_user_sessions.members.sessions
}
