"""`check_roles` on the engine: what preview and up say of a fleet, in how few words, and with how few calls."""

import collections
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerManagedPolicy
from sandbox import Fault, Sandbox
from tests.answers import DENIED_BY, EMPTY, HEARTBEAT, NO_HEARTBEAT
from tests.documents import BUCKET, KEY, OTHER_KEY, allow, decrypt, policy
from tests.fleets import FLEET, fleet
from tests.on_engine import READY, TRUST, Program, Run, try_both, try_run

SIMULATE: Final = "SimulatePrincipalPolicy"
MISSING: Final = (
    "IAM has no such role in the account of the provider; write the name of an existing role, or give the component a "
    "provider of the role's account"
)
TWELVE: Final = [f"r{number:02}" for number in range(12)]


def check(roles: Sequence[str], **args: Any) -> Program:
    """Return a program that declares a checked fleet."""
    return fleet(roles, check_roles=True, **args)


def make(box: Sandbox, *names: str, document: Mapping[str, Any] = READY) -> None:
    """Make roles with a policy of their own."""
    for name in names:
        box.create_role(name, policies={"own": document})


def asked(box: Sandbox) -> Mapping[str, int]:
    """Return how often IAM was asked what."""
    return collections.Counter(call.action for call in box.calls if not call.write)


def test_each_role_is_judged_in_preview_and_in_up(box: Sandbox) -> None:
    """A cause is one warning with the names of its roles; the output has what is denied, without roles that may all."""
    make(box, "ready")
    make(box, "quiet", "silent", document=policy(allow(["s3:GetObject"])))
    make(box, "barred", document=policy(allow([HEARTBEAT]), {**decrypt(KEY), "Effect": "Deny"}))
    outcome = Run(
        [
            f"warning: roles 'quiet', 'silent' {NO_HEARTBEAT}",
            f"warning: role 'barred' may not call kms:Decrypt on {KEY}: {DENIED_BY.format('role_barred_own')}",
        ],
        {"barred": ["kms:Decrypt"], "quiet": [HEARTBEAT], "silent": [HEARTBEAT]},
    )
    roles = ["ready", "arn:aws:iam::123456789012:role/quiet", "silent", "barred"]

    assert try_both(box, check(roles, kms_key_arns=[KEY, OTHER_KEY])) == [outcome, outcome]


def test_nothing_is_asked_without_it_or_without_roles(box: Sandbox) -> None:
    """Without it the output has no value; without roles nothing is denied, and a warning says so."""
    make(box, "web")

    def program() -> None:
        unchecked: Any = SessionManagerManagedPolicy("unchecked", {"roles": ["web"]})
        empty: Any = SessionManagerManagedPolicy("empty", {"roles": [], "check_roles": True})
        pulumi.export("denied_actions", {"unchecked": unchecked.denied_actions, "empty": empty.denied_actions})

    outcome = try_run(box.stack(program), "up")

    assert outcome == Run([f"warning: {EMPTY}"], {"unchecked": None, "empty": {}})
    assert asked(box)["GetRole"] == 0


def test_roles_that_do_not_exist_are_one_error(box: Sandbox) -> None:
    """All of them are named in preview, also one of another account, and up writes nothing."""
    make(box, "web", "batch")
    elsewhere = "arn:aws:iam::999999999999:role/batch"
    lines = [
        f"{FLEET.owner}: roles 'wbe', 'gone': {MISSING}",
        (
            f"{FLEET.owner}: roles[2] {elsewhere!r}: it belongs to account 999999999999, but the provider belongs to "
            "account 123456789012; give the component a provider of account 999999999999, or write the role's name if "
            "you mean the role in 123456789012"
        ),
    ]
    outcome = Run(["error: " + "\n".join(lines)])

    assert try_both(box, check(["wbe", "web", elsewhere, "gone"])) == [outcome, outcome]
    assert box.writes == []


GRANTS: Final[Mapping[str, Any]] = {"kms_key_arns": [KEY, OTHER_KEY], "s3_log_bucket_arn": BUCKET}


def test_a_set_of_resources_is_one_question_and_four_are_open_at_a_time(box: Sandbox) -> None:
    """A role is read once, and its simulations are of `*`, of the objects, of the bucket and of both keys, together."""
    roles = TWELVE[:5]
    make(box, *roles)
    box.fail("*", Fault.slow(1))
    try_run(box.stack(check(roles, **GRANTS)), "preview")
    begun = [(call.action, call.time) for call in box.calls if call.action in ("GetRole", SIMULATE)]
    together = collections.Counter[str]()
    for action, time in begun:
        together[action] = max(together[action], sum(1 for _, other in begun if time <= other < time + 0.9))

    assert asked(box) == {"GetRole": 5, SIMULATE: 5 * 4}
    assert together == {"GetRole": 4, SIMULATE: 4}


def test_resources_are_asked_about_one_by_one_where_a_set_is_denied(box: Sandbox) -> None:
    """Only the keys are, and what is denied once more without the boundary: it denies one, and something else two."""
    limit = box.client("iam").create_policy(
        PolicyName="limit",
        PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"kms:*","Resource":"*"},'
        f'{{"Effect":"Allow","Action":"kms:Decrypt","Resource":"{OTHER_KEY}"}}]}}',
    )["Policy"]["Arn"]
    box.create_role("web", policies={"own": READY}, boundary=limit)
    box.forget()
    outcome = try_run(box.stack(check(["web"], **GRANTS)), "preview")

    assert outcome.denied_actions == {"web": ["kms:Decrypt"]}
    assert asked(box) == {"GetRole": 1, SIMULATE: 4 + 2 + 1}
    assert [line for line in outcome.said if f"kms:Decrypt on {KEY}: the permissions boundary {limit}" in line]


def test_throttling_is_survived(box: Sandbox) -> None:
    """A simulator that is too busy twice has answered all in the end; one warning names the roles."""
    make(box, *TWELVE, document=policy(allow(["s3:GetObject"])))
    box.fail(SIMULATE, Fault.throttling(), times=2)
    outcome = try_run(box.stack(check(TWELVE)), "preview")

    assert outcome.said == [f"warning: roles {', '.join(map(repr, TWELVE[:10]))} and 2 more {NO_HEARTBEAT}"]
    assert box.faults_left == 0
    assert outcome.denied_actions == {role: [HEARTBEAT] for role in TWELVE}


def test_throttling_to_the_end_is_waited_for_once(box: Sandbox) -> None:
    """Once the provider has given a question up, the others are not asked; one warning names the roles."""
    make(box, *TWELVE)
    box.fail(SIMULATE, Fault.throttling())
    outcome = try_run(box.stack(check(TWELVE), config={"aws:maxRetries": 2}), "preview")

    assert [line.partition(" (Throttling")[0] for line in outcome.said] == [
        f"warning: IAM could not be asked about roles {', '.join(map(repr, TWELVE[:10]))} and 2 more"
    ]
    assert asked(box)[SIMULATE] <= 4 * (1 + 2)
    assert outcome.denied_actions is None


def test_roles_of_the_same_run_are_not_known_yet(box: Sandbox) -> None:
    """With depends_on, preview neither refuses a role that the run makes nor judges it; up does."""

    def opts() -> pulumi.ResourceOptions:
        role = aws.iam.Role("web", name="web", assume_role_policy=TRUST)
        return pulumi.ResourceOptions(depends_on=[role])

    preview, up = try_both(box, check(["web"], opts=opts))

    assert preview.said == []
    assert up == Run([f"warning: role 'web' {NO_HEARTBEAT}"], {"web": [HEARTBEAT]})
