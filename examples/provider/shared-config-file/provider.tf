provider "identitycenter" {
  shared_config_file = "~/.hcloud/config.json"
  profile            = "incident-response"
}
