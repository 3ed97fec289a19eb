"""Every input of both components, known at once, later, not yet, or secret: it decides the same, and nothing else.

Strings of other classes, such as members of an `Enum`, are taken by their value, and so are other collections.
"""

import functools
from collections import UserDict, UserList
from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import (
    SessionManagerManagedPolicyArgs,
    SessionManagerPermissions,
    SessionManagerPermissionsArgs,
    policy_document,
)
from tests.components import PERMISSIONS, Kind, awaited, declare, needed_with, output, plain, secret
from tests.documents import CHANNELS, KEY, OTHER_KEY, decrypt, policy
from tests.fleets import ATTACHMENT, FLEET, compact
from tests.mocks import Record, Secret, run, unknown
from tests.wrong_inputs import refusal

# Where in the policy's request an input goes, if not into the document.
GOES_TO: Final = {"role": "role", "policy_name": "name", "description": "description", "path": "path", "tags": "tags"}

EACH: Final = [(kind, name) for kind in (PERMISSIONS, FLEET) for name in kind.values]
each_input: Final = pytest.mark.parametrize(("kind", "name"), EACH, ids=str)


def member(text: str) -> Any:
    """Return a string as programs keep their settings."""
    make: Any = Enum
    return make("Settings", {"SETTING": text}, type=str).SETTING


def others(value: Any) -> Any:
    """Return a value of other classes: its strings, and the collections that they are in."""
    if isinstance(value, str):
        return member(value)
    if isinstance(value, list):
        return UserList([member(element) for element in value])
    return UserDict({member(key): member(text) for key, text in value.items()}) if isinstance(value, dict) else value


MAKES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "Output": output,
    "awaitable": awaited,
    "other classes": others,
    "what an Output becomes": lambda value: output("").apply(lambda _: others(value)),
}


@pytest.mark.parametrize(
    ("kind", "args"),
    [(PERMISSIONS, SessionManagerPermissionsArgs), (FLEET, SessionManagerManagedPolicyArgs)],
    ids=["SessionManagerPermissions", "SessionManagerManagedPolicy"],
)
def test_every_field_of_the_arguments_is_an_input(kind: Kind, args: type) -> None:
    """What a component reads, as the error of an unknown input lists it, is what its arguments' type has."""
    error = refusal(kind.made, kind.name, {**kind.needed, "vpc": "x"})
    _, _, known = str(error).partition("the inputs are ")

    assert sorted(known.split(", ")) == sorted(args.__annotations__)


def requests(record: Record) -> list[Mapping[str, Any]]:
    """Return the inputs of policy and attachments."""
    return [made.inputs for made in record.registrations if made.type.startswith("aws:")]


@functools.cache
def expected_of(kind: Kind, name: str, *, preview: bool) -> Record:
    """Return what a component with a plain value makes: each way to give it is compared with one run."""
    return kind.one(name, plain, preview=preview)


@each_input
@pytest.mark.parametrize("make", MAKES)
def test_a_value_decides_the_same_however_it_is_given(kind: Kind, name: str, make: str, *, preview: bool) -> None:
    """An Output, an awaitable or a value of another class makes the very request that its plain value makes."""
    expected, made = expected_of(kind, name, preview=preview), kind.one(name, MAKES[make], preview=preview)

    assert requests(made) == requests(expected)
    assert made.results == expected.results


@each_input
def test_a_secret_stays_one(kind: Kind, name: str, *, preview: bool) -> None:
    """What comes of a secret input is secret in the request, and nothing else is."""
    policy, *attached = requests(expected_of(kind, name, preview=preview))
    decided = GOES_TO.get(name, "policy")

    assert requests(kind.one(name, secret, preview=preview)) == [
        {**policy, decided: Secret(policy[decided])},
        *attached,
    ]


@each_input
@pytest.mark.parametrize("way", [plain, secret], ids=["unknown", "an unknown secret"])
def test_an_unknown_value_leaves_open_only_what_it_decides(kind: Kind, name: str, way: Callable[[Any], Any]) -> None:
    """In preview an unknown input makes unknown what comes of it, as secret as the SDK can say, and no more."""
    policy, *attached = requests(expected_of(kind, name, preview=True))
    bare = run(lambda: aws.iam.Policy("bare", policy=way(unknown())), preview=True)
    decided = GOES_TO.get(name, "policy")

    assert requests(kind.one(name, lambda _: way(unknown()), preview=True)) == [
        {**policy, decided: FLEET.policy(bare)["policy"]},
        *attached,
    ]


