"""What `SessionManagerManagedPolicy` refuses, and in which words; the grants' own rules are tested elsewhere."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import InvalidInputError, SessionManagerManagedPolicy
from tests.bad_fleets import AWS_TAG, BAD_ROLES, BAD_VALUES, NO_OUTPUT, OVERSIZE, PATH, PLAIN, SAME, TAG_VALUE
from tests.bad_inputs import NEEDS_BUCKET, Bad
from tests.documents import KEY
from tests.fleets import declare
from tests.mocks import Record, run

each_bad_value = pytest.mark.parametrize("bad", BAD_VALUES, ids=lambda bad: bad.line[:60])


def lines(record: Record) -> Iterator[str]:
    """Yield what the component said, line by line, without its own name."""
    assert isinstance(record.error, InvalidInputError)
    for line in str(record.error).splitlines():
        assert line.startswith("SessionManagerManagedPolicy 'fleet': ")
        yield line.removeprefix("SessionManagerManagedPolicy 'fleet': ")


def names(record: Record) -> list[str]:
    """Return what was declared before the error, without the stack."""
    return [made.name for made in record.registrations if made.type != "pulumi:pulumi:Stack"]


@pytest.mark.parametrize(("value", "message"), BAD_ROLES.values(), ids=BAD_ROLES)
def test_wrong_roles(value: object, message: str) -> None:
    """Roles that cannot each have an attachment of their own are refused before anything is declared."""
    record = declare({"roles": lambda: value})

    assert list(lines(record)) == [message]
    assert names(record) == []


@pytest.mark.parametrize(
    ("make", "messages"),
    [
        (lambda: pulumi.Output.from_input(["web"]), [f"roles: {NO_OUTPUT}; {PLAIN}"]),
        (lambda: ["web", pulumi.Output.from_input("api")], [f"roles[1]: {NO_OUTPUT}; {PLAIN}"]),
        (
            lambda: (pulumi.Output.from_input("web"), "api", pulumi.Output.secret("batch")),
            [f"roles[0]: {NO_OUTPUT}; {PLAIN}", f"roles[2]: {NO_OUTPUT}; {PLAIN}"],
        ),
    ],
    ids=["the list", "in the list", "several in a tuple"],
)
def test_roles_as_outputs(make: Callable[[], object], messages: list[str]) -> None:
    """An Output cannot be the key of an attachment: the message says so, and what to declare instead."""
    record = declare({"roles": make})

    assert list(lines(record)) == messages
    assert names(record) == []


def test_a_role_object() -> None:
    """A `Role` has its name as an Output, so that passing role.name would not help: the message says what does."""
    record = declare({"roles": lambda: [aws.iam.Role("made", assume_role_policy="{}")]})

    assert list(lines(record)) == [f"roles[0] (Role): it is a resource, whose name is an Output; {PLAIN}"]


def test_a_resource_as_path() -> None:
    """A resource in place of a text is refused with what to pass."""
    record = declare({"roles": [], "path": lambda: aws.iam.Policy("other", policy="{}")})

    assert list(lines(record)) == ["path (Policy): it is a resource, not a string; pass the path as a string"]


@each_bad_value
def test_a_wrong_value(bad: Bad) -> None:
    """What IAM would refuse is refused before anything is declared."""
    record = declare({"roles": ["web"], bad.name: lambda: bad.value})

    assert list(lines(record)) == [bad.line]
    assert names(record) == []


@each_bad_value
def test_a_wrong_value_of_an_output(bad: Bad) -> None:
    """An Output is refused in the same words, and the policy is not declared."""
    record = declare({"roles": ["web"], bad.name: lambda: pulumi.Output.from_input(bad.value)})

    assert list(lines(record)) == [bad.line]
    assert "fleet-session-manager" not in names(record)


@each_bad_value
def test_a_wrong_secret_is_not_shown(bad: Bad) -> None:
    """A secret is refused in the same words, with no part of it: of tags neither value nor key."""
    record = declare({"roles": ["web"], bad.name: lambda: pulumi.Output.secret(bad.value)})
    rule = bad.line.partition(": ")[2]

    assert list(lines(record)) == [f"{bad.name} [secret]: {rule}"]


def test_a_wrong_tag_that_is_an_output() -> None:
    """An Output among plain tags is refused as it resolves."""
    record = declare({"roles": [], "tags": lambda: {"team": "a", "stage": pulumi.Output.from_input("a&b")}})

    assert list(lines(record)) == [f"tags['stage'] 'a&b': {TAG_VALUE}"]


def test_a_wrong_tag_beside_an_output() -> None:
    """A plain wrong tag is found at once, also where another tag is an Output."""
    record = declare({"roles": [], "tags": lambda: {"team": "a&b", "stage": pulumi.Output.from_input("prod")}})

    assert list(lines(record)) == [f"tags['team'] 'a&b': {TAG_VALUE}"]
    assert names(record) == []


def test_all_wrong_inputs_are_named_together() -> None:
    """One error has a line for each wrong plain input."""
    record = declare(
        {"roles": ["web", "web"], "path": "team", "tags": {"aws:team": "a"}, "rolls": [], "s3_log_key_prefix": "a"}
    )

    assert list(lines(record)) == [
        "'rolls': there is no such input; did you mean roles?",
        f"path 'team': {PATH}",
        f"tags 'aws:team': {AWS_TAG}",
        f"roles[1] 'web': it is the same role as roles[0]: {SAME}",
        f"s3_log_key_prefix 'a': {NEEDS_BUCKET}",
    ]


@pytest.mark.parametrize("late", [lambda value: value, pulumi.Output.from_input], ids=["plain", "Output"])
def test_a_document_over_the_quota(late: Callable[[Any], Any]) -> None:
    """A managed policy takes 6,144 characters: 76 keys are too many, whether they are known at once or not."""
    keys = [KEY.replace("1234abcd", f"{number:08d}") for number in range(76)]
    record = declare({"roles": [], "kms_key_arns": lambda: late(keys)})

    assert list(lines(record)) == [OVERSIZE]


def test_a_document_at_the_quota() -> None:
    """75 keys are a document that IAM takes."""
    keys = [KEY.replace("1234abcd", f"{number:08d}") for number in range(75)]
    record = declare({"roles": [], "kms_key_arns": keys})

    assert record.error is None


def test_a_component_name_that_makes_no_policy_name() -> None:
    """The generated policy name follows from the component's name; where IAM would refuse it, the message says so."""
    record = declare({"roles": []}, name="my fleet")

    assert str(record.error) == (
        "SessionManagerManagedPolicy 'my fleet': name 'my fleet': the policy is named after it, "
        "NAME-session-manager-1234567, and IAM takes at most 128 letters, digits and _+=,.@-, which leaves 104 for the "
        "component's name; choose another component name, or give policy_name, which then has to be unique in the "
        "account"
    )


@pytest.mark.parametrize(("given", "room"), [({}, 104), ({"description": "nodes"}, 96), ({"path": "/a/"}, 96)])
def test_the_longest_component_name(given: Mapping[str, str], room: int) -> None:
    """A description or a path has its digest in the generated name, which leaves less room for the component's."""
    fits, longer = (declare({"roles": [], **given}, name="a" * length) for length in (room, room + 1))

    assert fits.error is None
    assert f"which leaves {room} for the component's name" in str(longer.error)


def test_any_component_name_will_do_with_a_policy_name() -> None:
    """With `policy_name` nothing is generated from the component's name."""
    assert declare({"roles": [], "policy_name": "fleet"}, name="my fleet").error is None


def test_arguments_that_are_no_mapping() -> None:
    """A list of roles in place of the arguments is refused, with what to write."""
    wrong: Any = ["web"]
    record = run(lambda: {"made": SessionManagerManagedPolicy("fleet", wrong)})

    assert list(lines(record)) == ['args (list): it is not a mapping of inputs; write them as {"roles": …}']
