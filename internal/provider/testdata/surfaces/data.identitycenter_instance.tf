# job: read
data "identitycenter_instance" "this" {}
