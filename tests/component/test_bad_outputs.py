"""Outputs that are wrong beside other inputs or within them, and inputs that cannot be Outputs."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest

from pulumi_ssm_perms import InvalidInputError
from tests.bad_programs import NO_OUTPUTS, OUTPUTS, InProgram
from tests.documents import KEY
from tests.fleets import FLEET
from tests.messages import messages
from tests.mocks import Record, unknown
from tests.permissions import COMPONENT, ROLE_POLICY, try_declare, written
from tests.refusals import DOCUMENT_OUTPUTS

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
    record = try_declare(inputs)

    assert told(record) == wrong
    assert written(record) == []


def test_a_wrong_tag_beside_an_output_is_told_before_anything_is_declared() -> None:
    """A plain wrong tag is found at once, also where another tag is an Output."""
    record = FLEET.try_declare({"tags": lambda: {"team": "a&b", "stage": output("prod")}})

    assert told(record) == [("tags['team']", "'a&b'")]
    assert FLEET.written(record) == []


@pytest.mark.parametrize("given", OUTPUTS, ids=lambda given: given.call)
def test_what_is_wrong_within_an_output_is_refused_as_it_resolves(given: InProgram) -> None:
    """A part that is an Output is refused as a plain one is; all wrong elements of a list are one error."""
    assert given.message() == messages()[given.call]


@pytest.mark.parametrize("name", ["kms_key_arns", "cloudwatch_log_group_arns"])
def test_an_error_says_no_secret_element(name: str) -> None:
    """In a list with a secret no element is printed, as the secret may be any of them."""
    record = try_declare(lambda: {name: [output("*"), pulumi.Output.secret("hush hush")]})

    assert told(record) == [(f"{name}[0]", "[secret]"), (f"{name}[1]", "[secret]")]
    assert "hush" not in str(record.error)


def test_a_rule_between_outputs_waits_for_unknown_ones() -> None:
    """As long as the bucket is unknown nothing is said of the prefix."""
    record = try_declare(lambda: {"s3_log_bucket_arn": unknown(), "s3_log_key_prefix": "team"}, preview=True)

    assert record.error is None
    assert written(record) == [COMPONENT, ROLE_POLICY]


def test_an_output_that_fails_keeps_its_own_error() -> None:
    """An Output that fails by itself ends the run with what it says, not with a message of this package."""

    async def fails() -> str:
        await asyncio.sleep(0)
        raise RuntimeError("no such thing")

    record = try_declare(lambda: {"role": output(fails())})

    assert str(record.error) == "no such thing"


@pytest.mark.parametrize("given", NO_OUTPUTS, ids=lambda given: given.call)
def test_what_a_program_decides_by_is_plain(given: InProgram) -> None:
    """An Output cannot be the key of an attachment, nor decide what is declared: the line says what to write."""
    record = given.record()

    assert str(record.error) == messages()[given.call]
    assert given.kind.written(record) == []


@pytest.mark.parametrize(("call", "said"), DOCUMENT_OUTPUTS.items(), ids=DOCUMENT_OUTPUTS)
def test_the_document_is_made_of_plain_values(call: str, said: Callable[[], str]) -> None:
    """`policy_document` refuses an Output itself, which Python would take as true, and says where it belongs."""
    assert said() == messages()[call]
