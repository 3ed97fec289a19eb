"""What holds for every accepted value: found by search, not by example."""

import itertools
import string
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_ssm_perms import InvalidInputError, policy_document
from pulumi_ssm_perms._checks import key_prefix
from pulumi_ssm_perms._errors import InvalidValue
from pulumi_ssm_perms._roles import given_role
from tests import documents
from tests.documents import BUCKET, KEY, PARTITIONS

NAME_CHARACTERS = string.ascii_letters + string.digits + "_+=,.@-"
ALLOWED_ACTIONS = {
    *documents.CHANNEL_ACTIONS,
    "ssm:UpdateInstanceInformation",
    "s3:GetEncryptionConfiguration",
    "s3:PutObject",
    "s3:PutObjectAcl",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "logs:DescribeLogGroups",
    "logs:CreateLogStream",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
}

partitions = st.sampled_from(PARTITIONS)
accounts = st.text(string.digits, min_size=12, max_size=12)
role_names = st.text(NAME_CHARACTERS, min_size=1, max_size=64).filter(
    lambda name: not name.lower().startswith(("awsservicerolefor", "awsreservedsso_"))
)
role_paths = st.lists(st.text(NAME_CHARACTERS, min_size=1, max_size=20), max_size=3).filter(
    lambda parts: parts[:1] not in (["aws-service-role"], ["aws-reserved"])
)
anything = st.one_of(
    st.text(), st.text('*?${}"\\/:, \n' + NAME_CHARACTERS), st.none(), st.booleans(), st.integers(), st.floats()
)
hostile_tails = st.text('*?${}"\\/:,[] \n\0é世' + NAME_CHARACTERS, max_size=30)
hostile = st.one_of(
    anything, st.builds(str.__add__, st.sampled_from([KEY, BUCKET, documents.LOG_GROUP]), hostile_tails)
)


@given(partition=partitions, account=accounts, path=role_paths, name=role_names)
def test_a_role_is_the_same_by_name_and_by_arn(partition: str, account: str, path: list[str], name: str) -> None:
    """Name and ARN, of any path, partition and account, stand for the same role."""
    arn = f"arn:{partition}:iam::{account}:role/" + "/".join([*path, name])

    assert [given_role(given).name for given in (arn, name)] == [name, name]
    assert [given_role(given).account for given in (arn, name)] == [account, None]


@given(st.one_of(st.text(), st.text(NAME_CHARACTERS + "/: \n*", max_size=80)))
def test_an_accepted_role_is_one_that_iam_can_have(role: str) -> None:
    """Whatever is accepted as a role has a name that IAM takes, and the name is taken again as it is."""
    try:
        name = given_role(role).name
    except InvalidValue:
        return

    assert set(name) <= set(NAME_CHARACTERS)
    assert 1 <= len(name) <= 64
    assert given_role(name).name == name


@given(st.lists(st.sampled_from(["", ".", "..", "team", "a b", "...", "é$"]), max_size=8).map("/".join))
def test_a_prefix_is_normalised_as_the_agent_does_it(prefix: str) -> None:
    """Parts that are empty or `.` go, `..` takes along the one before it, if any; the result is its own normal form."""
    normal = key_prefix(prefix)

    assert normal == "/".join(parts_that_stay(prefix))
    assert key_prefix(normal) == normal


def parts_that_stay(prefix: str) -> list[str]:
    """Walk an absolute path as Go's `path.Clean` documents it."""
    stay: list[str] = []
    for part in prefix.split("/"):
        if part == "..":
            stay = stay[:-1]
        elif part not in ("", "."):
            stay.append(part)
    return stay


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "kms_key_arns": st.one_of(hostile, st.lists(hostile, max_size=3)),
            "s3_log_encryption_enforced": anything,
            "allow_update_instance_information": anything,
            "s3_log_bucket_arn": hostile,
            "s3_log_key_prefix": hostile,
            "s3_log_cross_account": anything,
            "s3_log_kms_key_arn": hostile,
            "cloudwatch_log_group_arns": st.one_of(hostile, st.lists(hostile, max_size=3)),
        },
    )
)
def test_no_accepted_value_can_widen_the_policy(inputs: dict[str, Any]) -> None:
    """Whatever is accepted, the actions are AWS's, and no resource has a wildcard or variable that AWS's has not."""
    try:
        document = policy_document(**inputs)
    except InvalidInputError:
        return

    assert set(document) == {"Version", "Statement"}
    assert wider_than_aws(document) == []


@given(st.lists(hostile_tails, min_size=1, max_size=3))
def test_no_tail_of_a_good_value_can_widen_the_policy(tails: list[str]) -> None:
    """A good ARN with something behind it is refused, or names one resource still."""
    accepted = [
        document
        for tail, name in itertools.product(tails, WITH_TAIL)
        if (document := document_of(WITH_TAIL[name](tail))) is not None
    ]

    assert [wider_than_aws(document) for document in accepted] == [[] for _ in accepted]


WITH_TAIL: dict[str, Callable[[str], dict[str, Any]]] = {
    "kms_key_arns": lambda tail: {"kms_key_arns": [KEY + tail]},
    "s3_log_bucket_arn": lambda tail: {"s3_log_bucket_arn": BUCKET + tail},
    "s3_log_key_prefix": lambda tail: {"s3_log_bucket_arn": BUCKET, "s3_log_key_prefix": f"team{tail}"},
    "s3_log_kms_key_arn": lambda tail: {"s3_log_bucket_arn": BUCKET, "s3_log_kms_key_arn": KEY + tail},
    "cloudwatch_log_group_arns": lambda tail: {"cloudwatch_log_group_arns": [documents.LOG_GROUP + tail]},
}


def document_of(inputs: dict[str, Any]) -> dict[str, Any] | None:
    """Return the document for inputs, if they are accepted."""
    try:
        return policy_document(**inputs)
    except InvalidInputError:
        return None


def wider_than_aws(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the statements that grant more than AWS's own ever do."""
    return [statement for statement in document["Statement"] if not is_as_aws_has_it(statement)]


def is_as_aws_has_it(statement: dict[str, Any]) -> bool:
    """Say whether a statement has AWS's shape and actions, and a wildcard only where AWS has one."""
    resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    actions = set(statement["Action"])
    if not (set(statement) == {"Effect", "Action", "Resource"} and statement["Effect"] == "Allow"):
        return False
    return actions <= ALLOWED_ACTIONS and all(is_one_resource(resource, actions) for resource in resources)


def is_one_resource(resource: str, actions: set[str]) -> bool:
    """Say whether a resource is as narrow as AWS lets these actions have it."""
    if resource == "*":
        return not actions & {"s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey", "logs:PutLogEvents"}
    end = {"s3:PutObject": "/*", "logs:PutLogEvents": ":*"}
    [end_of_many] = [end[action] for action in actions if action in end] or [""]
    middle = resource.removesuffix(end_of_many) if end_of_many else resource
    return resource.endswith(end_of_many) and not any(sign in middle for sign in ("*", "?", "${", "\n"))
