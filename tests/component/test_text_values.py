"""Strings of other classes, such as members of an `Enum`, are taken by their value, and so are other collections."""

from collections import UserDict, UserList
from collections.abc import Callable, Mapping
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import SessionManagerPermissions, policy_document
from tests.answers import session
from tests.components import PERMISSIONS, Kind
from tests.documents import CHANNELS, KEY, OTHER_KEY, decrypt, policy
from tests.fleets import ATTACHMENT, FLEET, compact
from tests.mocks import run


class E(str, Enum):  # noqa: UP042 - what programs have
    """Settings as many programs keep them."""

    NAME = "fleet"
    ROLE = "web"
    NO_ROLE = "a role"
    POLICY = "ssm"
    ARN = OTHER_KEY
    TEXT = "For sessions."
    PATH = "/team/"
    TAG = "team"
    VALUE = "platform"
    SESSION = session({"kmsKeyId": KEY})


class Name(StrEnum):
    """The same, as Python has them since 3.11."""

    KEYS = "kms_key_arns"
    WEB = "web server"


class Text(str):
    """A string that prints as something else."""

    __slots__ = ()

    def __str__(self) -> str:
        """Return what nobody meant."""
        return "something else"

    def __format__(self, _: str) -> str:
        """Return what nobody meant."""
        return "something else"


def test_the_document_has_their_values() -> None:
    """What a string prints as is not what it is."""
    keys: Any = (Text(KEY),)

    assert policy_document(**{Name.KEYS: keys}) == policy(CHANNELS, decrypt(KEY))


@pytest.mark.parametrize(
    ("kind", "name", "inputs", "line"),
    [
        (PERMISSIONS, Name.WEB, {}, "SessionManagerPermissions 'web server': name 'web server': "),
        (PERMISSIONS, "web", {"role": E.NO_ROLE}, "SessionManagerPermissions 'web': role 'a role': "),
        (FLEET, "fleet", {"roles": [E.NO_ROLE]}, "SessionManagerManagedPolicy 'fleet': roles[0] 'a role': "),
    ],
    ids=["name", "role", "roles"],
)
def test_an_error_shows_their_values(kind: Kind, name: str, inputs: Mapping[str, Any], line: str) -> None:
    """A wrong one is shown as a plain string would be."""
    assert str(kind.try_declare(inputs, name=name).error).startswith(line)


WAYS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "plain": lambda value: value,
    "Output": pulumi.Output.from_input,
    "in an Output": lambda value: pulumi.Output.from_input("").apply(lambda _: value),
}
way: Final = pytest.mark.parametrize("make", WAYS.values(), ids=WAYS)


@way
def test_a_policy_has_their_values(make: Callable[[Any], Any]) -> None:
    """Role, policy name, keys and the content of a Session document reach AWS as plain strings do."""
    given = {"role": E.ROLE, "policy_name": E.POLICY, "kms_key_arns": [E.ARN], "session_preferences": E.SESSION}
    record = PERMISSIONS.declare(lambda: {name: make(value) for name, value in given.items()})

    assert PERMISSIONS.policy(record) == {
        "role": "web",
        "name": "ssm",
        "policy": compact(CHANNELS, decrypt([KEY, OTHER_KEY])),
    }


@way
def test_a_fleet_has_their_values(make: Callable[[Any], Any]) -> None:
    """So do the names of component and attachment, and what a managed policy has beside its document."""
    given = {"policy_name": E.POLICY, "description": E.TEXT, "path": E.PATH, "tags": {E.TAG: E.VALUE}}
    record = FLEET.declare(
        lambda: {"roles": [E.ROLE], **{name: make(value) for name, value in given.items()}}, name=E.NAME
    )
    attached = record.only(ATTACHMENT)

    assert FLEET.policy(record) == {
        "name": "ssm",
        "description": "For sessions.",
        "path": "/team/",
        "tags": {"team": "platform"},
        "policy": compact(CHANNELS),
    }
    assert attached.name.startswith("fleet/web")
    assert attached.inputs["role"] == "web"


@pytest.mark.parametrize(
    "mapping",
    [
        dict,
        MappingProxyType,
        UserDict,
        lambda tags: pulumi.Output.from_input(MappingProxyType(tags)),
        lambda tags: pulumi.Output.from_input("").apply(lambda _: UserDict(tags)),
    ],
    ids=["a dict", "a MappingProxyType", "a UserDict", "an Output of a MappingProxyType", "what an Output becomes"],
)
def test_an_output_in_any_mapping_is_a_tag(mapping: Callable[[dict[str, Any]], Any]) -> None:
    """No tag is dropped, whatever the Outputs are in."""
    tags: dict[str, Any] = {"stage": "prod"}
    record = FLEET.declare(lambda: {"tags": mapping({**tags, "team": pulumi.Output.from_input("platform")})})

    assert FLEET.policy(record)["tags"] == {"team": "platform", "stage": "prod"}


@way
@pytest.mark.parametrize("sequence", [list, tuple, UserList], ids=lambda kind: kind.__name__)
def test_a_list_may_be_any_sequence(sequence: Callable[[list[Any]], Any], make: Callable[[Any], Any]) -> None:
    """Its elements reach AWS by their values, whatever they are in."""
    record = PERMISSIONS.declare(lambda: {"kms_key_arns": make(sequence([E.ARN, Text(KEY)]))})

    assert PERMISSIONS.policy(record)["policy"] == compact(CHANNELS, decrypt([OTHER_KEY, KEY]))


def test_the_inputs_may_be_any_mapping() -> None:
    """Inputs in a read-only mapping are read as those in a dict are."""
    given: Any = MappingProxyType({"role": E.ROLE, "kms_key_arns": (E.ARN,)})
    record = run(lambda: SessionManagerPermissions("web", given))

    assert PERMISSIONS.policy(record) == {"role": "web", "policy": compact(CHANNELS, decrypt(OTHER_KEY))}
