"""Exact names under mocks: what Pulumi is asked to know a policy by, and what is refused before that."""

from collections.abc import Callable
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from tests.answers import iam
from tests.components import OWNER, ROLE_POLICY, STACK, declare, depending, output, secret, try_declare
from tests.documents import CHANNELS
from tests.fleets import compact
from tests.messages import sentence
from tests.mocks import Secret, run, unknown

NAMED: Final[Any] = {"role": "Web", "policy_name": "ssm"}


@pytest.mark.parametrize(("how", "kept"), [(str, str), (output, str), (secret, Secret)])
def test_the_request_of_an_exact_name(how: Callable[[str], Any], kept: Callable[[str], Any]) -> None:
    """The policy is at the root of the stack, known by role and name, plain or not."""
    opts = pulumi.ResourceOptions(aliases=["urn:old"])
    record = declare(lambda: {"role": how("Web"), "policy_name": how("ssm")}, opts)
    child = record.only(ROLE_POLICY).request

    assert child.name == "/web/ssm"
    assert child.deleteBeforeReplace is True, (
        "a policy of an exact name must be deleted first, as IAM has one of the name"
    )
    assert child.parent == f"{STACK}::project-stack"
    assert not child.HasField("replacement_trigger"), "nothing else may replace it"
    assert (list(child.ignoreChanges), list(child.aliases)) == ([], [])
    assert record.only(ROLE_POLICY).inputs == {"role": kept("Web"), "name": kept("ssm"), "policy": compact(CHANNELS)}


def of_parents(**own: Any) -> pulumi.ResourceOptions:
    """Return options within two parents."""
    given = pulumi.ResourceOptions(providers=[aws.Provider("parents")], protect=True)
    org = pulumi.ComponentResource("acme:index:Org", "org", None, given)
    team = pulumi.ComponentResource("acme:index:Team", "team", None, pulumi.ResourceOptions(parent=org))
    return pulumi.ResourceOptions(parent=team, **own)


@pytest.mark.parametrize(
    ("opts", "expected"),
    [
        (lambda: depending(provider=aws.Provider("own"), protect=True, retain_on_delete=True), ("own", True, True, 1)),
        (of_parents, ("parents", True, False, 0)),
        (lambda: of_parents(provider=aws.Provider("own"), protect=False), ("own", False, False, 0)),
    ],
    ids=["its own", "its parents'", "its own within parents"],
)
def test_the_components_options_are_the_policys(opts: Any, expected: tuple[str, bool, bool, int]) -> None:
    """They are given to it, since it has no parent to inherit them from: provider and `protect` from any parent."""
    record = declare(NAMED, opts, answer=iam())
    [child] = [made.request for made in record.registrations if made.name == "/web/ssm"]
    provider = child.provider.split("::")[-2]

    assert (provider, child.protect, child.retainOnDelete, len(child.dependencies)) == expected


def test_the_components_transformations_are_the_policys() -> None:
    """The SDK calls them itself. The newer kind is the engine's: the table of bare and ours has it."""
    seen: list[Any] = []
    declare(NAMED, pulumi.ResourceOptions(transformations=[seen.append]))

    assert [each.name for each in seen] == ["web", "/web/ssm"]


def test_a_preview_plans_the_policy_of_a_role_that_it_does_not_know() -> None:
    """It stands for a policy whose name in the state is not known yet."""
    child = declare(lambda: {**NAMED, "role": unknown()}, preview=True).only(ROLE_POLICY).request

    assert child.name == "web-session-manager-exact"
    assert child.deleteBeforeReplace is False, "a generated name must be created first"
    assert child.parent.endswith("SessionManagerPermissions::web")


@pytest.mark.parametrize("how", [output, secret])
def test_an_output_of_a_name_that_looks_generated_is_refused(how: Callable[[str], Any], *, preview: bool) -> None:
    """Its line does not show a secret, and a preview has it before it knows the role.

    Pulumi would delete the policy together with the generated one.
    """
    record = try_declare(
        lambda: {"role": unknown() if preview else "web", "policy_name": how("web-session-manager-1")}, preview=preview
    )
    shown, rule = (
        ("[secret]" if how is secret else "'web-session-manager-1'"),
        sentence("a policy's name", "a generated name"),
    )

    assert str(record.error) == f"{OWNER}: policy_name {shown}: {rule}"
    assert [made.type for made in record.registrations if made.type == ROLE_POLICY] == []


def test_what_depends_on_the_component_waits_for_its_policy() -> None:
    """The policy is declared only once its name is known, and belongs to the component all the same."""

    def program() -> None:
        web = SessionManagerPermissions("web", {"role": "web", "policy_name": "ssm"})
        aws.iam.InstanceProfile("after", role="web", opts=pulumi.ResourceOptions(depends_on=[web]))

    after = run(program).only("aws:iam/instanceProfile:InstanceProfile")

    assert [urn.rpartition("::")[2] for urn in after.request.dependencies] == ["/web/ssm"]