@pytest.mark.parametrize(
    ("kind", "name", "make"),
    [
        (kind, name, make)
        for kind, name in EACH
        for make in (plain, output)
        # A name: test_policy_names.py.
        if name not in ("role", "policy_name") and (name, make) != ("s3_log_key_prefix", output)
    ],
    ids=lambda part: part.__name__ if callable(part) else str(part),
)
def test_none_is_not_given(kind: Kind, name: str, make: Callable[[Any], Any]) -> None:
    """`None` for an optional input is the same as leaving it out, and so is an Output of it, except for a prefix."""
    made = kind.one(name, lambda _: make(None))

    assert kind.policy(made) == kind.policy(kind.declare(needed_with(name)))


def test_the_outputs_of_secrets() -> None:
    """The outputs that come of secrets are secrets, too."""
    given = {"role": "web", "policy_name": "ssm", "kms_key_arns": [KEY]}
    record = declare(lambda: {name: secret(value) for name, value in given.items()})
    expected = {"role_name": "web", "policy_name": "ssm", "policy_json": compact(CHANNELS, decrypt(KEY))}

    assert record.results == {**{name: Secret(value) for name, value in expected.items()}, "denied_actions": None}


SEQUENCES: Final[Mapping[str, Callable[[list[Any]], Any]]] = {
    "a list": list,
    "a tuple": tuple,
    "a UserList": UserList,
    "an Output of a tuple in an Output": lambda elements: output(output(tuple(elements))),
    "what an Output becomes": lambda elements: output("").apply(lambda _: UserList(elements)),
}


@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
@pytest.mark.parametrize("second", [output, awaited, secret], ids=["Output", "awaitable", "secret"])
def test_a_list_may_have_outputs_in_it(sequence: Callable[[list[Any]], Any], second: Callable[[Any], Any]) -> None:
    """Any sequence makes what the plain list makes: no element is dropped, and the document is as secret as each."""
    made = declare(lambda: {"kms_key_arns": sequence([KEY, second(OTHER_KEY)])})
    document = compact(CHANNELS, decrypt([KEY, OTHER_KEY]))

    assert PERMISSIONS.policy(made)["policy"] == (Secret(document) if second is secret else document)


@pytest.mark.parametrize("mapping", [dict, MappingProxyType, lambda tags: output(MappingProxyType(tags))])
def test_an_output_in_any_mapping_is_a_tag(mapping: Callable[[dict[str, Any]], Any]) -> None:
    """No tag is dropped, whatever the Outputs are in."""
    record = FLEET.declare(lambda: {"tags": mapping({"stage": "prod", "team": output("platform")})})

    assert FLEET.policy(record)["tags"] == {"team": "platform", "stage": "prod"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("description", "ä" * 1000),
        ("description", "two lines\r\nand a\ttab"),
        ("path", "/" + "a" * 510 + "/"),
        ("policy_name", "p" * 128),
        ("tags", {}),
        ("tags", {f"key{number}": "" for number in range(50)}),
        ("tags", {"k" * 128: "v" * 256, "k": "v"}),
        ("tags", {"awsome": "aws:", "名前": "一 二"}),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_iam_takes_is_taken(name: str, value: object) -> None:
    """The longest values and the least usual characters that IAM takes reach it unchanged."""
    record = FLEET.declare({name: value})

    assert FLEET.policy(record) == {GOES_TO[name]: value, "policy": compact(CHANNELS)}


def test_names_and_arguments_may_be_of_other_classes() -> None:
    """The names of a component and of its roles, those of inputs, and the mapping of the inputs are read by value."""
    keys: Any = (member(OTHER_KEY),)
    fleet = FLEET.declare({"roles": [member("web")]}, name=member("fleet")).only(ATTACHMENT)
    given: Any = MappingProxyType({"role": member("web"), member("kms_key_arns"): keys})
    record = run(lambda: SessionManagerPermissions("web", given))

    assert (fleet.name, fleet.inputs["role"]) == ("fleet/web", "web")
    assert PERMISSIONS.policy(record) == {"role": "web", "policy": compact(CHANNELS, decrypt(OTHER_KEY))}
    assert policy_document(**{member("kms_key_arns"): keys}) == policy(CHANNELS, decrypt(OTHER_KEY))
