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


_ACCOUNT: Final = "arn:aws:iam::123456789012"
_KMS: Final = "arn:aws:kms:eu-west-1:123456789012"
_LOGS: Final = "arn:aws:logs:eu-west-1:123456789012"
_WITH_BUCKET: Final = {"s3_log_bucket_arn": BUCKET}

_NAMES: Final = "letters A-Z and a-z, digits and _+=,.@- only"
_ROLE: Final = "write the name or the ARN of an existing role"
_ROLE_NAME: Final = f"a role's name has 1 to 64 characters: {_NAMES}; {_ROLE}"
_NO_ROLE: Final = f"it names no role; {_ROLE}"
_NO_ROLE_ARN: Final = f"it is not the ARN of a role, arn:PARTITION:iam::ACCOUNT:role/NAME; {_ROLE}"
_SERVICE_LINKED: Final = f"it is a service-linked role, which only its AWS service can change; {_ROLE}"
_SSO: Final = f"it is a role of IAM Identity Center, which nobody else can change; {_ROLE}"
_POLICY_NAME: Final = (
    f"a policy's name has 1 to 128 characters: {_NAMES}; choose such a name, or leave it out to get one"
)
_LIST: Final = "it is not a list; write a list, even for a single value: [ … ]"
_BOOLEAN: Final = "it is not a boolean; write true or false, without quotes"
_NO_VALUE: Final = (
    "it has no value; give it a value; in a unit test, let the mocks return it (role.name and key.arn resolve to None "
    "with mocks that return just the inputs)"
)

_KEY: Final = (
    "write the key's own ARN, arn:PARTITION:kms:REGION:ACCOUNT:key/ID, which aws.kms.getKey finds (get_key in Python), "
    "and `aws kms describe-key --key-id … --query KeyMetadata.Arn --output text` prints"
)
_ALIAS: Final = (
    f"it is an alias, which IAM stores and never matches, so that sessions fail to retrieve their data key; {_KEY}"
)
_KEY_WILDCARD: Final = (
    f"a wildcard would let the role decrypt with other keys, too (Security Hub KMS.1 and KMS.2); {_KEY}"
)
_KEY_ID: Final = f"it is a bare key id, which IAM does not take as a resource; pass key.arn, or {_KEY}"
_NO_KEY_ARN: Final = f"it is not the ARN of a KMS key; {_KEY}"

_BUCKET: Final = "write the bucket's ARN, arn:PARTITION:s3:::BUCKET"
_NO_BUCKET_ARN: Final = f"it is not the ARN of an S3 bucket; {_BUCKET}"
_BUCKET_WILDCARD: Final = f"a wildcard would grant other buckets, too; {_BUCKET}"
_BUCKET_NAME: Final = f"it is a name or an id, not an ARN; pass bucket.arn, or {_BUCKET}"
_OBJECTS: Final = f"it names objects, not the bucket (their prefix goes to s3_log_key_prefix); {_BUCKET}"
_NO_ARN_OF_A_BUCKET: Final = f"it is not an ARN; {_BUCKET}"

_TEMPLATE: Final = (
    "the agent replaces {{ … }} with the value of a parameter, so that a policy for this text never matches"
)
_PREFIX_TEMPLATE: Final = f"{_TEMPLATE}; write the prefix that results, such as team/sessions"
_PREFIX_WILDCARD: Final = "*, ? and ${ would be a wildcard or a variable in the policy; write the prefix itself"
_PREFIX_CHARACTERS: Final = (
    "IAM's policies take printable characters up to U+00FF only; write a prefix of those characters"
)
_NEEDS_BUCKET: Final = "it means nothing without a log bucket; give s3_log_bucket_arn as well, or leave it out"

_GROUP: Final = "write the log group's ARN, arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME"
_NO_GROUP_ARN: Final = f"it is not the ARN of a CloudWatch log group; {_GROUP}"
_GROUP_NAME: Final = f"it is a name or an id, not an ARN; pass log_group.arn, or {_GROUP}"
_GROUP_WILDCARD: Final = f"a wildcard would grant other log groups, too; {_GROUP}"
_NO_ARN_OF_A_GROUP: Final = f"it is not an ARN; {_GROUP}"

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

