"""Inputs that resolve later and are known: Outputs, awaitables and lists with either, in every position."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions, policy_document
from tests import documents
from tests.documents import BUCKET, CHANNELS, KEY, OTHER_KEY, decrypt, policy
from tests.mocks import UNKNOWN, policy_of, ran, run
from tests.permissions import ROLE_POLICY, VALUES, company, declared, one

# Loading its S3 module, the AWS SDK warns of some of its own classes.
OF_THE_SDK = "ignore:.* has been deprecated in favor of:DeprecationWarning"
OPTIONAL = [name for name in VALUES if name != "role"]

each_input = pytest.mark.parametrize("name", VALUES)


async def awaited(value: Any) -> Any:
    """Return a value as an awaitable does."""
    return value


def elements(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return what makes the elements of a list late, and not the list itself."""
    return lambda value: [make(element) for element in value]


@each_input
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize("make", [pulumi.Output.from_input, awaited], ids=["Output", "awaitable"])
def test_a_known_late_value_does_what_a_plain_one_does(name: str, make: Callable[[Any], Any], preview: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """An Output or awaitable in any position makes the very request that its plain value makes, in preview too."""
    plain = one(name, lambda value: value, preview=preview)
    late = one(name, make, preview=preview)

    assert late.only(ROLE_POLICY).inputs == plain.only(ROLE_POLICY).inputs
    assert late.results == plain.results


@pytest.mark.parametrize("name", ["kms_key_arns", "cloudwatch_log_group_arns"])
@pytest.mark.parametrize(
    "make",
    [
        elements(pulumi.Output.from_input),
        elements(awaited),
        lambda value: [value[0], pulumi.Output.from_input(value[1])],
        lambda value: (pulumi.Output.from_input(value[0]), awaited(value[1])),
        lambda value: pulumi.Output.from_input([pulumi.Output.from_input(value[0]), value[1]]),
        lambda value: pulumi.Output.all(*value),
        lambda value: pulumi.Output.from_input(tuple(value)),
    ],
    ids=["Outputs", "awaitables", "mixed", "tuple", "nested", "all", "Output of a tuple"],
)
def test_a_list_may_have_late_elements(name: str, make: Callable[[Any], Any]) -> None:
    """A list with some or only late elements, itself late or not, makes what the plain list makes."""
    plain = one(name, lambda value: value)
    late = one(name, make)

    assert late.only(ROLE_POLICY).inputs == plain.only(ROLE_POLICY).inputs


def test_everything_may_be_late_together() -> None:
    """All inputs as Outputs at once make the same document as plain ones."""
    grants = {name: value for name, value in VALUES.items() if name not in {"role", "policy_name"}}
    del grants["session_preferences"]
    record = declared(lambda: {name: pulumi.Output.from_input(value) for name, value in grants.items()})

    assert policy_of(record.only(ROLE_POLICY)) == policy_document(**grants)


def test_a_late_list_keeps_order_and_drops_repeats() -> None:
    """Keys that turn out to be the same when they resolve are named once, where the first stood."""
    record = declared(
        lambda: {"kms_key_arns": [pulumi.Output.from_input(OTHER_KEY), KEY, pulumi.Output.from_input(OTHER_KEY)]}
    )

    assert policy_of(record.only(ROLE_POLICY)) == policy(CHANNELS, decrypt([OTHER_KEY, KEY]))


@pytest.mark.parametrize("name", OPTIONAL)
@pytest.mark.parametrize(
    "make",
    [lambda _: None, lambda _: pulumi.Output.from_input(None), lambda _: awaited(None)],
    ids=["plain", "Output", "awaitable"],
)
def test_none_is_not_given(name: str, make: Callable[[Any], Any]) -> None:
    """`None` for an optional input, plain or resolved to, is the same as leaving it out."""
    record = one(name, make)

    assert record.only(ROLE_POLICY).inputs == declared(company(name)).only(ROLE_POLICY).inputs


@pytest.mark.parametrize("value", [[], pulumi.Output], ids=["plain", "Output"])
@pytest.mark.parametrize("name", ["kms_key_arns", "cloudwatch_log_group_arns"])
def test_an_empty_list_grants_nothing(name: str, value: Any) -> None:
    """An empty list, plain or resolved to, is the same as leaving it out."""
    record = one(name, lambda _: value if value == [] else pulumi.Output.from_input([]))

    assert policy_of(record.only(ROLE_POLICY)) == policy(CHANNELS)


def made_in_the_same_run() -> Mapping[str, Any]:
    """Declare a role, keys, a bucket and a log group, and return a component's inputs with their names and ARNs."""
    key, bucket_key = aws.kms.Key("session"), aws.kms.Key("logs")
    return {
        "role": aws.iam.Role("app", assume_role_policy="{}").name,
        "kms_key_arns": [key.arn],
        "s3_log_bucket_arn": aws.s3.Bucket("logs").arn,
        "s3_log_kms_key_arn": bucket_key.arn,
        "cloudwatch_log_group_arns": [aws.cloudwatch.LogGroup("sessions").arn],
    }


@pytest.mark.filterwarnings(OF_THE_SDK)
def test_resources_of_the_same_run() -> None:
    """Names and ARNs of resources that the program makes itself are used as they resolve."""
    child = declared(made_in_the_same_run).only(ROLE_POLICY)
    group = "arn:aws:logs:eu-west-1:123456789012:log-group:sessions-1234567"

    assert child.inputs["role"] == "app-1234567"
    assert policy_of(child) == policy(
        CHANNELS,
        documents.FIND_LOG_GROUPS,
        documents.write_groups(f"{group}:*"),
        documents.put("arn:aws:s3:::logs-1234567/*"),
        documents.allow(["s3:GetEncryptionConfiguration"], "arn:aws:s3:::logs-1234567"),
        decrypt("arn:aws:kms:eu-west-1:123456789012:key/session-1234567"),
        documents.encrypt_logs("arn:aws:kms:eu-west-1:123456789012:key/logs-1234567"),
    )


@pytest.mark.filterwarnings(OF_THE_SDK)
def test_resources_of_the_same_run_in_preview() -> None:
    """In preview, where none of them is there yet, the policy is planned with an unknown role and document."""
    record = declared(made_in_the_same_run, preview=True, bare=True)

    assert record.only(ROLE_POLICY).inputs == {"role": UNKNOWN, "policy": UNKNOWN}


def test_the_document_of_an_output() -> None:
    """`policy_document` makes a document of an Output's value within `apply`."""

    def program() -> Mapping[str, object]:
        return {"document": pulumi.Output.from_input([KEY]).apply(lambda arns: policy_document(kms_key_arns=arns))}

    assert ran(program).results == {"document": policy(CHANNELS, decrypt(KEY))}


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda: {"s3_log_encryption_enforced": pulumi.Output.from_input(val=False)}, "s3_log_encryption_enforced"),
        (lambda: {"kms_key_arns": pulumi.Output.from_input([KEY])}, "kms_key_arns"),
        (lambda: {"kms_key_arns": [KEY, pulumi.Output.from_input(KEY)]}, "kms_key_arns[1]"),
        (lambda: {"s3_log_bucket_arn": pulumi.Output.from_input(BUCKET)}, "s3_log_bucket_arn"),
    ],
    ids=["boolean", "list", "element", "text"],
)
def test_the_document_is_made_of_plain_values(make: Callable[[], dict[str, Any]], path: str) -> None:
    """`policy_document` refuses an Output itself, which Python would take as true, and says where it belongs."""
    record = run(lambda: policy_document(**make()))

    assert str(record.error) == (
        f"policy_document: {path}: it cannot be an Output, which has no value yet when the program declares its "
        "resources; call policy_document within Output.apply, or give the Output to a component"
    )


def test_check_role_is_plain() -> None:
    """`check_role` decides what the program declares, and so an Output is refused with what to write."""
    record = run(
        lambda: SessionManagerPermissions(
            "web",
            {"role": "web", "check_role": pulumi.Output.from_input(val=True)},  # type: ignore[typeddict-item]
        )
    )

    assert str(record.error) == (
        "SessionManagerPermissions 'web': check_role: it cannot be an Output, which has no value yet when the program "
        "declares its resources; write a plain true or false"
    )
