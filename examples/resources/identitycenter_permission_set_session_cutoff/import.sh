# INSTANCE_ID/PERMISSION_SET_ID/STATEMENT_ID. STATEMENT_ID is the Sid of the statement in the custom policy.
terraform import identitycenter_permission_set_session_cutoff.administrator ssoins-5f2c8e1ad90b7c34/ps-6c2b8f0d1e4a9375/identitycenterCutoff427159083316
