provider "identitycenter" {
  region = "ap-southeast-3"

  protected_user_ids  = ["f3fb2c01-7928-483a-a353-821a01c82169"]
  protected_group_ids = ["3cbc2ae7-17fd-48d1-a3d4-12781a562881"]
}
