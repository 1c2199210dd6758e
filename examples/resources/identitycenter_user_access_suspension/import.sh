# INSTANCE_ID/IDENTITY_STORE_ID/USER_ID
terraform import identitycenter_user_access_suspension.this ssoins-5f2c8e1ad90b7c34/d-7f3a9c51e2/61e53a32-f777-4ee6-a9ea-613099951c77
