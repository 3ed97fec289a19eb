"""Make a log bucket and its key in another account, and let an existing role write its session logs there.

Key and bucket are in the Region of `aws:region`. Name the bucket and the prefix `web` in the session preferences.
"""

import json

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerPermissions

config = pulumi.Config()
role_arn = config.require("roleArn")
owner = aws.Provider(
    "logs",
    profile=config.require("logProfile"),
    region=aws.config.region,
    allowed_account_ids=[config.require("logAccount")],
)
in_log_account = pulumi.ResourceOptions(provider=owner)


def allow(principal: str, actions: list[str], resource: str) -> dict[str, object]:
    """Return a statement."""
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions, "Resource": resource}


def policy(*statements: dict[str, object]) -> str:
    """Return a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


key = aws.kms.Key(
    "session-logs",
    description="Session Manager's logs in S3",
    enable_key_rotation=True,
    policy=policy(
        allow(f"arn:aws:iam::{config.require('logAccount')}:root", ["kms:*"], "*"),
        allow(role_arn, ["kms:GenerateDataKey", "kms:Decrypt"], "*"),
    ),
    opts=in_log_account,
)
bucket = aws.s3.Bucket("session-logs", opts=in_log_account)
aws.s3.BucketServerSideEncryptionConfiguration(
    "session-logs",
    bucket=bucket.bucket,
    rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn}}],
    opts=in_log_account,
)
aws.s3.BucketPolicy(
    "session-logs",
    bucket=bucket.bucket,
    policy=bucket.arn.apply(
        lambda arn: policy(
            allow(role_arn, ["s3:PutObject", "s3:PutObjectAcl"], f"{arn}/web/*"),
            allow(role_arn, ["s3:GetEncryptionConfiguration"], arn),
        )
    ),
    opts=in_log_account,
)

web = SessionManagerPermissions(
    "web",
    role=role_arn,
    allow_update_instance_information=True,
    s3_log_bucket_arn=bucket.arn,
    s3_log_key_prefix="web",
    s3_log_kms_key_arn=key.arn,
    s3_log_cross_account=True,
)

pulumi.export("s3_bucket_name", bucket.bucket)
pulumi.export("policy_json", web.policy_json)
