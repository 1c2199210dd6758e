provider "identitycenter" {
  region = "ap-southeast-3"

  # The authority of a proxy that inspects TLS, or of a private endpoint.
  ca_file = "/etc/ssl/certs/example-corp.pem"

  # The services that are not named keep their default endpoints.
  endpoints = {
    identitystore = "https://identitystore.private.example.com"
  }
}
