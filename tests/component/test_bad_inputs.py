"""Wrong inputs: refused in one line each that says what to write instead, whether plain, an Output or a secret."""

from collections.abc import Callable

import pulumi
import pytest

from pulumi_ssm_perms import InvalidInputError, policy_document
from tests import refusals
from tests.bad_inputs import BAD_GRANTS, NEEDS_BUCKET, Bad
from tests.bad_programs import InProgram
from tests.documents import KEY
from tests.messages import Calls, messages
from tests.permissions import OWNER, PERMISSIONS, Kind
from tests.refusals import message, refusal


def case(part: object) -> str:
    """Return what a test's case is called."""
    if isinstance(part, InProgram):
        return part.call
    return f"{part.name}: {part.mistake}" if isinstance(part, Bad) else str(part)


def each_of(calls: Calls) -> pytest.MarkDecorator:
    """Return what gives a test each of these calls, and what returns the message that the package has for it."""
    return pytest.mark.parametrize(("call", "said"), calls.items(), ids=calls)


def test_no_message_is_missing_or_left_over() -> None:
    """The file has the message of every wrong input, in the order of the cases, and no other."""
    assert list(messages()) == [call for calls in refusals.SECTIONS.values() for call in calls]


@pytest.mark.parametrize(("kind", "bad"), refusals.CASES, ids=case)
def test_a_plain_value_is_refused(kind: Kind, bad: Bad) -> None:
    """One line has the component, the input, its value, the rule and the way out, before anything is declared."""
    error = refusal(kind.made, kind.name, {**kind.needed, **bad.inputs})

    assert str(error) == message(kind, bad.inputs)


@pytest.mark.parametrize(("kind", "bad"), refusals.ONE_OUTPUT_OF_EACH, ids=case)
def test_an_output_is_refused(kind: Kind, bad: Bad) -> None:
    """A wrong value that an Output resolves to is refused in the same words, and no policy is asked for."""
    record = kind.try_declare(lambda: {name: pulumi.Output.from_input(value) for name, value in bad.inputs.items()})

    assert str(record.error) == message(kind, bad.inputs)
    assert kind.policy_type not in kind.written(record)


@pytest.mark.parametrize("given", refusals.SECRETS, ids=case)
def test_a_secret_is_refused(given: InProgram) -> None:
    """A secret is refused in the same words without the secret, of tags not even the key; in preview already."""
    assert given.message() == messages()[given.call]


@pytest.mark.parametrize("bad", [bad for bad in BAD_GRANTS if bad.mistake != NEEDS_BUCKET], ids=case)
def test_the_document_refuses_the_same(bad: Bad) -> None:
    """`policy_document` has the same checks as the components, and says the same."""
    error = refusal(policy_document, **bad.inputs)

    assert f"{OWNER}: {str(error).removeprefix('policy_document: ')}" == message(PERMISSIONS, bad.inputs)


@each_of(refusals.DOCUMENT)
def test_the_document_has_no_preferences(call: str, said: Callable[[], str]) -> None:
    """Where a bucket is missing, `policy_document` names only the input that it has for one."""
    assert said() == messages()[call]


@each_of(refusals.MISSING)
def test_a_role_is_required(call: str, said: Callable[[], str]) -> None:
    """A missing role is refused as `None` is: the key is there in most programs, and the value is not."""
    assert said() == messages()[call]


@each_of(refusals.UNKNOWN)
def test_an_unknown_input_is_told_with_the_nearest_known_one(call: str, said: Callable[[], str]) -> None:
    """A key that is no input is never dropped: the error names the nearest one, or else all of them."""
    assert said() == messages()[call]


@each_of(refusals.ARGUMENTS)
def test_the_inputs_are_one_mapping(call: str, said: Callable[[], str]) -> None:
    """Something else is refused with the shape of a mapping, and so is what other resources take by keyword."""
    assert said() == messages()[call]


@each_of(refusals.SEVERAL)
def test_all_wrong_inputs_are_told_together(call: str, said: Callable[[], str]) -> None:
    """Each wrong input has its line in one error: unknown keys first, the rules between inputs last.

    Where the bucket itself is wrong, nothing is said of the inputs that need one.
    """
    assert said() == messages()[call]


def test_an_error_can_be_read_by_a_program() -> None:
    """An error has its owner and, for each wrong input, path, shown value, rule and way out."""
    given = {"role": "web", "kms_key": KEY, "kms_key_arns": [KEY, "alias/sessions", "*"]}
    error = refusal(PERMISSIONS.made, "web", given)

    assert error.owner == OWNER
    assert [(problem.path, problem.value) for problem in error.problems] == [
        ("'kms_key'", ""),
        ("kms_key_arns[1]", "'alias/sessions'"),
        ("kms_key_arns[2]", "'*'"),
    ]
    assert f"{error.problems[2].rule}; {error.problems[2].remedy}" == str(error).splitlines()[2].split(": ", 2)[2]


def test_an_error_about_an_option_shows_no_value() -> None:
    """An option that is passed as an input is named, and its value is not looked at."""
    error = refusal(PERMISSIONS.made, "web", role="web", protect=True)

    assert [(problem.path, problem.value) for problem in error.problems] == [("protect", "")]


def test_an_error_prints_without_a_traceback() -> None:
    """It is a `pulumi.RunError`, which a program prints as one line, and no `ValueError`, which it would not."""
    kinds = InvalidInputError.__mro__

    assert pulumi.RunError in kinds
    assert ValueError not in kinds
