"""`check_role` and `check_roles` on the engine: what the real bridge makes of IAM's answers, in preview and in up.

What each answer means is a table of `tests/component`.
"""

import collections
import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Fault, Sandbox
from tests.answers import HEARTBEAT, not_asked, warning
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, OTHER_KEY, OWN, allow, decrypt, policy
from tests.fleets import fleet
from tests.on_engine import READY, TRUST, Run, permissions, try_run

SIMULATE: Final = "SimulatePrincipalPolicy"
GRANTS: Final[Mapping[str, Any]] = {"kms_key_arns": [KEY, OTHER_KEY], "s3_log_bucket_arn": BUCKET}


def make_roles(box: Sandbox) -> None:
    """Make a role for each thing that may keep a role from doing all: the boundary allows one of two keys."""
    iam = box.client("iam")
    limit = policy(allow([*CHANNEL_ACTIONS, HEARTBEAT, "s3:*"]), decrypt(OTHER_KEY))
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=json.dumps(limit))["Policy"]["Arn"]
    box.create_role("ready", policies={"own": READY})
    box.create_role("bounded", policies={"own": READY}, boundary=arn)
    box.create_role("denied", policies={"own": READY, "no": policy({**decrypt(KEY), "Effect": "Deny"})})
    nodes, tasks = "ec2.amazonaws.com", "ecs-tasks.amazonaws.com"
    for role, services in {"nodes": [nodes], "tasks": [tasks], "both": [nodes, tasks]}.items():
        box.create_role(role, path="/team/")
        trust = policy({"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"})
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))


LIMIT: Final = " arn:aws:iam::123456789012:policy/limit"
CAUSES: Final = [
    "warning: " + warning("NO_HEARTBEAT_OR_TASKS", "role 'both'"),
    "warning: " + warning("BOUNDARY", "role 'bounded'", calls=f"kms:Decrypt on {KEY}", boundary=LIMIT),
    "warning: " + warning("DENIED_IN", "role 'denied'", calls=f"kms:Decrypt on {KEY}", policies="role_denied_no"),
    "warning: " + warning("NO_HEARTBEAT", "role 'nodes'"),
]
DENIED: Final = {
    "bounded": ["kms:Decrypt"],
    "denied": ["kms:Decrypt"],
    "nodes": [HEARTBEAT],
    "both": [HEARTBEAT],
}
ROLES: Final = ("ready", "tasks", *DENIED)


def judged(roles: Mapping[str, Any], **grants: Any) -> None:
    """Declare a checked component for each role, with the options that it is given; export what is denied."""
    made = {
        name: SessionManagerPermissions(name, role=role, check_role=True, opts=opts, **grants)
        for name, (role, opts) in roles.items()
    }
    pulumi.export("denied_actions", {name: component.denied_actions for name, component in made.items()})


def test_roles_are_judged_with_few_questions_in_preview_and_in_up(box: Sandbox) -> None:
    """Each role is read once and asked about per set of resources, one by one where a set is denied.

    Each cause is one warning, the same both times, a task needs no heartbeat, and every role gets the policy.
    """
    make_roles(box)
    box.forget()
    stack = box.stack(fleet(ROLES, check_roles=True, **GRANTS))
    runs = [try_run(stack, "preview")]
    asked = collections.Counter(call.action for call in box.calls)
    runs.append(try_run(stack, "up"))
    one_by_one, without_boundary = 2 * len(["bounded", "denied"]), len(["bounded"])

    assert [(sorted(run.said), run.denied_actions) for run in runs] == [(CAUSES, DENIED)] * 2
    assert asked == {"GetRole": len(ROLES), SIMULATE: 4 * len(ROLES) + one_by_one + without_boundary}
    assert sorted(call.target for call in box.writes if call.action == "AttachRolePolicy") == sorted(ROLES)


def test_a_condition(box: Sandbox) -> None:
    """What depends on a real request leaves the answer open, and is no denial.

    Where IAM names the key for single resources alone, which the provider drops, the question on `*` names it.
    """
    box.create_role("web", policies={"own": READY})
    source_vpc: Any = {"decision": "explicitDeny", "missing": ["aws:SourceVpc"]}
    box.script_simulation(HEARTBEAT, **source_vpc)
    box.script_simulation("kms:Decrypt", **source_vpc, by_resource=True)
    calls = f"{HEARTBEAT}, kms:Decrypt on {KEY}, kms:Decrypt on {OTHER_KEY}"
    program = permissions(check_role=True, kms_key_arns=[KEY, OTHER_KEY])

    assert try_run(box.stack(program), "preview") == Run(
        ["warning: " + warning("DEPENDS", calls=calls, keys="aws:SourceVpc")], []
    )


