"""Exact names under mocks: what Pulumi is asked to know a policy by, and what is refused before that."""

from collections.abc import Callable
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import InvalidInputError, SessionManagerPermissions, _sdk
from tests.answers import ACCOUNT, account, expired, iam
from tests.components import COMPONENT, ROLE_POLICY, STACK, declare, depending, output, secret
from tests.documents import CHANNELS
from tests.fleets import compact
from tests.messages import sentence
from tests.mocks import run, try_run, unknown

NAMED: Final[Any] = {"role": "Web", "policy_name": "ssm"}


@pytest.mark.parametrize("how", [str, output, secret])
def test_the_request_of_an_exact_name(how: Callable[[str], Any]) -> None:
    """The policy is at the root of the stack, known by role and name, plain or not; it follows the account."""
    opts = pulumi.ResourceOptions(aliases=["urn:old"])
    record = declare(lambda: {"role": how("Web"), "policy_name": how("ssm")}, opts, answer=account(ACCOUNT))
    child = record.only(ROLE_POLICY).request

    assert child.name == "/web/ssm"
    assert child.deleteBeforeReplace is True, (
        "a policy of an exact name must be deleted first, as IAM has one of the name"
    )
    assert child.parent == f"{STACK}::project-stack"
    assert child.replacement_trigger.string_value == ACCOUNT
    assert (list(child.ignoreChanges), list(child.aliases)) == ([], [])
    if how is str:
        assert record.only(ROLE_POLICY).inputs == {"role": "Web", "name": "ssm", "policy": compact(CHANNELS)}


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


@pytest.mark.parametrize("answer", [account(None), account(""), expired])
def test_an_exact_name_goes_on_where_aws_says_no_account(answer: Any, *, preview: bool) -> None:
    """A role that is given by its name is the provider's; the account is then no part of the request."""
    policy = declare(NAMED, answer=answer, preview=preview).only(ROLE_POLICY)

    assert policy.name == "/web/ssm"
    assert policy.request.HasField("replacement_trigger") is False, "nothing may trigger a replacement"


def test_the_components_transformations_are_the_policys() -> None:
    """The SDK calls them itself. The newer kind is the engine's: the table of bare and ours has it."""
    seen: list[Any] = []
    declare(NAMED, pulumi.ResourceOptions(transformations=[seen.append]))

    assert [each.name for each in seen] == ["web", "/web/ssm"]


def test_a_transform_takes_the_account_out_of_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK cannot carry it through a transform that returns options."""
    monkeypatch.setattr(_sdk, "has_transforms", lambda: True)
    child = declare(NAMED, answer=account(ACCOUNT)).only(ROLE_POLICY).request

    assert not child.HasField("replacement_trigger"), "nothing may trigger a replacement"


def test_a_preview_plans_the_policy_of_a_role_that_it_does_not_know() -> None:
    """It stands for a policy whose name in the state is not known yet."""
    child = declare(lambda: {**NAMED, "role": unknown()}, preview=True).only(ROLE_POLICY).request

    assert child.name == "web-session-manager-exact"
    assert child.deleteBeforeReplace is False, "a generated name must be created first"
    assert child.parent.endswith("SessionManagerPermissions::web")


@pytest.mark.parametrize(
    ("first", "role", "policy_name", "shown"),
    [
        (str, output, str, "'ssm'"),
        (output, output, str, "'ssm'"),
        (str, "arn:aws:iam::123456789012:role/team/{}".format, str, "'ssm'"),
        (str, str.upper, str, "'ssm'"),
        (str.upper, str, str, "'ssm'"),
        (str, str, secret, "[secret]"),
    ],
    ids=["an Output", "two Outputs", "an ARN", "another case", "the first in another case", "a secret name"],
)
@pytest.mark.parametrize("name", ["web", "first"], ids=["another name", "the same name"])
def test_an_exact_name_twice_on_one_role(
    name: str, first: Callable[[str], Any], role: Callable[[str], Any], policy_name: Callable[[str], Any], shown: str
) -> None:
    """The second component is refused, whatever it is called, and not declared if both are known at once.

    The line names both, and doesn't show a secret.
    """

    def program() -> None:
        SessionManagerPermissions("first", {"role": first("web"), "policy_name": "ssm"})
        SessionManagerPermissions(name, {"role": role("web"), "policy_name": policy_name("ssm")})

    rule = sentence("an exact name", "twice on one role")
    record = try_run(program)
    known = not {output, secret} & {first, role, policy_name}

    assert str(record.error) == f"SessionManagerPermissions '{name}': policy_name {shown}: {rule}"
    assert [made.type for made in record.registrations].count(COMPONENT) == (1 if known else 2)


def test_what_has_no_exact_name_yet() -> None:
    """A refused component's name is free, and so are another name on its role and its name on another role."""

    def program() -> None:
        with pytest.raises(InvalidInputError):
            SessionManagerPermissions("wrong", kms_key_arns=["alias/sessions"], **NAMED)
        for role, policy_name in [("web", "ssm"), ("web", "logs"), ("api", "ssm")]:
            SessionManagerPermissions(f"{role}-{policy_name}", role=role, policy_name=policy_name)

    made = [made.name for made in run(program).registrations if made.type == ROLE_POLICY]

    assert sorted(made) == ["/api/ssm", "/web/logs", "/web/ssm"]


def test_what_depends_on_the_component_waits_for_its_policy() -> None:
    """The policy is declared only once its name is known, and belongs to the component all the same."""

    def program() -> None:
        web = SessionManagerPermissions("web", {"role": "web", "policy_name": "ssm"})
        aws.iam.InstanceProfile("after", role="web", opts=pulumi.ResourceOptions(depends_on=[web]))

    after = run(program).only("aws:iam/instanceProfile:InstanceProfile")

    assert [urn.rpartition("::")[2] for urn in after.request.dependencies] == ["/web/ssm"]
