"""Resources of the same program: their names and ARNs as inputs, and they themselves in place of these."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi_aws as aws
import pytest

from tests.bad_programs import RESOURCES, InProgram
from tests.documents import KEY, wanted
from tests.fleets import compact
from tests.messages import Code, messages
from tests.mocks import UNKNOWN
from tests.permissions import OWNER, PERMISSIONS, declare, try_declare, written
from tests.refusals import message

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
    record = declare(made_in_the_same_run)
    grants = {
        "kms_key_arns": ["arn:aws:kms:eu-west-1:123456789012:key/session-1234567"],
        "s3_log_bucket_arn": "arn:aws:s3:::logs-1234567",
        "s3_log_kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/logs-1234567",
        "cloudwatch_log_group_arns": ["arn:aws:logs:eu-west-1:123456789012:log-group:sessions-1234567"],
    }

    assert PERMISSIONS.policy(record) == {"role": "app-1234567", "policy": compact(*wanted(grants))}


def test_names_and_arns_of_the_same_run_in_preview() -> None:
    """In preview, where none of them is there yet, the policy is planned with an unknown role and document."""
    record = declare(made_in_the_same_run, preview=True, bare=True)

    assert PERMISSIONS.policy(record) == {"role": UNKNOWN, "policy": UNKNOWN}


@pytest.mark.parametrize(
    ("make", "name", "without"),
    [
        (lambda: {"role": role().name}, "role", Code("an_output_of(None)")),
        (lambda: {"kms_key_arns": [aws.kms.Key("k").arn]}, "kms_key_arns", [None]),
    ],
    ids=["role.name", "key.arn"],
)
def test_mocks_that_return_just_the_inputs(make: Callable[[], dict[str, Any]], name: str, without: object) -> None:
    """In a user's own unit tests a name that the mocks leave out is told as that, with what to do."""
    record = try_declare(make, bare=True)

    assert str(record.error) == message(PERMISSIONS, {name: without})


@pytest.mark.parametrize("given", RESOURCES, ids=lambda given: given.call)
def test_a_resource_is_not_its_name(given: InProgram) -> None:
    """A resource in place of its name or ARN is refused with what to pass instead, and nothing is declared.

    For a fleet, role.name would not help, as it is an Output: the message says what does.
    """
    record = given.record()

    assert str(record.error) == messages()[given.call]
    assert given.kind.written(record) == []


def results() -> Mapping[str, Any]:
    """Return what functions of the provider return, as people pass it."""
    return {"role": aws.iam.get_role(name="web"), "kms_key_arns": [aws.kms.get_key(key_id="alias/sessions")]}


def test_the_result_of_a_function_is_refused() -> None:
    """It is not its name or ARN; the line says which field to pass, and nothing is declared."""
    found = {"name": "web", "arn": KEY}
    record = try_declare(results, answer=lambda _: found)

    assert str(record.error).splitlines() == [
        f"{OWNER}: role (AwaitableGetRoleResult): it is the result of a function, not a string; pass its .name",
        (
            f"{OWNER}: kms_key_arns[0] (AwaitableGetKeyResult): it is the result of a function, not a string; pass its "
            ".arn"
        ),
    ]
    assert written(record) == []
