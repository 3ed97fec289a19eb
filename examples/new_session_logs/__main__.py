"""Make a bucket, a log group and keys for Session Manager, and let an existing role use just these.

The sessions use them once the Region's session preferences name them: the stack's outputs are what to enter there.
"""

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerPermissions

config = pulumi.Config()

session_key = aws.kms.Key("session-data", description="Session Manager's session data", enable_key_rotation=True)
bucket_key = aws.kms.Key("session-logs", description="Session Manager's logs in S3", enable_key_rotation=True)

bucket = aws.s3.Bucket("session-logs")
aws.s3.BucketServerSideEncryptionConfiguration(
    "session-logs",
    bucket=bucket.bucket,
    rules=[
        {
            "apply_server_side_encryption_by_default": {
                "sse_algorithm": "aws:kms",
                "kms_master_key_id": bucket_key.arn,
            },
        },
    ],
)

log_group = aws.cloudwatch.LogGroup("session-logs", retention_in_days=90)

web = SessionManagerPermissions(
    "web",
    role=config.require("role"),
    allow_update_instance_information=True,
    kms_key_arns=[session_key.arn],
    s3_log_bucket_arn=bucket.arn,
    s3_log_key_prefix="sessions",
    s3_log_kms_key_arn=bucket_key.arn,
    cloudwatch_log_group_arns=[log_group.arn],
)

pulumi.export("kms_key_id", session_key.key_id)
pulumi.export("s3_bucket_name", bucket.bucket)
pulumi.export("s3_key_prefix", "sessions")
pulumi.export("cloudwatch_log_group_name", log_group.name)
pulumi.export("policy_json", web.policy_json)
