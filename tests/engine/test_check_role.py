"""`check_role` on the engine: what preview and up say of a role, as the policy simulator sees it, and who asks."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Fault, Sandbox
from tests.answers import (
    COULD_NOT_ASK,
    DENIED_BY,
    FORBIDDEN,
    HEARTBEAT,
    MAY_NOT_ASK,
    NO_HEARTBEAT,
    NO_HEARTBEAT_OF_SEVERAL,
)
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY, allow, decrypt, policy
from tests.on_engine import READY, TRUST, Run, check, ready, try_both, try_run

TASKS: Final = "ecs-tasks.amazonaws.com"
NODES: Final = "ec2.amazonaws.com"


def make_roles(box: Sandbox) -> None:
    """Make a role for each thing that may keep a role from doing all."""
    iam = box.client("iam")
    limit = json.dumps(policy(allow([*CHANNEL_ACTIONS, HEARTBEAT])))
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=limit)["Policy"]["Arn"]
    box.create_role("ready", policies={"own": READY})
    box.create_role("bounded", policies={"own": READY}, boundary=arn)
    box.create_role("denied", policies={"own": READY, "no": policy({**decrypt(KEY), "Effect": "Deny"})})
    for role, services in {"nodes": [NODES], "tasks": [TASKS], "both": [NODES, TASKS]}.items():
        box.create_role(role, path="/team/")
        trust = policy({"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"})
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))


SAID: Final = [
    f"warning: role 'both' {NO_HEARTBEAT_OF_SEVERAL}",
    (
        f"warning: role 'bounded' may not call kms:Decrypt on {KEY}: the permissions boundary "
        f"arn:aws:iam::123456789012:policy/limit does not allow it. Allow it there, and look for a Deny there."
    ),
    f"warning: role 'denied' may not call kms:Decrypt on {KEY}: {DENIED_BY.format('role_denied_no')}",
    f"warning: role 'nodes' {NO_HEARTBEAT}",
]
DENIED: Final = {
    "ready": [],
    "bounded": ["kms:Decrypt"],
    "denied": ["kms:Decrypt"],
    "nodes": [HEARTBEAT],
    "tasks": [],
    "both": [HEARTBEAT],
}


def judged(roles: Mapping[str, Any]) -> None:
    """Declare a checked component for each role, with the options that it is given; export what is denied."""
    made = {
        name: SessionManagerPermissions(name, {"role": role, "check_role": True, "kms_key_arns": [KEY]}, opts)
        for name, (role, opts) in roles.items()
    }
    pulumi.export("denied_actions", {name: component.denied_actions for name, component in made.items()})


def test_a_role_is_judged_in_preview_and_in_up(box: Sandbox) -> None:
    """Each cause is one warning, the same both times, a task needs no heartbeat, and every policy is written."""
    make_roles(box)
    runs = try_both(box, lambda: judged({role: (role, None) for role in DENIED}))

    assert [sorted(each.said) for each in runs] == [SAID, SAID]
    assert [each.denied_actions for each in runs] == [DENIED, DENIED]
    assert sorted(call.target for call in box.writes if call.action == "PutRolePolicy") == sorted(DENIED)


OPEN: Final = "it depends on aws:SourceVpc, which only a real request has."
BOTH_KEYS: Final = f"kms:Decrypt on {KEY}, kms:Decrypt on {OTHER_KEY}"
SCRIPTS: Final[Mapping[str, tuple[Sequence[Mapping[str, Any]], Sequence[str], list[str] | None]]] = {
    "an SCP": (
        [{"action": action, "decision": "implicitDeny", "scp": True} for action in (*CHANNEL_ACTIONS, HEARTBEAT)],
        [f"warning: role 'web' may not call {', '.join(CHANNEL_ACTIONS)}, {HEARTBEAT}: {FORBIDDEN}"],
        [*CHANNEL_ACTIONS, HEARTBEAT],
    ),
    "a condition": (
        [
            {"action": HEARTBEAT, "decision": "explicitDeny", "missing": ["aws:SourceVpc"]},
            {"action": "kms:Decrypt", "missing": ["aws:SourceVpc"]},
        ],
        [f"warning: IAM's simulator could not tell whether role 'web' may call {HEARTBEAT}, {BOTH_KEYS}: {OPEN}"],
        None,
    ),
    "a condition that each resource tells": (
        [{"action": "kms:Decrypt", "missing": ["aws:SourceVpc"], "per_resource": True}],
        [f"warning: IAM's simulator could not tell whether role 'web' may call {BOTH_KEYS}: {OPEN}"],
        None,
    ),
    "a condition that one resource tells, which the AWS provider drops": (
        [{"action": "kms:Decrypt", "resource": KEY, "missing": ["aws:SourceVpc"], "per_resource": True}],
        [],
        [],
    ),
}


@pytest.mark.parametrize(("scripts", "said", "denied"), SCRIPTS.values(), ids=SCRIPTS)
def test_what_the_simulator_says_of_it(
    box: Sandbox, scripts: Sequence[Mapping[str, Any]], said: list[str], denied: list[str] | None
) -> None:
    """What the organization forbids is told as such; what depends on a real request leaves the answer open."""
    ready(box)
    for script in scripts:
        box.script_simulation(**script)

    assert try_run(box.stack(check(kms_key_arns=[KEY, OTHER_KEY])), "preview") == Run(said, denied)


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
    ready(box)
    preview, up = try_both(box, lambda: of_the_same_run(box))
    made = {call.target for call in box.calls if call.action == "CreateRole"}

    assert preview.said == []
    assert sorted(up.said) == sorted(f"warning: role '{role}' {NO_HEARTBEAT}" for role in made)
    assert up.denied_actions == {
        "named": [HEARTBEAT],
        "unnamed": [HEARTBEAT],
        "depended-on": [HEARTBEAT],
        "own": [],
        "web": [],
    }


def test_what_a_run_takes_away_still_counts_during_it(box: Sandbox) -> None:
    """Up deletes the heartbeat's policy after it has asked; the next preview warns."""
    box.create_role("web")

    def with_heartbeat() -> None:
        aws.iam.RolePolicy("own", role="web", policy=json.dumps(READY))
        check()()

    box.stack(with_heartbeat).up()
    stack = box.stack(check())
    during, afterwards = try_run(stack, "up"), try_run(stack, "preview")

    assert during == Run([], [])
    assert afterwards.said == [f"warning: role 'web' {NO_HEARTBEAT}"]


