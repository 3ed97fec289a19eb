"""Members of an `Enum` as inputs of the components, plain and in Outputs, and Outputs within other mappings."""

from collections import UserDict
from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from tests import fleets, permissions
from tests.documents import CHANNELS, KEY, OTHER_KEY, decrypt, policy
from tests.fleets import ATTACHMENT, POLICY, compact
from tests.mocks import policy_of, ran
from tests.permissions import ROLE_POLICY


class E(str, Enum):  # noqa: UP042 - what programs have
    """Settings as many programs keep them."""

    NAME = "fleet"
    ROLE = "web"
    POLICY = "ssm"
    ARN = OTHER_KEY
    TEXT = "For sessions."
    PATH = "/team/"
    TAG = "team"
    VALUE = "platform"
    SESSION = '{"schemaVersion":"1.0","sessionType":"Standard_Stream","inputs":{"kmsKeyId":"' + KEY + '"}}'


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
    made = permissions.declared(lambda: {name: make(value) for name, value in given.items()}).only(ROLE_POLICY)
    document = policy(CHANNELS, decrypt([KEY, OTHER_KEY]))

    assert (made.inputs["role"], made.inputs["name"], policy_of(made)) == ("web", "ssm", document)
    assert made.name in {"/web/ssm", "web-exact"}


@way
def test_a_fleet_has_their_values(make: Callable[[Any], Any]) -> None:
    """So do the attachment's name and what a managed policy has beside its document."""
    given = {"policy_name": E.POLICY, "description": E.TEXT, "path": E.PATH, "tags": {E.TAG: E.VALUE}}
    record = fleets.declared(
        lambda: {"roles": [E.ROLE], **{name: make(value) for name, value in given.items()}}, name=E.NAME
    )
    attached = record.only(ATTACHMENT)

    assert record.only(POLICY).inputs == {
        "name": "ssm",
        "description": "For sessions.",
        "path": "/team/",
        "tags": {"team": "platform"},
        "policy": compact(CHANNELS),
    }
    assert (attached.name.startswith("fleet/web"), attached.inputs["role"]) == (True, "web")


def test_the_component_has_the_names_value() -> None:
    """A component that is called by a member of an `Enum` is called by its value."""
    record = permissions.declared({}, name=E.NAME)

    assert [made.name for made in record.registrations[1:]] == ["fleet", "fleet-session-manager"]


@pytest.mark.parametrize(
    "mapping",
    [
        MappingProxyType,
        UserDict,
        lambda tags: pulumi.Output.from_input(MappingProxyType(tags)),
        lambda tags: pulumi.Output.from_input("").apply(lambda _: UserDict(tags)),
    ],
    ids=["a MappingProxyType", "a UserDict", "an Output of a MappingProxyType", "what an Output becomes"],
)
def test_an_output_in_another_mapping_is_a_tag(mapping: Callable[[dict[str, Any]], Any]) -> None:
    """No tag is dropped, whatever the Outputs are in."""
    tags: dict[str, Any] = {"stage": "prod"}
    record = fleets.declared(
        lambda: {"roles": [], "tags": mapping({**tags, "team": pulumi.Output.from_input("platform")})}
    )

    assert record.only(POLICY).inputs["tags"] == {"team": "platform", "stage": "prod"}


def test_the_inputs_may_be_any_mapping() -> None:
    """Inputs in a read-only mapping are read as those in a dict are."""
    given: Any = MappingProxyType({"role": E.ROLE, "kms_key_arns": (E.ARN,)})
    record = ran(lambda: SessionManagerPermissions("web", given))

    assert policy_of(record.only(ROLE_POLICY)) == policy(CHANNELS, decrypt(OTHER_KEY))