_ROLES: Final[Mapping[Any, str]] = {
    **NO_ROLES,
    "": _NO_ROLE,
    " ": _ROLE_NAME,
    "web prod": _ROLE_NAME,
    "web ": _ROLE_NAME,
    "rôle": _ROLE_NAME,
    "w\u0435b": _ROLE_NAME,
    "web\n": _ROLE_NAME,
    "we\nb": _ROLE_NAME,
    "a" * 65: _ROLE_NAME,
    "a" * 120: _ROLE_NAME,
    "a" * 121: _ROLE_NAME,
    "role/web": _ROLE_NAME,
    "web*": _ROLE_NAME,
    "${aws:username}": _ROLE_NAME,
    f"{_ACCOUNT}:role/": _NO_ROLE,
    f"{_ACCOUNT}:role/service-role/": _NO_ROLE,
    f"{_ACCOUNT}:role/we b": _ROLE_NAME,
    f"{_ACCOUNT}:role/web\n": _ROLE_NAME,
    f"{_ACCOUNT}:role/{'a' * 65}": _ROLE_NAME,
    f"{_ACCOUNT}:role/*": _ROLE_NAME,
    f"{_ACCOUNT}:role": _NO_ROLE_ARN,
    f"{_ACCOUNT}:role/a//web": _NO_ROLE_ARN,
    f"{_ACCOUNT}:role/a b/web": _NO_ROLE_ARN,
    f"{_ACCOUNT}:root": _NO_ROLE_ARN,
    f"{_ACCOUNT}:group/web": _NO_ROLE_ARN,
    f"{_ACCOUNT}:policy/web": _NO_ROLE_ARN,
    "arn:aws:iam::1234:role/web": _NO_ROLE_ARN,
    "arn:aws:iam::*:role/web": _NO_ROLE_ARN,
    "arn:azure:iam::123456789012:role/web": _NO_ROLE_ARN,
    "arn:aws:s3:::web": _NO_ROLE_ARN,
    "arn:": _NO_ROLE_ARN,
    f"{_ACCOUNT}:user/alice": f"it is the ARN of a user, not of a role; {_ROLE}",
    f"{_ACCOUNT}:instance-profile/web": (
        "it is the ARN of an instance profile, which holds a role and is not one; write the name of its role, which "
        "`aws iam get-instance-profile` prints"
    ),
    "arn:aws:sts::123456789012:assumed-role/web/i-0123": (
        "it is the ARN of a session that assumed the role, not of the role; write the role's name: the part between "
        "assumed-role/ and the next /"
    ),
    "AWSServiceRoleForAutoScaling": _SERVICE_LINKED,
    "awsserviceroleforautoscaling": _SERVICE_LINKED,
    f"{_ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling": _SERVICE_LINKED,
    f"{_ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/Renamed": _SERVICE_LINKED,
    "AWSReservedSSO_Admin_0123456789abcdef": _SSO,
    "awsreservedsso_admin_0123456789abcdef": _SSO,
    f"{_ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef": _SSO,
    f"{_ACCOUNT}:role/aws-reserved/sso.amazonaws.com/Renamed": _SSO,
    7: f"it is not a string; {_ROLE}",
    True: f"it is not a string; {_ROLE}",
}

_POLICY_NAMES: Final[Mapping[Any, str]] = {
    "": _POLICY_NAME,
    "a b": _POLICY_NAME,
    "a/b": _POLICY_NAME,
    "a*": _POLICY_NAME,
    "é": _POLICY_NAME,
    "name\n": _POLICY_NAME,
    7: "it is not a string; write a name, or leave it out to get one",
    False: "it is not a string; write a name, or leave it out to get one",
}

