provider "identitycenter" {
  region    = "ap-southeast-3"
  endpoints = { identitystore = "URL", identitycenter = "URL", sts = "URL", iam = "URL" }

  assume_role_with_oidc {
    agency_name = "responders"
    domain_id   = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
    idp_id      = "pipeline"
    id_token    = "theIDTokenThatNobodyMaySee"
    duration    = 900
  }
}
