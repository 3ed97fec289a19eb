"""`check_role` on the engine: what preview and up say of a role, as the policy simulator sees it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from sandbox import Sandbox
from tests.answers import FORBIDDEN, HEARTBEAT, NO_HEARTBEAT, NO_HEARTBEAT_OF_SEVERAL, UNSEEN
from tests.docs.pages import shows
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY, allow, policy
from tests.on_engine import READY, TRUST, Run, check, denied, preview_and_up, ready, run, without_heartbeat

ROOT: Final = Path(__file__).parents[2]


def managed(box: Sandbox, document: Mapping[str, Any]) -> str:
    """Make a managed policy called `limit`; return its ARN."""
    made = box.client("iam").create_policy(PolicyName="limit", PolicyDocument=json.dumps(document))
    return str(made["Policy"]["Arn"])


def bounded(box: Sandbox) -> None:
    """Make the role whose boundary says nothing of keys."""
    limit = managed(box, policy(allow([*CHANNEL_ACTIONS, HEARTBEAT])))
    box.create_role("web", policies={"own": READY}, boundary=limit)


def in_organization(box: Sandbox) -> None:
    """Make the role of an account whose SCP is about Regions."""
    ready(box)
    for action in (*CHANNEL_ACTIONS, HEARTBEAT):
        box.script_simulation(action, decision="implicitDeny", scp=True)


def under_condition(box: Sandbox) -> None:
    """Make the role with a policy that asks for the VPC."""
    ready(box)
    box.script_simulation(HEARTBEAT, decision="explicitDeny", missing=["aws:SourceVpc"])


@pytest.mark.parametrize(
    ("arrange", "said", "expected"),
    [
        (ready, [], []),
        (without_heartbeat, [f"warning: web {NO_HEARTBEAT}"], [HEARTBEAT]),
        (
            bounded,
            [
                (
                    f"warning: web may not call kms:Decrypt on {KEY}: the permissions boundary "
                    f"arn:aws:iam::123456789012:policy/limit does not allow it. Allow it there as well. {UNSEEN}"
                )
            ],
            ["kms:Decrypt"],
        ),
        (denied, [f"warning: web may not call kms:Decrypt on {KEY}: {FORBIDDEN}"], ["kms:Decrypt"]),
        (
            in_organization,
            [f"warning: web may not call {', '.join(CHANNEL_ACTIONS)}, {HEARTBEAT}: {FORBIDDEN}"],
            [*CHANNEL_ACTIONS, HEARTBEAT],
        ),
        (
            under_condition,
            [
                (
                    f"warning: IAM's simulator could not tell whether web may call {HEARTBEAT}: it depends on "
                    f"aws:SourceVpc, which only a real request has. {UNSEEN}"
                )
            ],
            None,
        ),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_role_is_judged_in_preview_and_in_up(
    box: Sandbox, arrange: Callable[[Sandbox], None], said: list[str], expected: list[str] | None
) -> None:
    """Each cause is one warning, the same both times; what is denied is the output, which is absent if not known."""
    arrange(box)
    outcome = Run(said, expected)

    assert preview_and_up(box, check()) == [outcome, outcome]


def test_a_warning_does_not_keep_the_policy_away(box: Sandbox) -> None:
    """The policy is written whatever the simulator says."""
    denied(box)
    box.stack(check(policy_name="session-manager")).up()

    assert set(box.role_policies("web")) == {"own", "no", "session-manager"}


@pytest.mark.parametrize("name", ["made", None], ids=["known name", "unknown name"])
def test_a_role_of_the_same_run_is_not_known_yet(box: Sandbox, name: str | None) -> None:
    """Preview says nothing of it, as an error or otherwise; up judges it."""

    def made() -> pulumi.Output[str]:
        return aws.iam.Role("made", name=name, assume_role_policy=TRUST, path="/team/").name

    preview, up = preview_and_up(box, check(made))
    actual = next(call.target for call in box.calls if call.action == "CreateRole")

    assert (preview.said, up) == ([], Run([f"warning: {actual} {NO_HEARTBEAT}"], [HEARTBEAT]))


def test_policies_of_the_same_run_count_if_depended_on(box: Sandbox) -> None:
    """Up asks when what the component depends on is there; preview, which cannot, does not guess."""
    box.create_role("web")

    def after() -> pulumi.ResourceOptions:
        own = aws.iam.RolePolicy("own", role="web", policy=json.dumps(READY))
        return pulumi.ResourceOptions(depends_on=[own])

    preview, up = preview_and_up(box, check(opts=after))

    assert (preview.said, up) == ([], Run([], []))


def test_what_a_run_takes_away_still_counts_during_it(box: Sandbox) -> None:
    """Up deletes the heartbeat's policy after it has asked; the next preview warns."""
    box.create_role("web")

    def with_heartbeat() -> None:
        aws.iam.RolePolicy("own", role="web", policy=json.dumps(READY))
        check()()

    box.stack(with_heartbeat).up()
    stack = box.stack(check())
    during, afterwards = run(stack, "up"), run(stack, "preview")

    assert (during, afterwards.said) == (Run([], []), [f"warning: web {NO_HEARTBEAT}"])