_KEYS: Final[Mapping[Any, str]] = {
    "": _NO_KEY_ARN,
    "alias/sessions": _ALIAS,
    f"{_KMS}:alias/sessions": _ALIAS,
    "1234abcd-12ab-34cd-56ef-1234567890ab": _KEY_ID,
    "1234ABCD-12AB-34CD-56EF-1234567890AB": _KEY_ID,
    "mrk-1234abcd12ab34cd56ef1234567890ab": _KEY_ID,
    "key/1234abcd-12ab-34cd-56ef-1234567890ab": _KEY_ID,
    "*": _KEY_WILDCARD,
    f"{_KMS}:key/*": _KEY_WILDCARD,
    f"{_KMS}:*": _KEY_WILDCARD,
    f"{_KMS}:key/1234abcd-????": _KEY_WILDCARD,
    "arn:*:kms:eu-west-1:123456789012:key/1234abcd": _KEY_WILDCARD,
    "arn:aws:kms:*:123456789012:key/1234abcd": _KEY_WILDCARD,
    "arn:aws:kms:eu-west-1:*:key/1234abcd": _KEY_WILDCARD,
    "{{ssm:/team/key}}": f"{_TEMPLATE}; {_KEY}",
    "alias/{{ key }}": f"{_TEMPLATE}; {_KEY}",
    f"{_KMS}:key/": _NO_KEY_ARN,
    f"{_KMS}:key/${{aws:username}}": _NO_KEY_ARN,
    f"{_KMS}:key/1234abcd/more": _NO_KEY_ARN,
    "arn:aws:kms::123456789012:key/1234abcd": _NO_KEY_ARN,
    "arn:aws:kms:eu-west-1::key/1234abcd": _NO_KEY_ARN,
    BUCKET: _NO_KEY_ARN,
    f"{_ACCOUNT}:role/web": _NO_KEY_ARN,
    f"{KEY}\n": _NO_KEY_ARN,
    f" {KEY}": _NO_KEY_ARN,
    7: f"it is not a string; {_KEY}",
    True: f"it is not a string; {_KEY}",
}

_BUCKETS: Final[Mapping[Any, str]] = {
    "": _NO_ARN_OF_A_BUCKET,
    "session-logs": _BUCKET_NAME,
    "old_Bucket.logs": _BUCKET_NAME,
    "s3://session-logs": _NO_ARN_OF_A_BUCKET,
    f"{BUCKET}/": _OBJECTS,
    f"{BUCKET}/team/web": _OBJECTS,
    f"{BUCKET}/team/*": _OBJECTS,
    "*": _BUCKET_WILDCARD,
    "arn:aws:s3:::*": _BUCKET_WILDCARD,
    "arn:aws:s3:::session-*": _BUCKET_WILDCARD,
    "arn:aws:s3:::session-log?": _BUCKET_WILDCARD,
    "arn:aws:s3:::*/team": _BUCKET_WILDCARD,
    "arn:aws:s3:::{{ssm:/team/bucket}}": f"{_TEMPLATE}; {_BUCKET}",
    "arn:aws:s3:::": _NO_BUCKET_ARN,
    "arn:aws:s3:::lo": _NO_BUCKET_ARN,
    "arn:aws:s3:::session logs": _NO_BUCKET_ARN,
    "arn:aws:s3:::${aws:username}": _NO_BUCKET_ARN,
    "arn:aws:s3:eu-west-1:123456789012:accesspoint/logs": _NO_BUCKET_ARN,
    KEY: _NO_BUCKET_ARN,
    f"{BUCKET}\n": _NO_BUCKET_ARN,
    7: f"it is not a string; {_BUCKET}",
}

_PREFIXES: Final[Mapping[Any, str]] = {
    "{{ssm:/team/prefix}}": _PREFIX_TEMPLATE,
    "team/{{ prefix }}/*": _PREFIX_TEMPLATE,
    "team/*": _PREFIX_WILDCARD,
    "te?m": _PREFIX_WILDCARD,
    "users/${aws:username}": _PREFIX_WILDCARD,
    "team\n": _PREFIX_CHARACTERS,
    "team/\t": _PREFIX_CHARACTERS,
    "世界": _PREFIX_CHARACTERS,
    7: "it is not a string; write the prefix of the preferences' S3 logs, such as team/sessions",
}

