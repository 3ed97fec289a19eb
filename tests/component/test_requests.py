"""What the components ask of the engine: registrations, parents, order, outputs; in preview and in update."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from tests.answers import iam
from tests.components import COMPONENT, PERMISSIONS, ROLE_POLICY, STACK, Kind, awaited, declare, output
from tests.documents import CHANNELS, KEY, LOG_GROUP
from tests.fleets import COMPONENT as FLEET_COMPONENT
from tests.fleets import FLEET, POLICY_ARN, children, compact
from tests.mocks import run

FLEET_URN = f"{STACK}${FLEET_COMPONENT}::fleet"


def test_a_component_is_itself_and_one_inline_policy(*, preview: bool) -> None:
    """The policy is its child, and AWS is asked nothing.

    With plain inputs the whole request is known in preview already: role and document, and no name.
    """
    record = declare({}, preview=preview)
    inputs = {"role": "web", "policy": compact(CHANNELS)}

    assert [(made.type, made.name, made.inputs, made.request.parent) for made in record.registrations[1:]] == [
        (COMPONENT, "web", {}, f"{STACK}::project-stack"),
        (ROLE_POLICY, "web-session-manager", inputs, f"{STACK}${COMPONENT}::web"),
    ]
    assert record.invokes == []


@pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=str)
def test_a_new_policy_comes_before_the_old_one_goes(kind: Kind) -> None:
    """The AWS provider would delete first, a policy of a fleet with an exact name, and its attachments."""
    inputs = {"policy_name": "ssm"} if kind is FLEET else {}
    defined = [
        (child.deleteBeforeReplaceDefined, child.deleteBeforeReplace) for child in children(kind.declare(inputs))
    ]

    assert set(defined) == {(True, False)}


def test_outputs(*, preview: bool) -> None:
    """The outputs are the role's name or the policy's ARN, the policy's name as IAM has it, and the document as JSON.

    The components register them with the engine, but for `denied_actions`, which they have with a check alone.
    """
    record = declare({"role": "arn:aws:iam::123456789012:role/service-role/web"}, preview=preview)
    expected = {"role_name": "web", "policy_name": "web-session-manager-1234567", "policy_json": compact(CHANNELS)}
    fleet = FLEET.declare({}, preview=preview)
    named = {"policy_arn": POLICY_ARN, "policy_name": "fleet-session-manager-1234567"}
    of_fleet = {**named, "policy_json": compact(CHANNELS)}

    assert record.results == {**expected, "denied_actions": None}
    assert record.registered_outputs[f"{STACK}${COMPONENT}::web"] == expected
    assert fleet.results == {**of_fleet, "denied_actions": None}
    assert fleet.registered_outputs[FLEET_URN] == of_fleet


def test_the_callers_inputs_stay_as_they_are() -> None:
    """The caller's dict and lists are read and not changed."""
    inputs: Any = {"role": "web", "kms_key_arns": [KEY, KEY], "cloudwatch_log_group_arns": [f"{LOG_GROUP}:*"]}
    run(lambda: SessionManagerPermissions("web", inputs))

    assert inputs == {"role": "web", "kms_key_arns": [KEY, KEY], "cloudwatch_log_group_arns": [f"{LOG_GROUP}:*"]}


IN: Final = "urn:pulumi:stack::project::"
OF_OLD: Final = f"{IN}app:index:Squad$old:index:Type::old"
ALIASES: Final[Mapping[str, tuple[Callable[[], Any], str]]] = {
    "a URN": (lambda: OF_OLD, OF_OLD),
    "an Output of a URN": (lambda: output(OF_OLD), OF_OLD),
    "an Output of an alias": (lambda: output(pulumi.Alias(name="old")), f"{IN}app:index:Team${{type}}::old"),
    "a name": (lambda: pulumi.Alias(name="old"), f"{IN}app:index:Team${{type}}::old"),
    "a type": (lambda: pulumi.Alias(type_="old:index:Type"), f"{IN}app:index:Team$old:index:Type::{{name}}"),
    "a parent": (lambda: pulumi.Alias(parent=team("app:index:Squad")), f"{IN}app:index:Squad${{type}}::{{name}}"),
    "no parent": (lambda: pulumi.Alias(parent=None), f"{IN}{{type}}::{{name}}"),
    "a parent's URN": (
        lambda: pulumi.Alias(parent=output(f"{IN}app:index:Squad::squad")),
        f"{IN}app:index:Squad${{type}}::{{name}}",
    ),
    "another stack": (
        lambda: pulumi.Alias(stack=output("s"), project="p"),
        "urn:pulumi:s::p::app:index:Team${type}::{name}",
    ),
}
"""What a component was before, and its URN then."""


def team(type_: str, **options: Any) -> pulumi.Resource:
    """Declare a component to be the parent of others."""
    return pulumi.ComponentResource(type_, type_, None, pulumi.ResourceOptions(**options))


@pytest.mark.parametrize(("alias", "former"), ALIASES.values(), ids=ALIASES)
@pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=str)
def test_a_child_has_an_alias_for_each_alias_of_its_component(
    kind: Kind, alias: Callable[[], Any], former: str
) -> None:
    """So the run after a failed one finds it, although the component has its new URN already.

    The aliases of parents are the engine's business.
    """

    def opts() -> pulumi.ResourceOptions:
        parent = team("app:index:Team", aliases=[pulumi.Alias(name="crew")])
        return pulumi.ResourceOptions(aliases=[alias()], parent=parent)

    made = children(kind.declare({}, opts))
    parents, _, name = former.format(type=kind.type, name=kind.name).rpartition("::")

    assert [[alias.urn for alias in child.aliases] for child in made] == [
        [f"{parents}${child.type}::{name}{child.name.removeprefix(kind.name)}"] for child in made
    ]


@pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=str)
def test_options_of_a_component_that_the_engine_gives_no_child(kind: Kind) -> None:
    """`import_` is given to the policy alone, and `custom_timeouts` to each child; the caller's options stay."""
    opts = pulumi.ResourceOptions(import_="an id", custom_timeouts=pulumi.CustomTimeouts(create="7m", delete="9m"))
    [_, component, policy, *attached] = [made.request for made in kind.declare({}, opts).registrations]
    timeouts = {(child.customTimeouts.create, child.customTimeouts.delete) for child in (policy, *attached)}

    assert [child.importId for child in (component, policy, *attached)] == ["", "an id", *("" for _ in attached)]
    assert (timeouts, opts.import_) == ({("7m", "9m")}, "an id")


@pytest.mark.parametrize(
    "depend",
    [
        lambda made: [awaited(made)],
        lambda made: (made, awaited(made)),
        lambda made: asyncio.ensure_future(awaited(made)),
        lambda made: asyncio.ensure_future(awaited([made])),
        pulumi.Output.from_input,
    ],
    ids=["in a list", "in a tuple", "alone", "a list", "an Output"],
)
@pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=str)
def test_what_a_component_depends_on_may_be_awaited(kind: Kind, depend: Callable[[Any], Any]) -> None:
    """The SDK takes an awaitable, too; the component and its check both wait for it."""
    own: list[pulumi.Resource] = []

    def opts() -> pulumi.ResourceOptions:
        own.append(aws.iam.RolePolicy("own", role="api", policy="{}"))
        return pulumi.ResourceOptions(depends_on=depend(own[0]))

    record = kind.declare({"check": "advisory"}, opts, answer=iam())

    assert list(record.only(kind.type).request.dependencies) == [f"{STACK}${ROLE_POLICY}::own"]
    assert record.results["denied_actions"] in ([], {})
