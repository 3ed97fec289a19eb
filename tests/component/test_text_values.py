"""Members of an `Enum` as inputs of the components, plain and late, and Outputs within other collections."""

from collections import UserDict, UserList
from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import InvalidInputError, SessionManagerManagedPolicy, SessionManagerPermissions
from tests.documents import CHANNELS, KEY, OTHER_KEY, decrypt, policy
from tests.fleets import ATTACHMENT, POLICY
from tests.mocks import Record, Secret, policy_of, ran
from tests.permissions import OWNER, ROLE_POLICY, declare, declared


class E(str, Enum):  # noqa: UP042 - what programs have
    """Settings as many programs keep them."""

    NAME = "fleet"
    ROLE = "web"
    POLICY = "ssm"
    KEY = KEY
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
    """Role, policy name and what the document names reach AWS as plain strings do."""
    record = declared(lambda: {"role": make(E.ROLE), "policy_name": make(E.POLICY), "kms_key_arns": make([E.KEY])})
    made = record.only(ROLE_POLICY)

    assert (made.inputs["role"], made.inputs["name"], policy_of(made)) == ("web", "ssm", policy(CHANNELS, decrypt(KEY)))
    assert made.name in {"/web/ssm", "web-exact"}


@way
def test_preferences_are_read_by_their_value(make: Callable[[Any], Any]) -> None:
    """The content of a Session document may be such a string."""
    record = declared(lambda: {"session_preferences": make(E.SESSION)})

    assert policy_of(record.only(ROLE_POLICY)) == policy(CHANNELS, decrypt(KEY))


def fleet(**inputs: Callable[[], Any]) -> Record:
    """Declare a component with a name and a role of the `Enum`."""

    def program() -> None:
        given: Any = {"roles": [E.ROLE], **{name: make() for name, make in inputs.items()}}
        SessionManagerManagedPolicy(E.NAME, given)

    return ran(program)


@way
def test_a_fleet_has_their_values(make: Callable[[Any], Any]) -> None:
    """So do the attachment's name and what a managed policy has beside its document."""
    record = fleet(
        policy_name=lambda: make(E.POLICY),
        description=lambda: make(E.TEXT),
        path=lambda: make(E.PATH),
        tags=lambda: make({E.TAG: E.VALUE}),
    )
    inputs = record.only(POLICY).inputs
    attached = record.only(ATTACHMENT)

    assert {key: inputs[key] for key in ("name", "description", "path", "tags")} == {
        "name": "ssm",
        "description": "For sessions.",
        "path": "/team/",
        "tags": {"team": "platform"},
    }
    assert (attached.name.startswith("fleet/web"), attached.inputs["role"]) == (True, "web")


def test_the_component_has_the_names_value() -> None:
    """A component that is called by a member of an `Enum` is called by its value."""
    record = ran(lambda: SessionManagerPermissions(E.NAME, {"role": E.ROLE}))

    assert [made.name for made in record.registrations[1:]] == ["fleet", "fleet-session-manager"]


COLLECTIONS: Final[Mapping[str, Callable[[list[Any]], Any]]] = {
    "a UserList": UserList,
    "a tuple": tuple,
    "an Output of a UserList": lambda keys: pulumi.Output.from_input(UserList(keys)),
    "an Output of a tuple in an Output": lambda keys: pulumi.Output.from_input(pulumi.Output.from_input(tuple(keys))),
    "what an Output becomes": lambda keys: pulumi.Output.from_input("").apply(lambda _: UserList(keys)),
}


@pytest.mark.parametrize("collection", COLLECTIONS.values(), ids=COLLECTIONS)
def test_an_output_in_another_sequence_is_granted(collection: Callable[[list[Any]], Any]) -> None:
    """No element is dropped, whatever the Outputs are in."""
    record = declared(lambda: {"kms_key_arns": collection([KEY, pulumi.Output.from_input(OTHER_KEY)])})

    assert policy_of(record.only(ROLE_POLICY)) == policy(CHANNELS, decrypt([KEY, OTHER_KEY]))


@pytest.mark.parametrize("collection", COLLECTIONS.values(), ids=COLLECTIONS)
def test_a_secret_in_another_sequence_stays_one(collection: Callable[[list[Any]], Any]) -> None:
    """The document is as secret as the element, and an error does not show it."""
    record = declared(lambda: {"kms_key_arns": collection([pulumi.Output.secret(KEY)])})
    refused = declare(lambda: {"kms_key_arns": collection([pulumi.Output.secret("hush")])})

    assert isinstance(record.results["policy_json"], Secret)
    assert isinstance(refused.error, InvalidInputError)
    assert [problem.value for problem in refused.error.problems] == ["[secret]"]


def test_a_secret_around_an_output_stays_one() -> None:
    """Where the collection is secret, its late elements are not shown either."""
    record = declare(lambda: {"kms_key_arns": pulumi.Output.secret(UserList([pulumi.Output.from_input("hush")]))})

    assert isinstance(record.error, InvalidInputError)
    assert str(record.error).startswith(f"{OWNER}: kms_key_arns[0] [secret]: ")


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
    """No tag is dropped either."""
    record = fleet(tags=lambda: mapping({"team": pulumi.Output.from_input("platform"), "stage": "prod"}))

    assert record.only(POLICY).inputs["tags"] == {"team": "platform", "stage": "prod"}


def test_the_inputs_may_be_any_mapping() -> None:
    """Inputs in a read-only mapping are read as those in a dict are."""
    given: Any = MappingProxyType({"role": E.ROLE, "kms_key_arns": (E.KEY,)})
    record = ran(lambda: SessionManagerPermissions("web", given))

    assert policy_of(record.only(ROLE_POLICY)) == policy(CHANNELS, decrypt(KEY))


def test_an_output_deeper_down_is_refused() -> None:
    """A list within the list is no string, and is not read as none."""
    record = declare(lambda: {"kms_key_arns": [[pulumi.Output.from_input(KEY)]]})

    assert isinstance(record.error, InvalidInputError)
    assert str(record.error).startswith(f"{OWNER}: kms_key_arns[0] (list): it is not a string; ")
