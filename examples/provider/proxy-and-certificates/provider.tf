provider "identitycenter" {
  region = "ap-southeast-3"

  # The authority of a proxy that inspects TLS, or of a private endpoint.
  ca_file = "/etc/ssl/certs/example-corp.pem"

  # Only the services that are named leave their usual place.
  endpoints = {
    identitystore = "https://identitystore.private.example.com"
  }
}
