"""Give a role the permissions that Session Manager needs, and learn in preview what it will still not be able to do."""

import pulumi

from pulumi_ssm_perms import SessionManagerPermissions

config = pulumi.Config()

web = SessionManagerPermissions(
    "web",
    role=config.require("role"),
    kms_key_arns=config.get_object("kmsKeyArns"),
    allow_update_instance_information=config.get_bool("allowUpdateInstanceInformation"),
    check="advisory",
)

pulumi.export("role_name", web.role_name)
pulumi.export("denied_actions", web.denied_actions)
