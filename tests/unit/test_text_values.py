"""Strings of other classes, such as the members of an `Enum`, are taken by their value, also where they are printed."""

from collections import UserDict, UserList
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any

import pytest

from pulumi_ssm_perms import InvalidInputError, SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from pulumi_ssm_perms._inputs import plain
from tests.documents import CHANNELS, KEY, decrypt, policy


class Log(str, Enum):  # noqa: UP042 - what programs have
    """Settings as many programs keep them."""

    PREFIX = "team"
    KEY = KEY
    ROLE = "a role"


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


@pytest.mark.parametrize("keys", [[Text(KEY)], UserList([Text(KEY)]), (Log.KEY,)], ids=["list", "UserList", "tuple"])
def test_any_string_is_its_value(keys: Any) -> None:
    """What a string prints as is not what it is."""
    document = policy_document(**{Name.KEYS: keys})

    assert document == policy(CHANNELS, decrypt(KEY))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (Log.PREFIX, "team"),
        (Text("team"), "team"),
        (UserList([Log.PREFIX, ("a", Name.WEB)]), ["team", ["a", "web server"]]),
        (MappingProxyType({Name.WEB: UserDict({"a": Log.PREFIX})}), {"web server": {"a": "team"}}),
        (b"team", b"team"),
        ({1}, {1}),
        (None, None),
    ],
    ids=repr,
)
def test_what_a_value_becomes(given: object, found: object) -> None:
    """Strings, sequences and mappings become exactly that, within each other too; everything else stays."""
    made = plain(given)

    assert (made, repr(made)) == (found, repr(found))


@pytest.mark.parametrize(
    ("declare", "line"),
    [
        (
            lambda: SessionManagerPermissions(Name.WEB, {"role": "web"}),
            "SessionManagerPermissions 'web server': name 'web server'",
        ),
        (
            lambda: SessionManagerPermissions("web", {"role": Log.ROLE}),
            "SessionManagerPermissions 'web': role 'a role'",
        ),
        (
            lambda: SessionManagerManagedPolicy("fleet", {"roles": [Log.ROLE]}),
            "SessionManagerManagedPolicy 'fleet': roles[0] 'a role'",
        ),
    ],
    ids=["name", "role", "roles"],
)
def test_an_error_shows_their_values(declare: Any, line: str) -> None:
    """A wrong one is shown as a plain string would be."""
    with pytest.raises(InvalidInputError) as caught:
        declare()

    assert str(caught.value).startswith(f"{line}: ")
