"""Exact names under mocks: what Pulumi is asked to know a policy by, and what is refused before that."""

import re
from collections.abc import Callable
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions, _sdk
from tests.answers import account
from tests.documents import CHANNELS
from tests.fleets import compact
from tests.mocks import run, try_run, unknown
from tests.permissions import COMPONENT, OWNER, ROLE_POLICY, STACK, declare, try_declare

URN: Final = f"{STACK}${COMPONENT}${ROLE_POLICY}"
ACCOUNT: Final = "123456789012"
NAMED: Final = {"role": "Web", "policy_name": "ssm"}
output = pulumi.Output.from_input


def test_the_request_of_an_exact_name() -> None:
    """The policy is known by role and name; it follows the account, and takes another case of the role for the same."""
    made = declare(NAMED, answer=account(ACCOUNT)).only(ROLE_POLICY)
    child = made.request

    assert made.inputs == {"role": "Web", "name": "ssm", "policy": compact(CHANNELS)}
    assert (child.name, child.deleteBeforeReplace, list(child.ignoreChanges)) == ("/web/ssm", True, ["role"])
    assert child.replacement_trigger.string_value == ACCOUNT


@pytest.mark.parametrize(("transforms", "found"), [(False, None), (True, ACCOUNT)], ids=["unknown", "with transforms"])
def test_the_account_is_not_always_a_part_of_the_request(
    monkeypatch: pytest.MonkeyPatch, found: str | None, *, transforms: bool
) -> None:
    """It is left out where mocks do not know it, and where the program has transforms, with which it fails."""
    monkeypatch.setattr(_sdk, "has_transforms", lambda: transforms)
    child = declare(NAMED, answer=account(found)).only(ROLE_POLICY).request

    assert not child.HasField("replacement_trigger")


def test_a_secret_name_is_a_digest_in_the_state() -> None:
    """Pulumi shows the names of resources, so that a secret one is not a part of them."""
    record = declare(lambda: {**NAMED, "policy_name": pulumi.Output.secret("ssm")})

    assert re.fullmatch("/[0-9a-f]{16}", record.only(ROLE_POLICY).name)


def test_a_preview_plans_the_policy_of_a_role_that_it_does_not_know() -> None:
    """It stands for a policy whose name in the state is not known yet."""
    child = declare(lambda: {**NAMED, "role": unknown()}, preview=True).only(ROLE_POLICY).request

    assert (child.name, child.deleteBeforeReplace) == ("web-session-manager-exact", True)


def test_a_component_that_was_elsewhere_keeps_its_policy() -> None:
    """The policy has an alias for fewer parents, for its digest, and for what the component was called."""
    before = "urn:pulumi:stack::project::acme:index:Team$ssm-perms:index:SessionManagerPermissions::old"
    child = declare(NAMED, pulumi.ResourceOptions(aliases=[before])).only(ROLE_POLICY).request
    found = {alias.urn for alias in child.aliases}

    assert f"urn:pulumi:stack::project::{COMPONENT}${ROLE_POLICY}::/web/ssm" in found
    assert f"urn:pulumi:stack::project::acme:index:Team${COMPONENT}${ROLE_POLICY}::/web/ssm" in found
    assert f"{URN}::/web/ssm" not in found
    assert any(urn.startswith(f"{URN}::/") for urn in found)


@pytest.mark.parametrize(
    ("first", "role", "policy_name", "shown"),
    [
        (str, str, str, "'ssm'"),
        (str, output, str, "'ssm'"),
        (output, output, str, "'ssm'"),
        (str, "arn:aws:iam::123456789012:role/team/{}".format, str, "'ssm'"),
        (str, str.upper, str, "'ssm'"),
        (str, str, pulumi.Output.secret, "[secret]"),
    ],
    ids=["plain", "an Output", "two Outputs", "an ARN", "another case", "a secret name"],
)
def test_an_exact_name_twice_on_one_role(
    first: Callable[[str], Any], role: Callable[[str], Any], policy_name: Callable[[str], Any], shown: str
) -> None:
    """The second component is refused, and the line names the first; it does not show a secret."""

    def program() -> None:
        SessionManagerPermissions("first", {"role": first("web"), "policy_name": "ssm"})
        SessionManagerPermissions("web", {"role": role("web"), "policy_name": policy_name("ssm")})

    assert str(try_run(program).error) == (
        f"{OWNER}: policy_name {shown}: SessionManagerPermissions 'first' has it on the same role, and each would "
        "overwrite or delete the policy of the other; give one of them another policy_name, also where their accounts "
        "differ, or leave it out"
    )


def test_a_component_of_another_parent_is_another_component() -> None:
    """Two of the same name may have different parents, and each would delete the policy of the other."""

    def program() -> None:
        for team in ("blue", "red"):
            opts = pulumi.ResourceOptions(parent=pulumi.ComponentResource("acme:index:Team", team))
            SessionManagerPermissions("web", {"role": "web", "policy_name": "ssm"}, opts)

    assert str(try_run(program).error).startswith(f"{OWNER}: policy_name 'ssm': {OWNER} has it on the same role, ")


def test_what_depends_on_the_component_waits_for_its_policy() -> None:
    """The policy is declared only once its name is known, and belongs to the component all the same."""

    def program() -> None:
        web = SessionManagerPermissions("web", {"role": "web", "policy_name": "ssm"})
        aws.iam.InstanceProfile("after", role="web", opts=pulumi.ResourceOptions(depends_on=[web]))

    after = run(program).only("aws:iam/instanceProfile:InstanceProfile")

    assert [urn.rpartition("::")[2] for urn in after.request.dependencies] == ["/web/ssm"]


def test_a_role_without_a_value_ends_the_run() -> None:
    """In an update, a role whose resource has failed has no value: the run ends, so that the policy is not deleted."""
    record = try_declare(lambda: {"role": unknown(), "policy_name": "ssm"})

    assert str(record.error).startswith(f"{OWNER}: role or policy_name: the resource that it comes from has failed")


def test_the_policy_of_another_role_is_refused() -> None:
    """Where an import or an alias brings the policy of another role, the run says so."""

    def elsewhere(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != ROLE_POLICY:
            return None
        return pulumi.ResourceTransformationResult({**args.props, "role": "other"}, args.opts)

    record = try_declare(NAMED, pulumi.ResourceOptions(transformations=[elsewhere]))

    assert str(record.error).startswith(
        f"{OWNER}: role: the policy that is imported, or that an alias names, is another"
    )
