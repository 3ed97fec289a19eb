"""Give an existing role, named in the configuration, the permissions that Session Manager needs."""

import pulumi

from pulumi_ssm_perms import SessionManagerPermissions

config = pulumi.Config()

web = SessionManagerPermissions(
    "web",
    role=config.require("role"),
    allow_update_instance_information=True,
    kms_key_arns=config.get_object("kmsKeyArns"),
    s3_log_encryption_enforced=config.get_bool("s3LogEncryptionEnforced"),
)

pulumi.export("role_name", web.role_name)
pulumi.export("policy_name", web.policy_name)
pulumi.export("policy_json", web.policy_json)
