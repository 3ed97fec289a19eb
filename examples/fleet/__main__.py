"""Give many existing roles, named in the configuration, the permissions that Session Manager needs, as one policy."""

import pulumi

from pulumi_ssm_perms import SessionManagerManagedPolicy

config = pulumi.Config()

fleet = SessionManagerManagedPolicy(
    "fleet",
    roles=config.require_object("roles"),
    allow_update_instance_information=True,
    kms_key_arns=config.get_object("kmsKeyArns"),
    description="Session Manager: shells on the nodes of these roles",
    path="/session-manager/",
    tags={"team": "platform"},
)

pulumi.export("policy_arn", fleet.policy_arn)
pulumi.export("policy_name", fleet.policy_name)
pulumi.export("policy_json", fleet.policy_json)
