"""AWS's patterns for names and ARNs, its limits and its keywords, each with the AWS page that states it."""

import re
from typing import Final, NamedTuple


class SizeLimit(NamedTuple):
    """How many characters IAM takes, white space not counted, and for what."""

    characters: int
    of: str


# What Pulumi calls the policies, and what attaches one to a role.
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
POLICY: Final = "aws:iam/policy:Policy"
ROLE_POLICY_ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

_PARTITION: Final = r"aws(?:-[a-z0-9]+)*"
_ACCOUNT: Final = r"[0-9]{12}"
_REGION: Final = r"[a-z0-9-]+"

# "IAM and AWS STS quotas" and "IAM identifiers" (IAM User Guide).
NAME_CHARACTERS: Final = r"[A-Za-z0-9_+=,.@-]"
POLICY_NAME_LIMIT: Final = 128
POLICY_NAME: Final = re.compile(rf"{NAME_CHARACTERS}{{1,{POLICY_NAME_LIMIT}}}")
ROLE_NAME: Final = re.compile(rf"{NAME_CHARACTERS}{{1,64}}")
ROLE_ARN: Final = re.compile(
    rf"arn:{_PARTITION}:iam::(?P<account>{_ACCOUNT}):role/(?P<path>(?:[!-.0-~]+/)*)(?P<name>[^/]*)"
)

# "IAM identifiers" (IAM User Guide) and the services' pages of the Service Authorization Reference: ids and ARNs that
# people pass instead of a role, in any account, Region and partition.
EC2_INSTANCE: Final = re.compile(r"(?:arn:[^:]*:ec2:[^:]*:[^:]*:instance/)?i-[0-9a-f]{8,17}")
HYBRID_NODE: Final = re.compile(r"(?:arn:[^:]*:ssm:[^:]*:[^:]*:managed-instance/)?mi-[0-9a-f]{8,17}")
ROLE_ID: Final = re.compile(r"AROA[A-Z0-9]{12,}(?::.*)?")
INSTANCE_PROFILE_ID: Final = re.compile(r"AIPA[A-Z0-9]{12,}")
AUTO_SCALING_GROUP: Final = re.compile(r"arn:[^:]*:autoscaling:[^:]*:[^:]*:autoScalingGroup:.*")
ECS_TASK: Final = re.compile(r"arn:[^:]*:ecs:[^:]*:[^:]*:task/.*")
ASSUMED_ROLE: Final = re.compile(r"arn:[^:]*:sts:[^:]*:[^:]*:assumed-role/.*")
INSTANCE_PROFILE: Final = re.compile(r"arn:[^:]*:iam:[^:]*:[^:]*:instance-profile/.*")
USER: Final = re.compile(r"arn:[^:]*:iam:[^:]*:[^:]*:user/.*")

# "Create a service-linked role" (IAM User Guide) and "Referencing permission sets" (IAM Identity Center User Guide).
SERVICE_LINKED_PATH: Final = "aws-service-role/"
SERVICE_LINKED_PREFIX: Final = "AWSServiceRoleFor"
IDENTITY_CENTER_PATH: Final = "aws-reserved/"
IDENTITY_CENTER_PREFIX: Final = "AWSReservedSSO_"

# "IAM and AWS STS quotas" (IAM User Guide).
INLINE_POLICIES_LIMIT: Final = SizeLimit(10_240, "all inline policies of a role")
MANAGED_POLICY_LIMIT: Final = SizeLimit(6_144, "a managed policy")
# "Grammar of the IAM JSON policy language" (IAM User Guide).
POLICY_VERSION: Final = "2012-10-17"
POLICY_CHARACTERS: Final = re.compile("[\u0020-\u007e\u00a0-\u00ff]*")
ANY_RESOURCE: Final = "*"

# "CreatePolicy", "CreateRole" and "Tag" (IAM API Reference).
DESCRIPTION_LIMIT: Final = 1000
DESCRIPTION: Final = re.compile("[\t\n\r\u0020-\u007e\u00a1-\u00ff]*")
PATH_LIMIT: Final = 512
PATH: Final = re.compile(r"(?:/[A-Za-z0-9.,+@=_-]+)*/")
TAGS_LIMIT: Final = 50
TAG_KEY_LIMIT: Final = 128
TAG_VALUE_LIMIT: Final = 256
TAG_PUNCTUATION: Final = "_.:/=+-@"
TAG_CATEGORIES: Final = "LZN"  # Unicode's letters, separators and numbers
TAG_RESERVED_PREFIX: Final = "aws:"

# "Key ARN" (AWS KMS Developer Guide). The ids in AWS's own examples are not all UUIDs.
KMS_KEY_ARN: Final = re.compile(rf"arn:{_PARTITION}:kms:{_REGION}:{_ACCOUNT}:key/[A-Za-z0-9-]+")
KMS_KEY_ID: Final = re.compile(r"(?:key/)?[A-Za-z0-9-]+")
KMS_ALIAS: Final = re.compile(r"(?s)alias/.*|.*:alias/.*")
KMS_KEY_REFERENCE: Final = re.compile(r"alias/[A-Za-z0-9/_-]+|[A-Za-z0-9-]+|arn:[A-Za-z0-9-]+:kms:[A-Za-z0-9:/_-]+")

# "Bucket naming rules" (Amazon S3 User Guide). Old buckets can have names that new buckets cannot have.
_BUCKET: Final = r"[A-Za-z0-9._-]{3,255}"
BUCKET_NAME: Final = re.compile(_BUCKET)
BUCKET_ARN: Final = re.compile(rf"arn:{_PARTITION}:s3:::{_BUCKET}")
S3_OBJECTS: Final = re.compile(rf"(?s){BUCKET_ARN.pattern}/.*")
BUCKET_ARN_FORMAT: Final = "arn:{partition}:s3:::{bucket}"
# "Naming Amazon S3 objects" (Amazon S3 User Guide).
S3_KEY_BYTES: Final = 1024

# "CreateLogGroup" (Amazon CloudWatch Logs API Reference).
_LOG_GROUP: Final = r"[A-Za-z0-9_/.#-]{1,512}"
LOG_GROUP_NAME: Final = re.compile(_LOG_GROUP)
LOG_GROUP_ARN: Final = re.compile(
    rf"(?P<arn>arn:{_PARTITION}:logs:{_REGION}:{_ACCOUNT}:log-group:{_LOG_GROUP})(?::\*)?"
)
LOG_STREAM: Final = re.compile(r"(?s).*:log-stream:.*")
LOG_GROUP_ARN_FORMAT: Final = "arn:{partition}:logs:{region}:{account}:log-group:{log_group}"

# "Session document schema" and "AWS Systems Manager endpoints and quotas" (AWS).
SESSION_SCHEMA_VERSION: Final = "1.0"
SESSION_TYPES: Final = ("Standard_Stream", "InteractiveCommands", "NonInteractiveCommands", "Port")
SESSION_DOCUMENT_BYTES: Final = 65_536


def arn_account(arn: str) -> str:
    """Return the account in an ARN; empty if it has none, such as a bucket's ARN."""
    return arn.split(":")[4]


def arn_region(arn: str) -> str:
    """Return the Region in an ARN; empty if it has none, such as a bucket's ARN, and for `*`."""
    return "" if arn == ANY_RESOURCE else arn.split(":")[3]
