"""The sandbox's AWS provider, where it has to be as the real plugin and no page of the repository shows it."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from sandbox import Fault, Sandbox, go_environment, run, tools
from sandbox.go import HERE
from sandbox.tests.policies import ALLOW_ALL, HEARTBEAT, KEY, READ, WRITE, allow, deny, managed, policy

TRUST: Final = json.dumps(
    policy({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
)


def test_an_exclusive_list_attaches_first_and_goes_without_a_trace(box: Sandbox) -> None:
    """What it names is attached, then all else is detached; without the resource the role keeps what it has."""
    box.create_role("web")
    listed, other = managed(box, "listed"), managed(box, "other", roles=["web"])
    box.forget()
    stack = box.stack(lambda: aws.iam.RolePolicyAttachmentsExclusive("only", role_name="web", policy_arns=[listed]))
    stack.up()
    stack.destroy()

    assert [(call.action, call.params["PolicyArn"]) for call in box.writes] == [
        ("AttachRolePolicy", listed),
        ("DetachRolePolicy", other),
    ]


LOOK_UPS: Final[dict[str, tuple[Callable[[], object], str]]] = {
    "getKey": (lambda: aws.kms.get_key(key_id="alias/none"), "reading KMS Key (alias/none)"),
    "getRole": (lambda: aws.iam.get_role(name="none"), "reading IAM Role (none)"),
    "getInstanceProfile": (lambda: aws.iam.get_instance_profile(name="none"), "reading IAM Instance Profile (none)"),
}


@pytest.mark.parametrize(("look_up", "doing"), LOOK_UPS.values(), ids=LOOK_UPS)
def test_what_is_not_there_is_told_without_aws_own_words(
    box: Sandbox, look_up: Callable[[], object], doing: str
) -> None:
    """The error ends there: the real provider's `retry.NotFoundError` drops its cause (internal/retry/error.go)."""
    with pytest.raises(auto.CommandError) as caught:
        box.stack(look_up).preview()

    assert f"{doing}: couldn't find resource\n" in str(caught.value)


def shared(document: Any, tags: dict[str, str]) -> Callable[[], object]:
    """Return a program of one managed policy."""
    return lambda: aws.iam.Policy("shared", name="shared", policy=json.dumps(document), tags=tags)


def writes_of(box: Sandbox) -> Sequence[str]:
    """Return the writes that were asked for since, and forget them."""
    found = [call.action for call in box.writes]
    box.forget()
    return found


def test_tags_are_written_before_the_document_unless_one_is_empty(box: Sandbox) -> None:
    """So does the real provider; for an empty value it comes last, and the tags are listed then."""
    box.stack(shared(READ, {"team": "web"})).up()
    writes_of(box)
    box.stack(shared(WRITE, {"team": "db"})).up()
    filled = writes_of(box)
    box.stack(shared(READ, {"team": ""})).up()
    calls = [call.action for call in box.calls if call.action in {"CreatePolicyVersion", "TagPolicy", "ListPolicyTags"}]

    assert filled == ["TagPolicy", "CreatePolicyVersion"]
    assert calls == ["CreatePolicyVersion", "TagPolicy", "ListPolicyTags"]


def test_what_iam_cannot_do_yet_is_tried_again(box: Sandbox) -> None:
    """A role that still has something, and a policy that somebody else writes at the same time, are waited for."""
    conflict = Fault.error("DeleteConflict", "Cannot delete entity, must detach all policies first.", 409)
    busy = Fault.error("ConcurrentModification", "Try again.", 409)
    arn = managed(box, "shared")

    def program() -> None:
        role = aws.iam.Role("web", name="web", assume_role_policy=TRUST)
        aws.iam.RolePolicyAttachment("web", role=role.name, policy_arn=arn)

    box.fail("AttachRolePolicy", busy, times=1)
    box.fail("DetachRolePolicy", busy, times=1)
    box.fail("DeleteRole", conflict, times=1)
    stack = box.stack(program)
    stack.up()
    stack.destroy()
    tried = [(call.action, call.error) for call in box.calls if call.action.endswith(("chRolePolicy", "DeleteRole"))]

    assert tried == [
        ("AttachRolePolicy", "ConcurrentModification"),
        ("AttachRolePolicy", None),
        ("DetachRolePolicy", "ConcurrentModification"),
        ("DetachRolePolicy", None),
        ("DeleteRole", "DeleteConflict"),
        ("DeleteRole", None),
    ]


def test_a_version_that_is_gone_is_not_the_policy(box: Sandbox) -> None:
    """Where a version cannot be deleted because it is not there, the policy is not taken for deleted."""
    box.stack(shared(READ, {})).up()
    stack = box.stack(shared(WRITE, {}))
    stack.up()
    box.fail("DeletePolicyVersion", Fault.error("NoSuchEntity", "Policy version v1 does not exist.", 404), times=1)
    with pytest.raises(auto.CommandError, match=r"deleting IAM Policy \(.*/shared\) version \(v1\): "):
        stack.destroy()

    assert [policy["PolicyName"] for policy in box.client("iam").list_policies(Scope="Local")["Policies"]] == ["shared"]


def test_the_data_source_names_who_allows_and_who_denies(box: Sandbox) -> None:
    """The provider passes on the policies of each matched statement, of an allow as of a deny, each once."""
    own = policy(allow([HEARTBEAT]), allow(["ssm:*"]), deny(["ssm:Two"]))
    role = box.create_role("web", policies={"own": own})
    managed(box, "attached", ALLOW_ALL, roles=["web"])
    seen: dict[str, list[tuple[str, str]]] = {}

    def program() -> None:
        answer = aws.iam.get_principal_policy_simulation(policy_source_arn=role, action_names=[HEARTBEAT, "ssm:Two"])
        for found in answer.results:
            named = [(each.source_policy_id, each.source_policy_type) for each in found.matched_statements]
            seen[found.action_name] = sorted(named)

    box.stack(program).preview()

    assert seen == {
        HEARTBEAT: [("attached", "IAM Policy"), ("role_web_own", "IAM Policy")],
        "ssm:Two": [("role_web_own", "IAM Policy")],
    }


def test_the_data_source_asks_as_it_is_told(box: Sandbox) -> None:
    """A context entry, a resource, another document and another boundary; missing keys come back."""
    locked = policy(allow(["kms:*"], KEY, Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}))
    role = box.create_role("web", boundary=managed(box, "locked", locked))
    entry = aws.iam.GetPrincipalPolicySimulationContextArgs
    region = entry(key="aws:RequestedRegion", type="string", values=["eu-west-1"])
    seen: list[tuple[str, list[str]]] = []

    def program() -> None:
        for more in (
            {},
            {"contexts": [region]},
            {"permissions_boundary_policies_jsons": [json.dumps(ALLOW_ALL)]},
        ):
            [found] = aws.iam.get_principal_policy_simulation(
                policy_source_arn=role,
                action_names=["kms:Decrypt"],
                resource_arns=[KEY],
                additional_policies_jsons=[json.dumps(ALLOW_ALL)],
                **more,
            ).results
            seen.append((found.decision, [*found.missing_context_keys]))

    box.stack(program).preview()

    assert seen == [("implicitDeny", ["aws:RequestedRegion"]), ("allowed", []), ("allowed", [])]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_providers_own_tests_pass() -> None:
    """The table of resources is the real plugin's, and documents and simulations are read as there."""
    env = go_environment(tools.plain_env())
    done = run(["go", "test", "-trimpath", "./..."], cwd=HERE / "provider", env=env, timeout=880)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok" in done.stdout
