"""Let an existing role use the log bucket, the log group and the keys that the Region's session preferences name.

All of them exist already; what the preferences don't have stays empty. `examples/new_session_logs` makes them instead.
"""

import pulumi

from pulumi_ssm_perms import SessionManagerPermissions

config = pulumi.Config()
session_key = config.get("sessionKeyArn")
log_group = config.get("logGroupArn")
key_prefix = config.get("keyPrefix")

web = SessionManagerPermissions(
    "web",
    role=config.require("role"),
    allow_update_instance_information=True,
    kms_key_arns=[session_key] if session_key else None,
    s3_log_bucket_arn=config.get("bucketArn") or None,
    **({"s3_log_key_prefix": key_prefix} if key_prefix else {}),
    s3_log_kms_key_arn=config.get("bucketKeyArn") or None,
    s3_log_cross_account=config.get_bool("bucketOfAnotherAccount"),
    cloudwatch_log_group_arns=[log_group] if log_group else None,
)

pulumi.export("policy_name", web.policy_name)
pulumi.export("policy_json", web.policy_json)
