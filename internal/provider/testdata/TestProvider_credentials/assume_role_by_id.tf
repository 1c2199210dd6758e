provider "identitycenter" {
  region     = "ap-southeast-3"
  access_key = "AK"
  secret_key = "SK"
  endpoints  = { identitystore = "URL", identitycenter = "URL", sts = "URL", iam = "URL" }

  assume_role {
    agency_name = "responders"
    domain_id   = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
    duration    = 1800
  }
}