def test_a_resource_without_an_answer(box: Sandbox) -> None:
    """IAM allows the one key and says nothing about the other: that is no permission, and there is no list."""
    box.create_role("web", policies={"own": READY})
    box.script_simulation("kms:Decrypt", silent=[OTHER_KEY])
    program = permissions(check_role=True, kms_key_arns=[KEY, OTHER_KEY])
    answer = "IAM's simulator has not answered about kms:Decrypt"

    assert try_run(box.stack(program), "preview") == Run(["warning: " + not_asked(answer)], None)


def of_the_same_run(box: Sandbox) -> None:
    """Declare roles, a role's own policy and a provider in one program with what is checked."""
    named = aws.iam.Role("named", name="named", assume_role_policy=TRUST, path="/team/")
    unnamed = aws.iam.Role("unnamed", assume_role_policy=TRUST)
    depended_on = aws.iam.Role("depended-on", name="depended-on", assume_role_policy=TRUST)
    own = aws.iam.RolePolicy("own", role="own", policy=json.dumps(READY))
    late = {**box.provider_args(), "secret_key": unnamed.unique_id.apply(lambda _: "sandbox")}
    judged(
        {
            "named": (named.name, None),
            "unnamed": (unnamed.arn, None),
            "depended-on": ("depended-on", pulumi.ResourceOptions(depends_on=[depended_on])),
            "own": ("own", pulumi.ResourceOptions(depends_on=[own])),
            "web": ("web", pulumi.ResourceOptions(provider=aws.Provider("late", **late))),
        }
    )


def test_what_is_made_in_the_same_run_is_not_known_yet(box: Sandbox) -> None:
    """Preview neither misses nor judges a role that waits for the run, its policies or its provider; up judges it."""
    box.create_role("own")
    box.create_role("web", policies={"own": READY})
    stack = box.stack(lambda: of_the_same_run(box))
    preview, up = try_run(stack, "preview"), try_run(stack, "up")
    made = {call.target for call in box.calls if call.action == "CreateRole"}

    assert preview.said == []
    assert sorted(up.said) == sorted("warning: " + warning("NO_HEARTBEAT", f"role {role!r}") for role in made)
    assert up.denied_actions == {
        **{role: [HEARTBEAT] for role in ("named", "unnamed", "depended-on")},
        **{role: [] for role in ("own", "web")},
    }


def test_a_policy_that_the_same_run_changes_is_judged_as_it_is(box: Sandbox) -> None:
    """A preview warns of the heartbeat that an update of the policy before it will grant; up does not.

    Only a policy that is to be created makes a preview wait, because the engine says so of it alone.
    """
    box.create_role("web")

    def program(document: Mapping[str, Any]) -> None:
        own = aws.iam.RolePolicy("own", role="web", name="own", policy=json.dumps(document))
        judged({"web": ("web", pulumi.ResourceOptions(depends_on=[own]))})

    box.stack(partial(program, OWN)).up()
    stack = box.stack(partial(program, READY))

    assert try_run(stack, "preview").said == ["warning: " + warning("NO_HEARTBEAT")]
    assert try_run(stack, "up") == Run([], {"web": []})


def access_denied(role: str, action: str, resource: str) -> str:
    """Return the warning where the caller may not call an action: it has AWS's answer, and says what to do."""
    answer = (
        f"AccessDenied: User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: {action} on "
        f"resource: {resource} because no identity-based policy allows the {action} action"
    )
    return "warning: " + not_asked(answer, f"role {role!r}")


def test_what_cannot_be_asked_is_one_warning(box: Sandbox) -> None:
    """The run goes on and the policies are written; there is no list, rather than an empty one."""
    roles = ("unasked", "unread")
    arns = [box.create_role(role, policies={"own": READY}) for role in roles]
    box.fail("GetRole", Fault.denied(), where={"RoleName": "unread"})
    box.fail(SIMULATE, Fault.denied(), where={"PolicySourceArn": arns[0]})
    outcome = try_run(box.stack(lambda: judged({role: (role, None) for role in roles})), "up")

    assert sorted(outcome.said) == [
        access_denied("unasked", "iam:SimulatePrincipalPolicy", arns[0]),
        access_denied("unread", "iam:GetRole", "role unread"),
    ]
    assert outcome.denied_actions == dict.fromkeys(roles)
    assert sorted(call.target for call in box.writes) == sorted(roles)
