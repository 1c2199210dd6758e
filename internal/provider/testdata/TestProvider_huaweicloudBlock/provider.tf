provider "identitycenter" {
  region             = "ap-southeast-3"
  access_key         = "AK"
  secret_key         = "SK"
  shared_config_file = "FILE"
  profile            = "prod"
  cloud              = "myhuaweicloud.com"
  insecure           = false
  max_retries        = 3
  endpoints          = { identitystore = "URL", identitycenter = "URL", sts = "URL", iam = "URL" }

  assume_role {
    agency_name = "responders"
    domain_name = "example-corp"
  }
}
