"""Every kind of wrong input, with the whole line that it is refused with: for plain values and for Outputs alike."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from tests.documents import BUCKET, KEY, LOG_GROUP


class Bad(NamedTuple):
    """A wrong input, in the company that it needs to be wrong alone, and what is said of it after the owner's name."""

    name: str
    value: Any
    line: str
    company: Mapping[str, Any] = {}

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs of a component, of which just one is wrong."""
        return {"role": "web", **self.company, self.name: self.value}


_IAM: Final = "arn:aws:iam::123456789012"
_KMS: Final = "arn:aws:kms:eu-west-1:123456789012"
_LOGS: Final = "arn:aws:logs:eu-west-1:123456789012"
_WITH_BUCKET: Final = {"s3_log_bucket_arn": BUCKET}

_NAMES: Final = "letters A-Z and a-z, digits and _+=,.@- only"
ROLE: Final = "write the name or the ARN of an existing role"
POLICY_NAME: Final = (
    f"a policy's name has 1 to 128 characters: {_NAMES}; choose such a name, or leave it out to get one"
)
_KEY: Final = (
    "write the key's own ARN, arn:PARTITION:kms:REGION:ACCOUNT:key/ID, which aws.kms.getKey finds (get_key in Python), "
    "and `aws kms describe-key --key-id … --query KeyMetadata.Arn --output text` prints"
)
_BUCKET: Final = "write the bucket's ARN, arn:PARTITION:s3:::BUCKET"
_GROUP: Final = "write the log group's ARN, arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME"
_TEMPLATE: Final = (
    "the agent replaces {{ … }} with the value of a parameter, so that a policy for this text never matches"
)
NO_STRING: Final = "it is not a string"
NO_LIST: Final = "it is not a list; write a list, even for a single value: [ … ]"
NO_BOOLEAN: Final = "it is not a boolean; write true or false, without quotes"
NO_VALUE: Final = (
    "it has no value; give it a value; in a unit test, let the mocks return it (role.name and key.arn resolve to None "
    "with mocks that return just the inputs)"
)
NEEDS_BUCKET: Final = (
    "it means nothing without a log bucket; name a bucket in s3_log_bucket_arn or in session_preferences, or leave it "
    "out"
)

_INSTANCE: Final = (
    "it is an EC2 instance, not a role; write the role of its instance profile: `aws ec2 describe-instances "
    '--instance-ids ID --query "Reservations[].Instances[].IamInstanceProfile.Arn" --output text` prints the ARN of '
    "the profile, and `aws iam get-instance-profile --instance-profile-name PROFILE --query "
    '"InstanceProfile.Roles[].RoleName" --output text` the name of the role; in a program, aws.ec2.getInstance and '
    "aws.iam.getInstanceProfile find it (get_instance and get_instance_profile in Python); docs/find-the-role.md has "
    "more"
)
_HYBRID: Final = (
    "it is a hybrid node, not a role; write the role of its activation: `aws ssm describe-instance-information "
    '--filters Key=InstanceIds,Values=ID --query "InstanceInformationList[].IamRole" --output text` prints it, and its '
    "name is what follows the last /; in the program that declares the aws.ssm.Activation, pass activation.iamRole "
    "(iam_role in Python); docs/find-the-role.md has more"
)
_ROLE_ID: Final = (
    "it is the id of a role, not its name; write the role's name, which `aws iam list-roles --query "
    "\"Roles[?RoleId=='ID'].RoleName\" --output text` prints; in the program that declares the role, pass role.name"
)
_PROFILE_ID: Final = (
    "it is the id of an instance profile, which holds a role and is not one; write the name of its role, which `aws "
    "iam list-instance-profiles --query \"InstanceProfiles[?InstanceProfileId=='ID'].Roles[].RoleName\" --output text` "
    "prints; in the program that declares the profile, pass profile.role"
)
_SCALING_GROUP: Final = (
    "it is an Auto Scaling group, not a role; write the role of its instances: `aws autoscaling "
    'describe-auto-scaling-groups --auto-scaling-group-names NAME --query "AutoScalingGroups[].Instances[].InstanceId" '
    "--output text` prints their ids; in a program, aws.autoscaling.getGroup finds the launch template (get_group in "
    "Python); docs/find-the-role.md leads from either to the role"
)
_TASK: Final = (
    "it is an ECS task, not a role; write its task role: `aws ecs describe-tasks --cluster CLUSTER --tasks TASK "
    '--query "tasks[].[overrides.taskRoleArn, taskDefinitionArn]" --output text` prints it, or None and the task '
    "definition, whose role `aws ecs describe-task-definition --task-definition DEFINITION --query "
    "taskDefinition.taskRoleArn --output text` prints; in a program, aws.ecs.getTaskDefinition finds it "
    "(get_task_definition in Python); docs/find-the-role.md has more"
)
NO_ROLES: Final[Mapping[str, str]] = {
    "i-0123456789abcdef0": _INSTANCE,
    "i-1a2b3c4d": _INSTANCE,
    "arn:aws:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0": _INSTANCE,
    "mi-0123456789abcdef0": _HYBRID,
    "arn:aws-cn:ssm:cn-north-1:123456789012:managed-instance/mi-0123456789abcdef0": _HYBRID,
    "AROAEXAMPLE0123456789": _ROLE_ID,
    "AROAEXAMPLE0123456789:i-0123456789abcdef0": _ROLE_ID,
    "AIPAEXAMPLE0123456789": _PROFILE_ID,
    "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1a2b:autoScalingGroupName/web": _SCALING_GROUP,
    "arn:aws:ecs:eu-west-1:123456789012:task/prod/0123456789abcdef0123456789abcdef": _TASK,
    "arn:aws:ecs:eu-west-1:123456789012:task/0123456789abcdef0123456789abcdef": _TASK,
}
"""What people give in place of a role, and what they are told."""

Table = Mapping[str, Sequence[Any]]
"""What is said of wrong values."""

_ROLES: Final[Table] = {
    f"it names no role; {ROLE}": ["", f"{_IAM}:role/", f"{_IAM}:role/service-role/"],
    f"a role's name has 1 to 64 characters: {_NAMES}; {ROLE}": [
        *(" ", "web prod", "web ", "rôle", "w\u0435b", "web\n", "we\nb", "role/web", "web*", "${aws:username}"),
        *("a" * 65, "a" * 120, "a" * 121, f"{_IAM}:role/{'a' * 65}"),
        *(f"{_IAM}:role/we b", f"{_IAM}:role/web\n", f"{_IAM}:role/*"),
    ],
    f"it is not the ARN of a role, arn:PARTITION:iam::ACCOUNT:role/NAME; {ROLE}": [
        *(f"{_IAM}:role", f"{_IAM}:role/a//web", f"{_IAM}:role/a b/web", f"{_IAM}:root", f"{_IAM}:group/web"),
        *(f"{_IAM}:policy/web", "arn:aws:iam::1234:role/web", "arn:aws:iam::*:role/web", "arn:aws:s3:::web", "arn:"),
        "arn:azure:iam::123456789012:role/web",
    ],
    f"it is the ARN of a user, not of a role; {ROLE}": [f"{_IAM}:user/alice"],
    "it is the ARN of an instance profile, which holds a role and is not one; write the name of its role, which `aws "
    "iam get-instance-profile` prints": [f"{_IAM}:instance-profile/web"],
    "it is the ARN of a session that assumed the role, not of the role; write the role's name: the part between "
    "assumed-role/ and the next /": ["arn:aws:sts::123456789012:assumed-role/web/i-0123"],
    f"it is a service-linked role, which only its AWS service can change; {ROLE}": [
        *("AWSServiceRoleForAutoScaling", "awsserviceroleforautoscaling"),
        f"{_IAM}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
        f"{_IAM}:role/aws-service-role/ecs.amazonaws.com/Renamed",
    ],
    f"it is a role of IAM Identity Center, which nobody else can change; {ROLE}": [
        *("AWSReservedSSO_Admin_0123456789abcdef", "awsreservedsso_admin_0123456789abcdef"),
        f"{_IAM}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef",
        f"{_IAM}:role/aws-reserved/sso.amazonaws.com/Renamed",
    ],
    f"{NO_STRING}; {ROLE}": [7, True, ["web"], {"name": "web"}, b"web"],
}

_POLICY_NAMES: Final[Table] = {
    POLICY_NAME: ["", "a b", "a/b", "a*", "é", "name\n", "a" * 129],
    f"{NO_STRING}; write a name, or leave it out to get one": [7, False],
}

_KEYS: Final[Table] = {
    f"it is an alias, which IAM stores and never matches, so that sessions fail to retrieve their data key; {_KEY}": [
        "alias/sessions",
        f"{_KMS}:alias/sessions",
    ],
    f"it is a bare key id, which IAM does not take as a resource; pass key.arn, or {_KEY}": [
        *("1234abcd-12ab-34cd-56ef-1234567890ab", "1234ABCD-12AB-34CD-56EF-1234567890AB"),
        *("mrk-1234abcd12ab34cd56ef1234567890ab", "key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    ],
    f"a wildcard would let the role decrypt with other keys, too (Security Hub KMS.1 and KMS.2); {_KEY}": [
        *("*", f"{_KMS}:key/*", f"{_KMS}:*", f"{_KMS}:key/1234abcd-????", "arn:aws:kms:eu-west-1:*:key/1234abcd"),
        *("arn:*:kms:eu-west-1:123456789012:key/1234abcd", "arn:aws:kms:*:123456789012:key/1234abcd"),
    ],
    f"{_TEMPLATE}; {_KEY}": ["{{ssm:/team/key}}", "alias/{{ key }}"],
    f"it is not the ARN of a KMS key; {_KEY}": [
        *("", f"{_KMS}:key/", f"{_KMS}:key/${{aws:username}}", f"{_KMS}:key/1234abcd/more", f"{KEY}\n", f" {KEY}"),
        *("arn:aws:kms::123456789012:key/1234abcd", "arn:aws:kms:eu-west-1::key/1234abcd", BUCKET, f"{_IAM}:role/web"),
    ],
    f"{NO_STRING}; {_KEY}": [7, True],
}

_BUCKETS: Final[Table] = {
    f"it is not an ARN; {_BUCKET}": ["", "s3://session-logs"],
    f"it is a name or an id, not an ARN; pass bucket.arn, or {_BUCKET}": ["session-logs", "old_Bucket.logs"],
    f"it names objects, not the bucket (their prefix goes to s3_log_key_prefix); {_BUCKET}": [
        *(f"{BUCKET}/", f"{BUCKET}/team/web", f"{BUCKET}/team/*"),
    ],
    f"a wildcard would grant other buckets, too; {_BUCKET}": [
        *("*", "arn:aws:s3:::*", "arn:aws:s3:::session-*", "arn:aws:s3:::session-log?", "arn:aws:s3:::*/team"),
    ],
    f"{_TEMPLATE}; {_BUCKET}": ["arn:aws:s3:::{{ssm:/team/bucket}}"],
    f"it is not the ARN of an S3 bucket; {_BUCKET}": [
        *("arn:aws:s3:::", "arn:aws:s3:::lo", "arn:aws:s3:::session logs", "arn:aws:s3:::${aws:username}"),
        *("arn:aws:s3:eu-west-1:123456789012:accesspoint/logs", KEY, f"{BUCKET}\n"),
    ],
    f"{NO_STRING}; {_BUCKET}": [7],
}

_PREFIXES: Final[Table] = {
    f"{_TEMPLATE}; write the prefix that results, such as team/sessions": [
        *("{{ssm:/team/prefix}}", "team/{{ prefix }}/*"),
    ],
    "*, ? and ${ would be a wildcard or a variable in the policy; write the prefix itself": [
        *("team/*", "te?m", "users/${aws:username}"),
    ],
    "IAM's policies take printable characters up to U+00FF only; write a prefix of those characters": [
        *("team\n", "team/\t", "世界"),
    ],
    f"{NO_STRING}; write the prefix of the preferences' S3 logs, such as team/sessions": [7],
}

_GROUPS: Final[Table] = {
    f"it is not an ARN; {_GROUP}": ["", "the sessions"],
    f"it is a name or an id, not an ARN; pass log_group.arn, or {_GROUP}": ["/ssm/sessions", "sessions#2"],
    f"a wildcard would grant other log groups, too; {_GROUP}": [
        *("*", f"{_LOGS}:log-group:*", f"{_LOGS}:log-group:/ssm/*", f"{LOG_GROUP}:*:*"),
        *(f"{_LOGS}:log-group:/ssm/session?", "arn:aws:logs:*:123456789012:log-group:sessions"),
    ],
    f"it is the ARN of a log stream, and the agent creates log streams itself; {_GROUP}": [
        f"{LOG_GROUP}:log-stream:web"
    ],
    f"{_TEMPLATE}; {_GROUP}": [f"{_LOGS}:log-group:{{{{ssm:/team/group}}}}"],
    f"it is not the ARN of a CloudWatch log group; {_GROUP}": [
        *(f"{_LOGS}:log-group:", f"{_LOGS}:log-group:a b", f"{_LOGS}:log-group:{'a' * 513}", f"{LOG_GROUP}\n", KEY),
        f"{_LOGS}:destination:sessions",
    ],
    f"{NO_STRING}; {_GROUP}": [7],
}

_BOOLEANS: Final[Table] = {NO_BOOLEAN: ["true", "false", "", 0, 1, 1.0, []]}


def _shown(value: object) -> str:
    if isinstance(value, str) and len(value) > 120:
        return f"{value[:120]!r}… ({len(value)} characters)"
    return repr(value) if isinstance(value, (str, int, float)) else f"({type(value).__name__})"


def table(name: str, said: Table, company: Mapping[str, Any] | None = None) -> Iterator[Bad]:
    """Yield an input's wrong values, each with its line."""
    for why, values in said.items():
        yield from (Bad(name, value, f"{name} {_shown(value)}: {why}", company or {}) for value in values)