def test_a_role_that_does_not_exist_is_an_error(box: Sandbox) -> None:
    """Preview and up end with the same line, and nothing is written."""
    error = (
        "error: SessionManagerPermissions 'web': role 'web': IAM has no such role in the account of the provider; "
        "write the name of an existing role, or give the component a provider of the role's account"
    )

    assert try_both(box, check()) == [Run([error])] * 2
    assert box.writes == []


def access_denied(action: str, resource: str) -> str:
    """Return what a warning has of AWS's answer where the caller may not call an action, and what to do."""
    return (
        f"(AccessDenied: User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: {action} on "
        f"resource: {resource} because no identity-based policy allows the {action} action). {MAY_NOT_ASK}"
    )


def test_what_cannot_be_asked_is_one_warning(box: Sandbox) -> None:
    """The run goes on and the policies are written; there is no list, rather than an empty one."""
    roles = ("unasked", "unread")
    arns = [box.create_role(role, policies={"own": READY}) for role in roles]
    box.fail("GetRole", Fault.denied(), where={"RoleName": "unread"})
    box.fail("SimulatePrincipalPolicy", Fault.denied(), where={"PolicySourceArn": arns[0]})
    outcome = try_run(box.stack(lambda: judged({role: (role, None) for role in roles})), "up")

    assert sorted(outcome.said) == [
        f"warning: {COULD_NOT_ASK} role 'unasked' {access_denied('iam:SimulatePrincipalPolicy', arns[0])}",
        f"warning: {COULD_NOT_ASK} role 'unread' {access_denied('iam:GetRole', 'role unread')}",
    ]
    assert outcome.denied_actions == dict.fromkeys(roles)
    assert sorted(call.target for call in box.writes) == sorted(roles)


def providers(stack: auto.Stack) -> list[str]:
    """Return the names of the AWS providers in the state, without the version in that of the default one."""
    resources = (stack.export_stack().deployment or {})["resources"]
    names = [made["urn"].rpartition("::")[2] for made in resources if made["type"] == "pulumi:providers:aws"]
    return sorted(name.partition("_")[0] for name in names)


def test_the_calls_follow_the_components_provider(box: Sandbox) -> None:
    """Every call is made by the provider of the component's policy: the default one, or one that is given."""
    regions = {"default": "eu-west-1", "alone": "us-east-1", "listed": "us-west-2"}
    for role in regions:
        box.create_role(role, policies={"own": READY})

    def program() -> None:
        alone, listed = (aws.Provider(role, **box.provider_args(regions[role])) for role in ("alone", "listed"))
        judged(
            {
                "default": ("default", None),
                "alone": ("alone", pulumi.ResourceOptions(provider=alone)),
                "listed": ("listed", pulumi.ResourceOptions(providers=[listed])),
            }
        )

    stack = box.stack(program)
    stack.up()

    assert providers(stack) == sorted(regions)
    assert {(call.target.rpartition("/")[2], call.region) for call in box.calls} == set(regions.items())
