"""The sandbox's AWS provider: attachments, and what it passes on of a simulation, are as with the real plugin."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from sandbox import Sandbox, go_environment, run, tools
from sandbox.go import HERE
from sandbox.tests.policies import KEY, OTHER_KEY, READ, allow, managed, policy, writes


def there(box: Sandbox, name: str, roles: Sequence[str] = ()) -> str:
    """Make a managed policy by hand, without a trace in the record."""
    arn = managed(box, name, roles=roles)
    box.forget()
    return arn


def attachment(role: str, arn: str) -> Callable[[], None]:
    """Make a program of one attachment."""

    def program() -> None:
        aws.iam.RolePolicyAttachment("own", role=role, policy_arn=arn)

    return program


def exclusive(**arguments: Any) -> Callable[[], None]:
    """Make a program of the list of all managed policies that the role `web` may have."""

    def program() -> None:
        aws.iam.RolePolicyAttachmentsExclusive("only", role_name="web", **arguments)

    return program


def holders(arn: str, name: str = "only", **arguments: Any) -> Callable[[], None]:
    """Make a program of everything that a managed policy is attached to."""

    def program() -> None:
        aws.iam.PolicyAttachment("only", name=name, policy_arn=arn, **arguments)

    return program


def test_the_environment_says_where_aws_is(box: Sandbox) -> None:
    """Without endpoints in its configuration the provider goes where AWS_ENDPOINT_URL says, as the real one does."""
    box.create_role("web")
    arn = there(box, "limit")
    box.stack(attachment("web", arn), config={"aws:endpoints": []}).up()

    assert list(box.attached_policies("web")) == [arn]


def test_an_attachment_is_replaced_delete_first(box: Sandbox) -> None:
    """Another policy, or another role, is attached after the old attachment is gone: so it is in the real plugin."""
    for role in ("api", "web"):
        box.create_role(role)
    first, second = there(box, "first"), there(box, "second")
    programs = [attachment("web", first), attachment("web", second), attachment("api", second)]
    for program in programs:
        box.stack(program).up()

    assert writes(box) == [
        ("AttachRolePolicy", "web"),
        ("DetachRolePolicy", "web"),
        ("AttachRolePolicy", "web"),
        ("DetachRolePolicy", "web"),
        ("AttachRolePolicy", "api"),
    ]


def test_an_exclusive_list_attaches_first_and_detaches_then(box: Sandbox) -> None:
    """What the list names is attached, whatever else the role has is detached at once."""
    box.create_role("web")
    listed, other = there(box, "listed"), there(box, "other", roles=["web"])
    box.stack(exclusive(policy_arns=[listed])).up()

    assert [(call.action, call.params["PolicyArn"]) for call in box.writes] == [
        ("AttachRolePolicy", listed),
        ("DetachRolePolicy", other),
    ]
    assert box.attached_policies("web") == {listed: READ}


def test_an_exclusive_list_takes_what_came_later_at_a_refresh(box: Sandbox) -> None:
    """A run alone does not see a policy that was attached since; with a refresh, it is detached."""
    box.create_role("web")
    stack = box.stack(exclusive(policy_arns=[]))
    stack.up()
    there(box, "later", roles=["web"])
    stack.up()
    before = box.writes
    stack.up(refresh=True)

    assert before == []
    assert writes(box) == [("DetachRolePolicy", "web")]


def test_an_exclusive_list_that_goes_changes_nothing(box: Sandbox) -> None:
    """Without the resource, the role keeps what it has."""
    box.create_role("web")
    arn = there(box, "listed")
    stack = box.stack(exclusive(policy_arns=[arn]))
    stack.up()
    stack.destroy()

    assert box.attached_policies("web") == {arn: READ}


def test_a_policys_attachment_takes_it_from_others_at_a_refresh(box: Sandbox) -> None:
    """A run alone does not see who else has the policy; with a refresh, it is detached from what is not declared."""
    for role in ("api", "web"):
        box.create_role(role)
    arn = there(box, "shared", roles=["api"])
    stack = box.stack(holders(arn, roles=["web"]))
    stack.up()
    stack.up()
    before = writes(box)
    stack.up(refresh=True)

    assert before == [("AttachRolePolicy", "web")]
    assert writes(box)[1:] == [("DetachRolePolicy", "api")]


def test_a_policys_attachment_goes_from_all(box: Sandbox) -> None:
    """Groups, roles and users get the policy, and lose it when the resource goes."""
    box.create_role("web")
    box.client("iam").create_user(UserName="me")
    box.client("iam").create_group(GroupName="us")
    arn = there(box, "shared")
    stack = box.stack(holders(arn, roles=["web"], users=["me"], groups=["us"]))
    stack.up()
    held = box.client("iam").list_entities_for_policy(PolicyArn=arn)
    stack.destroy()
    left = box.client("iam").list_entities_for_policy(PolicyArn=arn)

    assert [held["PolicyGroups"][0]["GroupName"], held["PolicyRoles"][0]["RoleName"]] == ["us", "web"]
    assert held["PolicyUsers"][0]["UserName"] == "me"
    assert [left[f"Policy{kind}"] for kind in ("Groups", "Roles", "Users")] == [[], [], []]


def test_a_policys_attachment_is_replaced_delete_first(box: Sandbox) -> None:
    """Under another name it is detached from all and attached anew: for a moment nobody has it."""
    box.create_role("web")
    arn = there(box, "shared")
    box.stack(holders(arn, roles=["web"])).up()
    box.forget()
    box.stack(holders(arn, "renamed", roles=["web"])).up()

    assert writes(box) == [("DetachRolePolicy", "web"), ("AttachRolePolicy", "web")]


@pytest.mark.parametrize("documents", [[""], []], ids=["empty text", "none"])
def test_an_inline_policy_without_text_is_none(box: Sandbox, documents: Sequence[str]) -> None:
    """A role's inline policy whose document is empty text is left out, and the role's policies are left alone."""
    trust = json.dumps(policy({**allow(["sts:AssumeRole"]), "Principal": {"Service": "ec2.amazonaws.com"}}))

    def program() -> None:
        inline = [aws.iam.RoleInlinePolicyArgs(name="own", policy=document) for document in documents]
        aws.iam.Role("web", name="web", assume_role_policy=trust, inline_policies=inline)

    box.stack(program).up()

    assert writes(box) == [("CreateRole", "web")]


def simulation(role: str, actions: Sequence[str], resources: Sequence[str] = ()) -> Callable[[], None]:
    """Make a program that exports what the data source passes on."""

    def program() -> None:
        found = aws.iam.get_principal_policy_simulation(
            policy_source_arn=role, action_names=[*actions], resource_arns=[*resources] or None
        )
        results = sorted(found.results, key=lambda each: each.action_name)
        kept = ("action_name", "decision", "resource_arn", "missing_context_keys")
        pulumi.export("results", [[getattr(each, name) for name in kept] for each in results])
        pulumi.export("all_allowed", found.all_allowed)

    return program


def test_a_simulation_is_passed_on_by_action(box: Sandbox) -> None:
    """Each action has one result, about all resources together; what is told of a single resource alone is dropped."""
    role = box.create_role("web", policies={"own": policy(allow(["kms:Decrypt"], KEY), allow(["kms:Sign"]))})
    box.script_simulation("kms:Sign", missing=["aws:SourceVpc"], per_resource=True)
    outputs = box.stack(simulation(role, ["kms:Decrypt", "kms:Sign"], [KEY, OTHER_KEY])).up().outputs
    template = "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}"

    assert {name: output.value for name, output in outputs.items()} == {
        "results": [["kms:Decrypt", "implicitDeny", template, []], ["kms:Sign", "allowed", template, []]],
        "all_allowed": False,
    }


def test_a_simulation_needs_the_role(box: Sandbox) -> None:
    """About a role that is not there, IAM has no answer."""
    with pytest.raises(auto.CommandError, match=r"simulating IAM Principal Policy: .*NoSuchEntity"):
        box.stack(simulation("arn:aws:iam::123456789012:role/web", ["ssm:GetParameter"])).up()

    assert [(call.action, call.error) for call in box.calls] == [("SimulatePrincipalPolicy", "NoSuchEntity")]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_providers_own_tests_pass() -> None:
    """The table of resources is the real plugin's, and documents and simulations are read as there."""
    env = go_environment(tools.plain_env())
    done = run(["go", "test", "-trimpath", "./..."], cwd=HERE / "provider", env=env, timeout=880)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok" in done.stdout
