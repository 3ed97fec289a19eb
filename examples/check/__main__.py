"""Give a role the permissions that Session Manager needs, and let previews ask IAM what would deny them."""

import pulumi

from pulumi_ssm_perms import SessionManagerPermissions

config = pulumi.Config()

web = SessionManagerPermissions(
    "web",
    role=config.require("role"),
    kms_key_arns=config.get_object("kmsKeyArns"),
    allow_update_instance_information=config.get_bool("allowUpdateInstanceInformation"),
    check=config.get_bool("check"),
)

pulumi.export("role_name", web.role_name)
