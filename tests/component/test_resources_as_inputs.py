"""Resources of the same program: their names and ARNs as inputs, and they themselves in place of these."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi_aws as aws
import pytest

from tests.bad_fleets import PLAIN
from tests.bad_inputs import NO_VALUE
from tests.documents import KEY, wanted
from tests.fleets import FLEET, compact
from tests.mocks import UNKNOWN
from tests.permissions import OWNER, PERMISSIONS, Kind, declare, declared

# Loading its S3 module, the AWS SDK warns of some of its own classes.
pytestmark = pytest.mark.filterwarnings("ignore:.* has been deprecated in favor of:DeprecationWarning")


def role() -> aws.iam.Role:
    """Declare a role."""
    return aws.iam.Role("app", assume_role_policy="{}")


def made_in_the_same_run() -> Mapping[str, Any]:
    """Declare a role, keys, a bucket and a log group, and return a component's inputs with their names and ARNs."""
    return {
        "role": role().name,
        "kms_key_arns": [aws.kms.Key("session").arn],
        "s3_log_bucket_arn": aws.s3.Bucket("logs").arn,
        "s3_log_kms_key_arn": aws.kms.Key("logs").arn,
        "cloudwatch_log_group_arns": [aws.cloudwatch.LogGroup("sessions").arn],
    }


def test_names_and_arns_of_the_same_run() -> None:
    """Names and ARNs of resources that the program makes itself are used as they resolve."""
    record = declared(made_in_the_same_run)
    grants = {
        "kms_key_arns": ["arn:aws:kms:eu-west-1:123456789012:key/session-1234567"],
        "s3_log_bucket_arn": "arn:aws:s3:::logs-1234567",
        "s3_log_kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/logs-1234567",
        "cloudwatch_log_group_arns": ["arn:aws:logs:eu-west-1:123456789012:log-group:sessions-1234567"],
    }

    assert PERMISSIONS.policy(record) == {"role": "app-1234567", "policy": compact(*wanted(grants))}


def test_names_and_arns_of_the_same_run_in_preview() -> None:
    """In preview, where none of them is there yet, the policy is planned with an unknown role and document."""
    record = declared(made_in_the_same_run, preview=True, bare=True)

    assert PERMISSIONS.policy(record) == {"role": UNKNOWN, "policy": UNKNOWN}


@pytest.mark.parametrize(
    ("make", "path"),
    [(lambda: {"role": role().name}, "role"), (lambda: {"kms_key_arns": [aws.kms.Key("k").arn]}, "kms_key_arns[0]")],
    ids=["role.name", "key.arn"],
)
def test_mocks_that_return_just_the_inputs(make: Callable[[], dict[str, Any]], path: str) -> None:
    """In a user's own unit tests a name that the mocks leave out is told as that, with what to do."""
    record = declare(make, bare=True)

    assert str(record.error) == f"{OWNER}: {path} None: {NO_VALUE}"


RESOURCES: Mapping[str, tuple[Kind, Callable[[], dict[str, Any]], str]] = {
    "role (Role)": (PERMISSIONS, lambda: {"role": role()}, "role.name"),
    "policy_name (Policy)": (PERMISSIONS, lambda: {"policy_name": aws.iam.Policy("p", policy="{}")}, "policy.name"),
    "kms_key_arns[1] (Key)": (PERMISSIONS, lambda: {"kms_key_arns": [KEY, aws.kms.Key("k")]}, "key.arn"),
    "s3_log_bucket_arn (Bucket)": (PERMISSIONS, lambda: {"s3_log_bucket_arn": aws.s3.Bucket("b")}, "bucket.arn"),
    "cloudwatch_log_group_arns[0] (LogGroup)": (
        PERMISSIONS,
        lambda: {"cloudwatch_log_group_arns": [aws.cloudwatch.LogGroup("g")]},
        "log_group.arn",
    ),
    "session_preferences (Document)": (
        PERMISSIONS,
        lambda: {"session_preferences": aws.ssm.Document("d", content="{}", document_type="Session")},
        "document.content",
    ),
    "description (Role)": (FLEET, lambda: {"description": role()}, "the description as a string"),
    "path (Role)": (FLEET, lambda: {"path": role()}, "the path as a string"),
}


@pytest.mark.parametrize("given", RESOURCES)
def test_a_resource_is_not_its_name(given: str) -> None:
    """A resource in place of its name or ARN is refused with the attribute to pass, and nothing is declared."""
    kind, make, attribute = RESOURCES[given]
    record = kind.declare(make)

    assert str(record.error) == f"{kind.owner}: {given}: it is a resource, not a string; pass {attribute}"
    assert kind.written(record) == []


def test_a_role_of_a_fleet_is_not_its_name() -> None:
    """A `Role` has its name as an Output, so that passing role.name would not help: the message says what does."""
    record = FLEET.declare(lambda: {"roles": [role()]})

    assert str(record.error) == f"{FLEET.owner}: roles[0] (Role): it is a resource, whose name is an Output; {PLAIN}"
