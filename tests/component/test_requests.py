"""What the components ask of the engine: registrations, parents, order, outputs; in preview and in update."""

import asyncio
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from tests.answers import iam
from tests.components import COMPONENT, PERMISSIONS, ROLE_POLICY, STACK, Kind, awaited, declare
from tests.documents import CHANNELS, KEY, LOG_GROUP
from tests.fleets import ATTACHMENT, FLEET, POLICY_ARN, children, compact
from tests.fleets import COMPONENT as FLEET_COMPONENT
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


def test_a_generated_name_is_made_before_the_old_one_is_deleted() -> None:
    """It is another one after a replacement; a replaced attachment is the same one, which the old one's end takes."""
    asked = [declare({}).only(ROLE_POLICY).request, *children(FLEET.declare({}))]
    defined = [(child.deleteBeforeReplaceDefined, child.deleteBeforeReplace) for child in asked]

    assert defined == [(True, False), (True, False), (True, True)]


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


@pytest.mark.parametrize(
    ("kind", "type_", "called"),
    [(PERMISSIONS, ROLE_POLICY, "{}-session-manager"), (FLEET, ATTACHMENT, "{}/web")],
    ids=["the policy of one role", "an attachment of a fleet"],
)
def test_a_child_has_an_alias_for_each_alias_of_its_component_and_parent(kind: Kind, type_: str, called: str) -> None:
    """So the run after a failed one finds it, although the component has its new URN already.

    An alias may mean an attachment of another policy: then the new one comes first, as a policy does.
    """

    def opts() -> pulumi.ResourceOptions:
        team = pulumi.ComponentResource("app:index:Team", "team", None, renamed("crew"))
        return pulumi.ResourceOptions.merge(renamed("squad"), pulumi.ResourceOptions(parent=team))

    def renamed(old: str) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(aliases=[pulumi.Alias(name=old)])

    child = kind.declare({"roles": ["web"]} if kind is FLEET else {}, opts).only(type_).request

    was, own, old = (
        f"app:index:Team$ssm-perms:index:{kind.made.__name__}${type_}",
        called.format(kind.name),
        called.format("squad"),
    )
    assert child.deleteBeforeReplace is False, "the new one must come first"
    assert [alias.urn for alias in child.aliases] == [
        f"{STACK}${was}::{old}",
        f"urn:pulumi:stack::project::{was}::{own}",
        f"urn:pulumi:stack::project::{was}::{old}",
    ]


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [(PERMISSIONS, {}), (PERMISSIONS, {"policy_name": "ssm"}), (FLEET, {})],
    ids=["a generated name", "an exact name", "a fleet"],
)
def test_timeouts_of_a_component_are_those_of_what_it_declares(kind: Kind, inputs: Any) -> None:
    """The engine gives a component's `custom_timeouts` to no child by itself."""
    opts = pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="7m", delete="9m"))
    [_, component, *declared] = kind.declare(inputs, opts).registrations
    timeouts = {(made.request.customTimeouts.create, made.request.customTimeouts.delete) for made in declared}

    assert (component.type, timeouts) == (kind.type, {("7m", "9m")})


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
@pytest.mark.parametrize(
    ("kind", "inputs"),
    [(PERMISSIONS, {}), (PERMISSIONS, {"policy_name": "ssm"}), (FLEET, {})],
    ids=["a generated name", "an exact name", "a fleet"],
)
def test_what_a_component_depends_on_may_be_awaited(kind: Kind, inputs: Any, depend: Callable[[Any], Any]) -> None:
    """The SDK takes an awaitable, too; the component, its policy and its check all wait for it."""
    own: list[pulumi.Resource] = []

    def opts() -> pulumi.ResourceOptions:
        own.append(aws.iam.RolePolicy("own", role="api", policy="{}"))
        return pulumi.ResourceOptions(depends_on=depend(own[0]))

    record = kind.declare({**inputs, "check": "advisory"}, opts, answer=iam())
    [component] = [made.request for made in record.registrations if made.type == kind.type]
    at_root = [made.request for made in record.registrations if made.name == "/web/ssm"]

    assert [list(each.dependencies) for each in (component, *at_root)] == [[f"{STACK}${ROLE_POLICY}::own"]] * len(
        [component, *at_root]
    )
    assert record.results["denied_actions"] in ([], {})