_GROUPS: Final[Mapping[Any, str]] = {
    "": _NO_ARN_OF_A_GROUP,
    "/ssm/sessions": _GROUP_NAME,
    "sessions#2": _GROUP_NAME,
    "the sessions": _NO_ARN_OF_A_GROUP,
    "*": _GROUP_WILDCARD,
    f"{_LOGS}:log-group:*": _GROUP_WILDCARD,
    f"{_LOGS}:log-group:/ssm/*": _GROUP_WILDCARD,
    f"{LOG_GROUP}:*:*": _GROUP_WILDCARD,
    f"{_LOGS}:log-group:/ssm/session?": _GROUP_WILDCARD,
    "arn:aws:logs:*:123456789012:log-group:sessions": _GROUP_WILDCARD,
    f"{LOG_GROUP}:log-stream:web": f"it is the ARN of a log stream, and the agent creates log streams itself; {_GROUP}",
    f"{_LOGS}:log-group:{{{{ssm:/team/group}}}}": f"{_TEMPLATE}; {_GROUP}",
    f"{_LOGS}:log-group:": _NO_GROUP_ARN,
    f"{_LOGS}:log-group:a b": _NO_GROUP_ARN,
    f"{_LOGS}:log-group:{'a' * 513}": _NO_GROUP_ARN,
    f"{_LOGS}:destination:sessions": _NO_GROUP_ARN,
    KEY: _NO_GROUP_ARN,
    f"{LOG_GROUP}\n": _NO_GROUP_ARN,
    7: f"it is not a string; {_GROUP}",
}

_NO_BOOLEANS: Final[Sequence[Any]] = ("true", "false", "", 0, 1, 1.0, [])
_BOOLEANS: Final = ("s3_log_encryption_enforced", "allow_update_instance_information", "s3_log_cross_account")


def _shown(value: object) -> str:
    if isinstance(value, str) and len(value) > 120:
        return f"{value[:120]!r}… ({len(value)} characters)"
    return repr(value) if isinstance(value, (str, int, float)) else f"({type(value).__name__})"


def _table(name: str, table: Mapping[Any, str], company: Mapping[str, Any] | None = None) -> Iterator[Bad]:
    for value, why in table.items():
        yield Bad(name, value, f"{name} {_shown(value)}: {why}", company or {})


def _elements(name: str, table: Mapping[Any, str], good: str) -> Iterator[Bad]:
    for value, why in table.items():
        yield Bad(name, [good, value], f"{name}[1] {_shown(value)}: {why}")
    yield Bad(name, [None], f"{name}[0] None: {_NO_VALUE}")
    for no_list in (good, 7, {"arn": good}):
        yield Bad(name, no_list, f"{name} {_shown(no_list)}: {_LIST}")


def _all() -> Iterator[Bad]:
    yield from _table("role", _ROLES)
    for no_text in (["web"], {"name": "web"}, b"web"):
        yield Bad("role", no_text, f"role {_shown(no_text)}: it is not a string; {_ROLE}")
    yield from _table("policy_name", _POLICY_NAMES)
    yield Bad("policy_name", "a" * 129, f"policy_name '{'a' * 120}'… (129 characters): {_POLICY_NAME}")
    yield from _elements("kms_key_arns", _KEYS, KEY)
    yield from _table("s3_log_kms_key_arn", _KEYS, _WITH_BUCKET)
    yield from _elements("cloudwatch_log_group_arns", _GROUPS, LOG_GROUP)
    yield from _table("s3_log_bucket_arn", _BUCKETS)
    yield from _table("s3_log_key_prefix", _PREFIXES, _WITH_BUCKET)
    for name in _BOOLEANS:
        for value in _NO_BOOLEANS:
            yield Bad(name, value, f"{name} {_shown(value)}: {_BOOLEAN}", _WITH_BUCKET)
    yield from _without_bucket()


def _without_bucket() -> Iterator[Bad]:
    for name, value in (("s3_log_key_prefix", "team"), ("s3_log_cross_account", True), ("s3_log_kms_key_arn", KEY)):
        yield Bad(name, value, f"{name} {value!r}: {_NEEDS_BUCKET}")


BAD_INPUTS: Final = tuple(_all())
"""The inputs of `SessionManagerPermissions`; what is wrong in session preferences is told where they are parsed."""

BAD_GRANTS: Final = tuple(bad for bad in BAD_INPUTS if bad.name not in {"role", "policy_name"})
"""Those of them that `policy_document` and every component have."""
