variable "user_name" {
  type        = string
  default     = null
  description = "Name of the user to contain. One of user_name and user_id is required."

  validation {
    condition     = (var.user_name == null) != (var.user_id == null)
    error_message = "Set user_name, or user_id, but not both: terraform apply -var user_name=alice"
  }
}

variable "reason" {
  type        = string
  default     = null
  description = "Why the user is contained, such as an incident number. Shown in warnings and errors."
}

variable "revoke_console_sessions" {
  type        = bool
  default     = true
  description = "Whether to deny the console sessions of every permission set the user has. This concerns all users of these permission sets."
}

variable "suspend_access" {
  type        = bool
  default     = false
  description = "Whether to remove the account assignments and group memberships of the user. Without it, nothing of them is restored."
}

variable "restore" {
  type        = bool
  default     = false
  description = "Set to true to enable the user, remove the cutoffs and restore suspended access."
}

variable "allow_early_removal" {
  type        = bool
  default     = false
  description = "Set to true, with restore, to remove the cutoffs before the console sessions they deny have expired, such as after a false alarm."
}

variable "endpoint" {
  type        = string
  default     = null
  description = "URL of a simulator for a rehearsal. Default: the endpoints of Huawei Cloud."
}

variable "user_id" {
  type        = string
  default     = null
  description = "ID of the user, instead of user_name: the user is not looked up."
}

variable "identity_store_id" {
  type        = string
  default     = null
  description = "Identity store of the user. With instance_id, the instance is not looked up."
}

variable "instance_id" {
  type        = string
  default     = null
  description = "IAM Identity Center instance. With identity_store_id, the instance is not looked up."
}
