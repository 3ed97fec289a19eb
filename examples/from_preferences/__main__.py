"""Read the Region's session preferences, and let an existing role do what they ask for."""

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerPermissions

config = pulumi.Config()

# The document of Session Manager's preferences, which is there once they were saved. AWS's own steps to change it don't
# make the new version the default.
preferences = aws.ssm.get_document(name="SSM-SessionManagerRunShell", document_version="$LATEST")

web = SessionManagerPermissions(
    "web",
    role=config.require("role"),
    allow_update_instance_information=True,
    session_preferences=preferences.content,
)

pulumi.export("policy_name", web.policy_name)
pulumi.export("policy_json", web.policy_json)
