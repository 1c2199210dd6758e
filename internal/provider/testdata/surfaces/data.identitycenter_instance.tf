# job: look
data "identitycenter_instance" "this" {}
