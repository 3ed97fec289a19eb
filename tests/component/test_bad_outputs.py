"""Outputs that are wrong beside other inputs or within them, and inputs that cannot be Outputs."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import InvalidInputError, policy_document
from tests.bad_fleets import NO_OUTPUT, PLAIN, TAG_VALUE
from tests.documents import BUCKET, KEY
from tests.fleets import FLEET
from tests.mocks import Record, run, unknown
from tests.permissions import COMPONENT, PERMISSIONS, ROLE_POLICY, Kind, declare, written

output = pulumi.Output.from_input


def told(record: Record) -> list[tuple[str, str]]:
    """Return what is wrong by the error: the path and the value of each wrong input."""
    assert isinstance(record.error, InvalidInputError)
    return [(problem.path, problem.value) for problem in record.error.problems]


@pytest.mark.parametrize(
    ("inputs", "wrong"),
    [
        ({"role": lambda: output("a b"), "s3_log_encryption_enforced": 1}, [("s3_log_encryption_enforced", "1")]),
        ({"kms_key_arns": lambda: ["alias/x", output(KEY)]}, [("kms_key_arns[0]", "'alias/x'")]),
    ],
    ids=["beside a wrong Output", "beside an element that is an Output"],
)
def test_wrong_plain_inputs_are_told_before_anything_is_declared(
    inputs: Mapping[str, Any], wrong: list[tuple[str, str]]
) -> None:
    """Wrong plain inputs end the program at once, whatever Outputs are beside them."""
    record = declare(inputs)

    assert (told(record), written(record)) == (wrong, [])


def test_a_wrong_tag_beside_an_output_is_told_before_anything_is_declared() -> None:
    """A plain wrong tag is found at once, also where another tag is an Output."""
    record = FLEET.declare({"tags": lambda: {"team": "a&b", "stage": output("prod")}})

    assert (told(record), FLEET.written(record)) == ([("tags['team']", "'a&b'")], [])


def test_a_wrong_tag_that_is_an_output() -> None:
    """An Output among plain tags is refused as it resolves."""
    record = FLEET.declare({"tags": lambda: {"team": "a", "stage": output("a&b")}})

    assert str(record.error) == f"{FLEET.owner}: tags['stage'] 'a&b': {TAG_VALUE}"


def test_wrong_elements_of_one_output_are_told_together() -> None:
    """All wrong elements of a list that is an Output are one error."""
    record = declare(lambda: {"kms_key_arns": output(["*", KEY, "alias/x"])})

    assert told(record) == [("kms_key_arns[0]", "'*'"), ("kms_key_arns[2]", "'alias/x'")]


@pytest.mark.parametrize("name", ["kms_key_arns", "cloudwatch_log_group_arns"])
def test_an_error_says_no_secret_element(name: str) -> None:
    """In a list with a secret no element is printed, as the secret may be any of them."""
    record = declare(lambda: {name: [output("*"), pulumi.Output.secret("hush hush")]})

    assert told(record) == [(f"{name}[0]", "[secret]"), (f"{name}[1]", "[secret]")]
    assert "hush" not in str(record.error)


def test_a_rule_between_outputs_waits_for_unknown_ones() -> None:
    """As long as the bucket is unknown nothing is said of the prefix."""
    record = declare(lambda: {"s3_log_bucket_arn": unknown(), "s3_log_key_prefix": "team"}, preview=True)

    assert (record.error, written(record)) == (None, [COMPONENT, ROLE_POLICY])


def test_an_output_that_fails_keeps_its_own_error() -> None:
    """An Output that fails by itself ends the run with what it says, not with a message of this package."""

    async def fails() -> str:
        await asyncio.sleep(0)
        raise RuntimeError("no such thing")

    record = declare(lambda: {"role": output(fails())})

    assert str(record.error) == "no such thing"


FLAG: Final = "write a plain true or false"
NO_OUTPUTS: Final[Mapping[str, tuple[Kind, Callable[[], Mapping[str, Any]], list[str]]]] = {
    "check_role": (PERMISSIONS, lambda: {"check_role": output(val=True)}, [f"check_role: {NO_OUTPUT}; {FLAG}"]),
    "check_roles": (FLEET, lambda: {"check_roles": output(val=True)}, [f"check_roles: {NO_OUTPUT}; {FLAG}"]),
    "roles": (FLEET, lambda: {"roles": output(["web"])}, [f"roles: {NO_OUTPUT}; {PLAIN}"]),
    "several in roles": (
        FLEET,
        lambda: {"roles": (output("web"), "api", pulumi.Output.secret("batch"))},
        [f"roles[0]: {NO_OUTPUT}; {PLAIN}", f"roles[2]: {NO_OUTPUT}; {PLAIN}"],
    ),
}


@pytest.mark.parametrize(("kind", "inputs", "lines"), NO_OUTPUTS.values(), ids=NO_OUTPUTS)
def test_what_a_program_decides_by_is_plain(
    kind: Kind, inputs: Callable[[], Mapping[str, Any]], lines: list[str]
) -> None:
    """An Output cannot be the key of an attachment, nor decide what is declared: the line says what to write."""
    record = kind.declare(inputs)

    assert str(record.error).splitlines() == [f"{kind.owner}: {line}" for line in lines]
    assert kind.written(record) == []


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda: {"s3_log_encryption_enforced": output(val=False)}, "s3_log_encryption_enforced"),
        (lambda: {"kms_key_arns": output([KEY])}, "kms_key_arns"),
        (lambda: {"kms_key_arns": [KEY, output(KEY)]}, "kms_key_arns[1]"),
        (lambda: {"s3_log_bucket_arn": output(BUCKET)}, "s3_log_bucket_arn"),
    ],
    ids=["boolean", "list", "element", "text"],
)
def test_the_document_is_made_of_plain_values(make: Callable[[], dict[str, Any]], path: str) -> None:
    """`policy_document` refuses an Output itself, which Python would take as true, and says where it belongs."""
    record = run(lambda: policy_document(**make()))

    assert str(record.error) == (
        f"policy_document: {path}: {NO_OUTPUT}; call policy_document within Output.apply, or give the Output to a "
        "component"
    )