def _elements(name: str, said: Table, good: str) -> Iterator[Bad]:
    for why, values in said.items():
        yield from (Bad(name, [good, value], f"{name}[1] {_shown(value)}: {why}") for value in values)
    yield Bad(name, [None], f"{name}[0] None: {NO_VALUE}")
    yield from table(name, {NO_LIST: [good, 7, {"arn": good}]})


def _all() -> Iterator[Bad]:
    yield from (Bad("role", value, f"role {_shown(value)}: {why}") for value, why in NO_ROLES.items())
    yield from table("role", _ROLES)
    yield from table("policy_name", _POLICY_NAMES)
    yield from _elements("kms_key_arns", _KEYS, KEY)
    yield from table("s3_log_kms_key_arn", _KEYS, _WITH_BUCKET)
    yield from _elements("cloudwatch_log_group_arns", _GROUPS, LOG_GROUP)
    yield from table("s3_log_bucket_arn", _BUCKETS)
    yield from table("s3_log_key_prefix", _PREFIXES, _WITH_BUCKET)
    for name in ("s3_log_encryption_enforced", "allow_update_instance_information", "s3_log_cross_account"):
        yield from table(name, _BOOLEANS, _WITH_BUCKET)
    for name, value in (("s3_log_key_prefix", "team"), ("s3_log_cross_account", True), ("s3_log_kms_key_arn", KEY)):
        yield from table(name, {NEEDS_BUCKET: [value]})


BAD_INPUTS: Final = tuple(_all())
"""The inputs of `SessionManagerPermissions`; what is wrong in session preferences is told where they are parsed."""

BAD_GRANTS: Final = tuple(bad for bad in BAD_INPUTS if bad.name not in {"role", "policy_name"})
"""Those of them that `policy_document` and every component have."""
