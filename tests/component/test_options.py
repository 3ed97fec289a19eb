"""Where the component's options go: provider, protection, aliases, dependencies, and those that could open a gap."""

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from tests.mocks import ran
from tests.permissions import COMPONENT, ROLE_POLICY, STACK, declared


def options(request: Any) -> dict[str, Any]:
    """Return those options of a registration that differ from what they are without any."""
    found = {
        "protect": request.protect,
        "retain_on_delete": request.retainOnDelete,
        "ignore_changes": list(request.ignoreChanges),
        "aliases": [alias.spec.name for alias in request.aliases],
        "depends_on": [urn.split("::")[-1] for urn in request.dependencies],
        "delete_before_replace": request.deleteBeforeReplace,
    }
    return {name: value for name, value in found.items() if value}


@pytest.mark.parametrize(
    ("given", "of_the_policy"),
    [
        ({}, {}),
        ({"protect": True}, {"protect": True}),
        ({"retain_on_delete": True}, {}),
        ({"aliases": [pulumi.Alias(name="old")]}, {}),
        ({"ignore_changes": ["policy"]}, {}),
        ({"delete_before_replace": True}, {}),
    ],
    ids=lambda given: next(iter(given), "none"),
)
def test_where_options_go(given: dict[str, Any], of_the_policy: dict[str, Any]) -> None:
    """An option is the component's, and the engine hands it on; of those that open a gap none is the policy's."""
    record = declared({}, opts=pulumi.ResourceOptions(**given))
    expected = {**given, "aliases": ["old"]} if "aliases" in given else given

    assert options(record.only(COMPONENT).request) == expected
    assert options(record.only(ROLE_POLICY).request) == of_the_policy


def test_the_component_waits_for_what_it_depends_on() -> None:
    """`depends_on` is the component's, for whose sake the engine lets the policy wait as well."""

    def program() -> None:
        first = aws.iam.RolePolicyAttachment("first", role="web", policy_arn="arn:aws:iam::aws:policy/X")
        SessionManagerPermissions("web", {"role": "web"}, pulumi.ResourceOptions(depends_on=[first]))

    record = ran(program)

    assert options(record.only(COMPONENT).request) == {"depends_on": ["first"]}


@pytest.mark.parametrize("how", ["provider", "providers", "parent"])
def test_the_policy_is_made_with_the_callers_provider(how: str) -> None:
    """A provider given to the component, alone or in a list, or to its parent, is the policy's provider."""

    def program() -> None:
        china = aws.Provider("china", region="cn-north-1")
        opts = {
            "provider": pulumi.ResourceOptions(provider=china),
            "providers": pulumi.ResourceOptions(providers=[china]),
            "parent": pulumi.ResourceOptions(parent=Outer("outer", china)),
        }
        SessionManagerPermissions("web", {"role": "web"}, opts[how])

    child = ran(program).only(ROLE_POLICY).request

    assert child.provider == f"{STACK}$pulumi:providers:aws::china::china-id"


class Outer(pulumi.ComponentResource):
    """Some component of a user, with a provider for its children."""

    def __init__(self, name: str, provider: pulumi.ProviderResource) -> None:
        """Declare it."""
        super().__init__("user:index:Outer", name, None, pulumi.ResourceOptions(providers=[provider]))
