provider "identitycenter" {
  region     = "ap-southeast-3"
  access_key = "AK"
  secret_key = "SK"
  endpoints  = { identitystore = "URL", identitycenter = "URL", sts = "URL", iam = "URL" }

  assume_role {
    agency_name = "responders"
    domain_name = "example-corp"
  }
}
