"""The declarations that the programs of all languages here have in common, in Python."""

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions

TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}]}'
)

config = pulumi.Config()
key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
replica = "arn:aws:kms:us-east-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"

made = aws.iam.Role("made", name="made", path="/team/", assume_role_policy=TRUST)
logs = aws.s3.Bucket("logs", bucket="session-logs")
group = aws.cloudwatch.LogGroup("group", name="/sessions")
url = config.require("awsUrl")
other = aws.Provider("other", endpoints=[{"iam": url, "sts": url}])

SessionManagerPermissions(
    "plain",
    {
        "role": "web",
        "kms_key_arns": [key, replica],
        "s3_log_encryption_enforced": True,
        "allow_update_instance_information": True,
    },
)
SessionManagerPermissions(
    "outputs",
    {
        "role": made.arn,
        "s3_log_bucket_arn": logs.arn,
        "s3_log_key_prefix": "team/sessions",
        "s3_log_cross_account": True,
        "s3_log_kms_key_arn": key,
        "cloudwatch_log_group_arns": [group.arn],
    },
)
SessionManagerPermissions(
    "secret", {"role": "web", "kms_key_arns": [pulumi.Output.secret(config.require("secretKeyArn"))]}
)
SessionManagerPermissions(
    "pinned",
    {"role": "arn:aws:iam::123456789012:role/team/api", "policy_name": "pinned"},
    pulumi.ResourceOptions(provider=other, protect=True, retain_on_delete=True),
)
SessionManagerManagedPolicy(
    "fleet",
    {
        "roles": ["web", "api"],
        "policy_name": "fleet",
        "description": "Session Manager for the fleet",
        "path": "/team/",
        "tags": {"team": "platform"},
        "kms_key_arns": [key],
    },
)
