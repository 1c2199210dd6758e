# Only the region is set: the keys are those of the server's agency.
provider "identitycenter" {
  region = "ap-southeast-3"
}
