"""Inputs that are known as Outputs, awaitables and lists with either, in every position: as plain values are."""

from collections import UserList
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import InvalidInputError, policy_document
from tests.documents import BUCKET, CHANNELS, KEY, policy
from tests.mocks import Secret, policy_of, run
from tests.permissions import OWNER, ROLE_POLICY, VALUES, company, declare, declared, one

NO_OUTPUT = "it cannot be an Output, which has no value yet when the program declares its resources"
LISTS = pytest.mark.parametrize("name", ["kms_key_arns", "cloudwatch_log_group_arns"])
output = pulumi.Output.from_input


async def awaited(value: Any) -> Any:
    """Return a value as an awaitable does."""
    return value


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize("make", [output, awaited], ids=["Output", "awaitable"])
def test_an_output_does_what_a_plain_value_does(name: str, make: Callable[[Any], Any], preview: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """An Output or awaitable in any position makes the very request that its plain value makes, in preview too."""
    plain = one(name, lambda value: value, preview=preview)
    made = one(name, make, preview=preview)

    assert made.only(ROLE_POLICY).inputs == plain.only(ROLE_POLICY).inputs
    assert made.results == plain.results


SEQUENCES: Final[Mapping[str, Callable[[list[Any]], Any]]] = {
    "a list": list,
    "a tuple": tuple,
    "a UserList": UserList,
    "all": lambda elements: pulumi.Output.all(*elements),
    "an Output of a list": output,
    "an Output of a UserList": lambda elements: output(UserList(elements)),
    "an Output of a tuple in an Output": lambda elements: output(output(tuple(elements))),
    "what an Output becomes": lambda elements: output("").apply(lambda _: UserList(elements)),
}
in_any_sequence = pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)


@LISTS
@in_any_sequence
@pytest.mark.parametrize("second", [output, awaited], ids=["Output", "awaitable"])
def test_a_list_may_have_outputs_in_it(
    name: str, sequence: Callable[[list[Any]], Any], second: Callable[[Any], Any]
) -> None:
    """A sequence with an Output or awaitable in it makes what the plain list makes: no element is dropped."""
    plain = one(name, lambda value: value)
    made = one(name, lambda value: sequence([value[0], second(value[1])]))

    assert made.only(ROLE_POLICY).inputs == plain.only(ROLE_POLICY).inputs


@in_any_sequence
def test_a_secret_in_any_sequence_stays_one(sequence: Callable[[list[Any]], Any]) -> None:
    """The document is as secret as the element, and an error does not show it."""
    record = declared(lambda: {"kms_key_arns": sequence([pulumi.Output.secret(KEY)])})
    refused = declare(lambda: {"kms_key_arns": sequence([pulumi.Output.secret("hush")])})

    assert isinstance(record.results["policy_json"], Secret)
    assert isinstance(refused.error, InvalidInputError)
    assert [problem.value for problem in refused.error.problems] == ["[secret]"]


def test_a_secret_around_an_output_stays_one() -> None:
    """Where the collection is secret, the Outputs in it are not shown either."""
    record = declare(lambda: {"kms_key_arns": pulumi.Output.secret(UserList([output("hush")]))})

    assert str(record.error).startswith(f"{OWNER}: kms_key_arns[0] [secret]: ")


def test_an_output_deeper_down_is_refused() -> None:
    """A list within the list is no string, and is not read as none."""
    record = declare(lambda: {"kms_key_arns": [[output(KEY)]]})

    assert str(record.error).startswith(f"{OWNER}: kms_key_arns[0] (list): it is not a string; ")


@pytest.mark.parametrize("name", [name for name in VALUES if name != "role"])
@pytest.mark.parametrize(
    "make", [lambda _: None, lambda _: output(None), lambda _: awaited(None)], ids=["plain", "Output", "awaitable"]
)
def test_none_is_not_given(name: str, make: Callable[[Any], Any]) -> None:
    """`None` for an optional input, plain or resolved to, is the same as leaving it out."""
    record = one(name, make)

    assert record.only(ROLE_POLICY).inputs == declared(company(name)).only(ROLE_POLICY).inputs


@LISTS
def test_an_empty_list_grants_nothing(name: str) -> None:
    """An Output of an empty list is the same as leaving the input out, as an empty list is."""
    record = one(name, lambda _: output([]))

    assert policy_of(record.only(ROLE_POLICY)) == policy(CHANNELS)


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


def test_check_role_is_plain() -> None:
    """`check_role` decides what the program declares, and so an Output is refused with what to write."""
    record = declare(lambda: {"check_role": output(val=True)})

    assert str(record.error) == f"{OWNER}: check_role: {NO_OUTPUT}; write a plain true or false"
