"""Let an existing role use the log bucket, the log group and the keys that the Region's session preferences name.

All of them exist already. `examples/new_session_logs` makes them instead.
"""

import pulumi

from pulumi_ssm_perms import SessionManagerPermissions

config = pulumi.Config()

web = SessionManagerPermissions(
    "web",
    role=config.require("role"),
    allow_update_instance_information=True,
    kms_key_arns=[config.require("sessionKeyArn")],
    s3_log_bucket_arn=config.require("bucketArn"),
    s3_log_key_prefix=config.require("keyPrefix"),
    s3_log_kms_key_arn=config.get("bucketKeyArn") or None,
    s3_log_cross_account=config.get_bool("bucketOfAnotherAccount"),
    cloudwatch_log_group_arns=[config.require("logGroupArn")],
)

pulumi.export("policy_name", web.policy_name)
pulumi.export("policy_json", web.policy_json)
