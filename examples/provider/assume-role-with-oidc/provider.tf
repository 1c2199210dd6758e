provider "identitycenter" {
  region = "ap-southeast-3"

  assume_role_with_oidc {
    idp_id        = "ci-pipelines"
    id_token_file = "/var/run/secrets/oidc-token"
    agency_name   = "session-revoker"
    domain_id     = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
  }
}
