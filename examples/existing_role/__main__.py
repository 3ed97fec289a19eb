"""Give an existing role the permissions that Session Manager needs, with what the stack's configuration asks for.

Each input is a setting, whose name is in camelCase: `pulumi config set s3LogBucketArn ARN`, or of a list
`pulumi config set --path 'kmsKeyArns[0]' ARN`. An input that isn't set is left out, but for the node's heartbeat.
"""

from typing import Any

import pulumi

from pulumi_ssm_perms import SessionManagerPermissions

config = pulumi.Config()


def setting(key: str, kind: str = "", *, default: Any = None) -> Any:
    """Return a setting of a kind of Pulumi's, as an Output if it is secret, or the default if it isn't set."""
    is_secret = pulumi.runtime.is_config_secret(config.full_key(key))
    return getattr(config, ("get_secret" if is_secret else "get") + kind)(key, default)


inputs = {
    "role": setting("role"),
    "policy_name": setting("policyName"),
    "allow_update_instance_information": setting("allowUpdateInstanceInformation", "_bool", default=True),
    "kms_key_arns": setting("kmsKeyArns", "_object"),
    "s3_log_bucket_arn": setting("s3LogBucketArn"),
    "s3_log_key_prefix": setting("s3LogKeyPrefix"),
    "s3_log_kms_key_arn": setting("s3LogKmsKeyArn"),
    "s3_log_cross_account": setting("s3LogCrossAccount", "_bool"),
    "s3_log_encryption_enforced": setting("s3LogEncryptionEnforced", "_bool"),
    "cloudwatch_log_group_arns": setting("cloudwatchLogGroupArns", "_object"),
    "session_preferences": setting("sessionPreferences"),
    "check": setting("check", "_bool"),
}
web = SessionManagerPermissions("web", **{name: value for name, value in inputs.items() if value is not None})

pulumi.export("role_name", web.role_name)
pulumi.export("policy_name", web.policy_name)
pulumi.export("policy_json", web.policy_json)