def test_a_role_that_does_not_exist_is_an_error(box: Sandbox) -> None:
    """Preview and up end with the same line, and nothing is written."""
    error = (
        "error: SessionManagerPermissions 'web': role 'web': IAM has no such role in the account of the provider; "
        "write the name of an existing role"
    )
    runs = preview_and_up(box, check())

    assert (runs, box.writes) == ([Run([error]), Run([error])], [])


def test_a_role_that_the_run_makes_is_not_missed_in_preview(box: Sandbox) -> None:
    """Its plain name and depends_on are enough: preview knows nothing of the role yet, and up judges it."""

    def opts() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(depends_on=[aws.iam.Role("made", name="web", assume_role_policy=TRUST)])

    preview, up = preview_and_up(box, check(opts=opts))

    assert (preview.said, up) == ([], Run([f"warning: web {NO_HEARTBEAT}"], [HEARTBEAT]))


@pytest.mark.parametrize("per_resource", [False, True])
def test_missing_context_keys_are_seen_wherever_they_are_told(box: Sandbox, per_resource: bool) -> None:  # noqa: FBT001 - a parameter
    """A condition on any key that depends on a real request leaves the answer open, also where it allows."""
    ready(box)
    box.script_simulation("kms:Decrypt", missing=["aws:SourceVpc"], per_resource=per_resource)
    said = (
        f"warning: IAM's simulator could not tell whether web may call kms:Decrypt on {KEY}, kms:Decrypt on "
        f"{OTHER_KEY}: it depends on aws:SourceVpc, which only a real request has. {UNSEEN}"
    )

    assert run(box.stack(check(kms_key_arns=[KEY, OTHER_KEY])), "preview") == Run([said])


def test_a_condition_on_one_resource_may_escape(box: Sandbox) -> None:
    """Where IAM tells the missing keys of a named resource in its own result alone, the AWS provider drops them."""
    ready(box)
    box.script_simulation("kms:Decrypt", resource=KEY, missing=["aws:SourceVpc"], per_resource=True)

    assert run(box.stack(check()), "preview") == Run([], [])


def assumed_by(box: Sandbox, *services: str) -> None:
    """Let these services assume the role."""
    trust = policy({"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"})
    box.client("iam").update_assume_role_policy(RoleName="web", PolicyDocument=json.dumps(trust))


@pytest.mark.parametrize(
    ("services", "outcome"),
    [
        (["ecs-tasks.amazonaws.com"], Run([], [])),
        (["ec2.amazonaws.com"], Run([f"warning: web {NO_HEARTBEAT}"], [HEARTBEAT])),
        (
            ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"],
            Run([f"warning: web {NO_HEARTBEAT_OF_SEVERAL}"], [HEARTBEAT]),
        ),
    ],
    ids=["tasks", "nodes", "both"],
)
def test_the_heartbeat_is_asked_of_nodes(box: Sandbox, services: list[str], outcome: Run) -> None:
    """A role that ECS tasks alone may assume needs none; where others may as well, the warning says so."""
    without_heartbeat(box)
    assumed_by(box, *services)

    assert run(box.stack(check()), "preview") == outcome


@shows("examples/check_role")
def test_the_example_tells_in_preview(box: Sandbox) -> None:
    """`examples/check_role` warns before anything is written, and is silent once the heartbeat is granted."""
    box.create_role("web")
    stack = box.stack(box.example(ROOT / "examples/check_role"), config={"role": "web", "kmsKeyArns": [KEY]})
    first = run(stack, "preview")
    writes = list(box.writes)
    stack = box.stack(
        box.example(ROOT / "examples/check_role"), config={"role": "web", "allowUpdateInstanceInformation": True}
    )

    assert (first, writes, run(stack, "preview")) == (
        Run([f"warning: web {NO_HEARTBEAT}"], [HEARTBEAT]),
        [],
        Run([], []),
    )
