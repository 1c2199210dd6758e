provider "identitycenter" {
  region = "ap-southeast-3"

  # With the keys of the pipeline ...
  assume_role {
    agency_name = "automation"
    domain_id   = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
  }

  # ... and then with those of the agency above.
  assume_role {
    agency_name = "session-revoker"
    domain_id   = "f9e8d7c6b5a493827160f5e4d3c2b1a0"
    duration    = 900
  }
}
