"""Worlds of a check: what IAM has, and what previews and updates say of it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi

from tests.answers import ACCOUNT, GET_REGION, GET_ROLE, GROUP_THERE, HEARTBEAT, SIMULATE, THERE, rule_for
from tests.components import output, secret
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY, allow, decrypt, policy
from tests.mocks import UNKNOWN, Secret, unknown
from tests.sentences import (
    AWS_SAID,
    GRANT,
    NOT_YET,
    OTHER_ACCOUNTS,
    TAKEN_AWAY,
    UNREACHABLE,
    UNSEEN,
    bounded,
    by_scp,
    denied,
    lost,
    not_asked,
    ok,
    silenced,
    silent,
)
from tests.world import (
    ALL,
    ALL_CHANNELS,
    CORE,
    FILES,
    GENERATED,
    KEY_THERE,
    LIMIT,
    LOCKED,
    NEIGHBOUR,
    NO_CHANNELS,
    NO_HEARTBEAT,
    NO_KEY,
    NODE,
    OF_FILES,
    OF_FLEET,
    ON_KEY,
    ONE_REGION,
    OPEN_DATA,
    OWN,
    OWN_BEFORE,
    PERIMETER,
    READY,
    SPOILT,
    Failed,
    Held,
    Said,
    World,
    deny,
    node,
)


def gone(**more: Any) -> Any:
    """Return what preview and update say if the own policy is not there: only the preview asks with it."""
    return {"preview": FINE, "state": "same", "calls": 6, **more}


def failing(token: str, answer: Failed, said: str, **more: Any) -> World:
    """Return a world where IAM cannot be asked, because a function fails, or users' mocks answer something else."""
    about = "" if token == GET_REGION else "web"
    ends: Any = {"ends": BOTH, "calls": None, **more}
    return World(NODE, Said([not_asked("role 'web'", said)], None), fails={(token, about): answer}, **ends)


def given(make: Callable[[Any], Any], value: Any) -> Callable[[], Any]:
    """Return an input that a program makes of a value: an Output, or a secret."""
    return lambda: make(value)


def later(value: Any) -> Callable[[], Any]:
    """Return an input that a preview does not know."""
    return lambda: unknown() if pulumi.runtime.is_dry_run() else value


def missing(why: str, role: str = "role 'new'") -> Said:
    """Return what ends any run about a role that does not exist."""
    return Said([f"SessionManagerPermissions 'app': {role}: {why}"], None)


BOTH: Final = (True, True)
KEYS: Final[Mapping[str, Any]] = {"kms_key_arns": [KEY]}
IN_OTHER_ACCOUNTS: Final[Mapping[str, Any]] = {
    "kms_key_arns": [KEY_THERE],
    "cloudwatch_log_group_arns": [GROUP_THERE],
    "s3_log_bucket_arn": BUCKET,
    "s3_log_key_prefix": "team",
    "s3_log_cross_account": True,
}
ON: Final[Mapping[str, Any]] = {"allow_update_instance_information": True}
FIXED: Final[Mapping[str, Any]] = {"policy_name": "fixed"}
FINE: Final = Said([ok(5)])
SILENT: Final = Said([silent(), ok(4, None)], [HEARTBEAT])
TAKEN: Final = Said([TAKEN_AWAY, ok(4, None)], [HEARTBEAT])
KEY_FINE: Final = Said([ok(6) + UNSEEN])
KEY_DENIED: Final = Said([denied(ON_KEY, "'no'")], ["kms:Decrypt"])
LOST: Final = Said([lost()], [*CHANNEL_ACTIONS])
ASKS_LATER: Final = Said([NOT_YET.format("role 'web'")], UNKNOWN)
OF_A_FLEET: Final = "SessionManagerManagedPolicy 'fleet':"
NO_ROLE: Final = rule_for("no such role")
DELETED: Final = (
    f"{NO_ROLE.rpartition(', pass ')[0]}, it was deleted outside of Pulumi, or IAM shows it late: run `pulumi up "
    "--refresh`"
)
LOST_VALUE: Final = "a value that the question needs is missing, because a resource has failed or does not exist"
MOCKS: Final = "has not answered; in a unit test, let the mocks' call method return"
RESULT: Final[Mapping[str, str]] = {"actionName": CHANNEL_ACTIONS[0], "decision": "allowed"}
NO_RESULT: Final = f"{SIMULATE} {MOCKS} results, with actionName and decision of {{}}"

ALLOWING: Final = World(NODE)
DENYING: Final = World(node(inline={"no": NO_KEY}))
NOT_SIMULATED: Final = {(SIMULATE, "web"): AWS_SAID.format("Simulate", "NoSuchEntity: no role")}
FAILS: Final = {(SIMULATE, "web"): AWS_SAID.format("Simulate", "ServiceFailure: of web")}
FAILED: Final = Said([not_asked("role 'web'", "ServiceFailure: of web")], None)
THROTTLED_AFTER: Final = Said([not_asked("role 'web'", "Throttling: slow")], None)
THROTTLED: Final = {(SIMULATE, "web"): AWS_SAID.format("Simulate", "Throttling: slow")}
# Two documents of the component: one that somebody has written a Deny into, and what the check calls it.
SPOILT_OWN: Final = Said([denied(OPEN_DATA, f"'{GENERATED}'")], [OPEN_DATA])

WORLDS: Final[Mapping[str, World]] = {
    # What a role has beside the document.
    "the heartbeat by another policy": World(NODE, FINE),
    "the heartbeat by two policies": World(
        Held(attached={CORE: READY, "node": READY}), Said([ok(5, f"'{CORE}', 'node'")])
    ),
    "the heartbeat granted": World(Held(), Said([ok(5, None)]), inputs=ON),
    "nobody allows the heartbeat, nor does the boundary": World(
        Held(boundary=policy(allow([*CHANNEL_ACTIONS]))),
        Said([silent(limit=LIMIT), ok(4, None)], [HEARTBEAT]),
        calls=6,
    ),
    "nobody allows the heartbeat (Default Host Management)": World(Held(), SILENT, calls=6),
    # Regions.
    "a boundary of one Region, there": World(node(boundary=LOCKED), FINE),
    "a boundary of one Region, elsewhere": World(
        node(boundary=LOCKED),
        Said(
            [bounded(ALL_CHANNELS, "us-east-1"), silent(region="us-east-1", limit=LIMIT)],
            [*CHANNEL_ACTIONS, HEARTBEAT],
        ),
        BOTH,
        region="us-east-1",
        calls=11,
    ),
    "an SCP of one Region, elsewhere": World(
        NODE, Said([by_scp(f"{ALL_CHANNELS}, {HEARTBEAT}", "us-east-1")]), region="us-east-1", scps=ONE_REGION
    ),
    "keys in two Regions, a boundary of one": World(
        node(boundary=LOCKED),
        Said([bounded(f"kms:Decrypt on {OTHER_KEY}", "us-east-2")], ["kms:Decrypt"]),
        BOTH,
        {"kms_key_arns": [KEY, OTHER_KEY]},
        calls=21,
    ),
    "keys in two Regions": World(
        NODE,
        Said([ok(6, where="eu-west-1, or in the Region of its resource") + UNSEEN]),
        inputs={"kms_key_arns": [KEY, OTHER_KEY]},
        calls=4,
    ),
    "a key, a log group and a bucket": World(
        NODE,
        Said([ok(12) + UNSEEN]),
        inputs={**KEYS, "cloudwatch_log_group_arns": [LOG_GROUP], "s3_log_bucket_arn": BUCKET},
        calls=6,
    ),
    # Keys that IAM is not told: only an implicit denial lists them.
    "keys that IAM is not told, of an unrelated statement": World(node(inline={"files": FILES}), FINE),
    "keys that IAM is not told, and a Deny": World(
        node(inline={"files": FILES, "no": NO_KEY}), KEY_DENIED, BOTH, KEYS, calls=11
    ),
    "keys that IAM is not told, and no heartbeat": World(
        Held(inline={"files": FILES}), Said([silent(keys=OF_FILES), ok(4, None)], [HEARTBEAT]), calls=6
    ),
    "keys that IAM is not told, and a boundary": World(
        node(inline={"files": FILES}, boundary=policy(allow([*CHANNEL_ACTIONS[:3], HEARTBEAT]))),
        Said([bounded(OPEN_DATA, keys=OF_FILES)], [OPEN_DATA]),
        BOTH,
        calls=11,
    ),
    "a data perimeter": World(
        node(inline={"perimeter": PERIMETER}),
        Said([denied(ALL_CHANNELS, "'perimeter'"), silenced("'perimeter'")], [*CHANNEL_ACTIONS, HEARTBEAT]),
        BOTH,
        calls=6,
    ),
    # Who uses the role.
    "a role of CodeBuild": World(Held(services=("codebuild",)), Said([ok(4, None)])),
    "a role of ECS, the heartbeat granted": World(Held(services=("ecs-tasks",)), Said([ok(5, None)]), inputs=ON),
    # Whose policy allows the heartbeat.
    "a managed policy of the component's own name": World(
        Held(attached={"fixed": READY}), Said([ok(5, "'fixed'")]), inputs=FIXED
    ),
    "the heartbeat switched off": World(
        Held(inline={GENERATED: OWN_BEFORE}), SILENT, (True, False), preview=TAKEN, state="changed", calls=6
    ),
    "the heartbeat switched off, exact name": World(
        Held(inline={"fixed": OWN_BEFORE}), SILENT, BOTH, FIXED, preview=TAKEN, state="changed", calls=6
    ),
    "the heartbeat switched off, of a role of another role": World(
        Held(inline={GENERATED: OWN_BEFORE}, services=(f"arn:aws:iam::{ACCOUNT}:root",)),
        Said([ok(4, None)]),
        (True, False),
        preview=TAKEN,
        state="changed",
    ),
    "the heartbeat switched off, a boundary": World(
        Held(inline={GENERATED: OWN_BEFORE}, boundary=policy(ALL)),
        Said([silent(limit=LIMIT), ok(4, None)], [HEARTBEAT]),
        (True, False),
        preview=TAKEN,
        state="changed",
        calls=6,
    ),
    "the heartbeat switched off, exact name of a fleet": World(
        Held(attached={"fixed": OWN_BEFORE}),
        Said(SILENT.lines, {"web": [HEARTBEAT]}),
        BOTH,
        {"roles": ["web"], **FIXED},
        preview=Said(TAKEN.lines, {"web": [HEARTBEAT]}),
        state="changed",
        calls=6,
    ),
    "the heartbeat switched off, another policy has it": World(
        node(inline={GENERATED: OWN_BEFORE}), FINE, state="changed"
    ),
    "the heartbeat switched off, the boundary is attached as well": World(
        Held(inline={GENERATED: OWN_BEFORE}, attached={"limit": policy(ALL)}, boundary=policy(ALL)),
        Said([ok(5, "'limit'")]),
        state="changed",
    ),
    "the update gives the policy that has the heartbeat another name": World(
        Held(inline={"app-session-manager-e635e01": OWN_BEFORE}), Said([ok(5, "'app-session-manager-e635e01'")])
    ),
    "the heartbeat switched off, alone in the own policy": World(
        Held(inline={GENERATED: READY}), SILENT, (True, False), preview=TAKEN, state="changed", calls=6
    ),
    # Who denies.
    "a boundary that denies": World(
        node(boundary=policy(ALL, deny(OPEN_DATA))), Said([denied(OPEN_DATA, "'limit'")], [OPEN_DATA]), BOTH, calls=6
    ),
    "a boundary that allows one of two keys": World(
        node(boundary=policy(allow([*CHANNEL_ACTIONS, HEARTBEAT]), decrypt(KEY))),
        Said([bounded(f"kms:Decrypt on {NEIGHBOUR}")], ["kms:Decrypt"]),
        BOTH,
        {"kms_key_arns": [KEY, NEIGHBOUR]},
        calls=21,
    ),
    "an SCP of one Region, a key elsewhere, and no heartbeat": World(
        Held(),
        Said([by_scp(f"kms:Decrypt on {OTHER_KEY}", "us-east-2"), silent()], [HEARTBEAT]),
        inputs={"kms_key_arns": [OTHER_KEY]},
        scps=ONE_REGION,
        calls=11,
    ),
    # Such an SCP has no Deny: IAM says the same of a heartbeat that no policy allows.
    "an SCP without the heartbeat": World(NODE, SILENT, scps=[policy(allow(["ssmmessages:*"]))], calls=6),
    "an SCP that hides that nobody allows the heartbeat": World(
        Held(), Said([by_scp(f"{ALL_CHANNELS}, {HEARTBEAT}")]), scps=[policy(ALL), PERIMETER]
    ),
    "an SCP that hides that the heartbeat is switched off": World(
        Held(inline={GENERATED: OWN_BEFORE}),
        Said([by_scp(f"{ALL_CHANNELS}, {HEARTBEAT}")]),
        scps=[policy(ALL), PERIMETER],
        state="changed",
    ),
    "an SCP without the channels": World(NODE, Said([by_scp()]), scps=NO_CHANNELS, calls=3),
    "a boundary that denies one channel, and leaves one out": World(
        node(boundary=policy(allow([*CHANNEL_ACTIONS[:3], HEARTBEAT]), deny(CHANNEL_ACTIONS[0]))),
        Said([denied(CHANNEL_ACTIONS[0], "'limit'"), bounded(OPEN_DATA)], [CHANNEL_ACTIONS[0], OPEN_DATA]),
        BOTH,
        calls=11,
    ),
    # Of boundary and SCP, IAM does not tell which.
    "an SCP without the channels, and a boundary": World(
        node(boundary=policy(ALL)),
        Said([bounded(ALL_CHANNELS)], [*CHANNEL_ACTIONS]),
        BOTH,
        scps=NO_CHANNELS,
        calls=11,
    ),
    "a Deny of the heartbeat": World(
        node(inline={"no": policy(deny(HEARTBEAT))}), Said([silenced("'no'"), ok(4, None)], [HEARTBEAT]), calls=6
    ),
    # Other accounts.
    "a key, a log group and a bucket of another account": World(
        NODE,
        Said([ok(9) + OTHER_ACCOUNTS.format(f"{GROUP_THERE}:*, {KEY_THERE}") + UNSEEN, UNREACHABLE]),
        inputs=IN_OTHER_ACCOUNTS,
        calls=4,
    ),
    # Secrets.
    "a secret role": World(
        DENYING.held,
        Said(
            [denied("kms:Decrypt on [secret]", "[secret]", roles="role [secret]", region="[secret]")],
            Secret(["kms:Decrypt"]),
        ),
        (False, True),
        {"role": given(secret, "web"), **KEYS},
        calls=11,
    ),
    "secret keys, of two accounts": World(
        DENYING.held,
        Said(
            [
                denied("kms:Decrypt on [secret]", "[secret]", region="[secret]"),
                UNREACHABLE.replace(GROUP_THERE, "[secret]"),
            ],
            Secret(["kms:Decrypt"]),
        ),
        BOTH,
        {**IN_OTHER_ACCOUNTS, "kms_key_arns": given(secret, [KEY, KEY_THERE])},
        calls=None,
    ),
    "secret keys of another account": World(
        NODE,
        Said([ok(5, "[secret]", where="[secret]") + OTHER_ACCOUNTS.format("[secret]") + UNSEEN], Secret([])),
        inputs={"kms_key_arns": given(secret, [KEY_THERE])},
    ),
    "a secret name": World(
        NODE, Said([ok(5, "[secret]", where="[secret]")], Secret([])), inputs={"policy_name": given(secret, "fixed")}
    ),
    "a secret role, a boundary": World(
        node(boundary=policy(allow([*CHANNEL_ACTIONS[:3], HEARTBEAT]))),
        Said([bounded(OPEN_DATA, "[secret]", limit="[secret]").replace("'web'", "[secret]")], Secret([OPEN_DATA])),
        (False, True),
        {"role": given(secret, "web")},
        calls=11,
    ),
    "a secret role that IAM may not be asked about": World(
        NODE,
        Said([not_asked("role [secret]", "AccessDenied", GRANT)], Secret(None)),
        BOTH,
        {"role": given(secret, "web")},
        fails={(GET_ROLE, "web"): AWS_SAID.format("GetRole", "AccessDenied: no role web")},
        calls=1,
    ),
    "a secret role, no connection": World(
        NODE,
        Said(["IAM could not be asked about role [secret]. Run the command again."], Secret(None)),
        BOTH,
        {"role": given(secret, "web")},
        fails={(GET_ROLE, "web"): "dial tcp: web"},
        calls=1,
    ),
    # What is not there.
    "a secret role that does not exist yet": World(
        NODE,
        missing(DELETED, "role [secret]"),
        inputs={"role": given(secret, "new")},
        preview=Said([NOT_YET.format("role [secret]")], Secret(UNKNOWN)),
        more={"new": None},
        calls=5,
    ),
    "a role that does not exist": World(NODE, missing(NO_ROLE), inputs={"role": "new"}, more={"new": None}, calls=1),
    "roles that do not exist, and one of another account": World(
        NODE,
        Said(
            [
                f"{OF_A_FLEET} roles 'gone', 'left': {rule_for('no such roles')}",
                f"{OF_A_FLEET} roles[3] '{THERE}': {rule_for('a role of another account')}",
            ],
            None,
        ),
        inputs={"roles": ["gone", "api", "left", THERE]},
        more={"gone": None, "api": NODE, "left": None},
        calls=3,
    ),
    "roles that do not exist, after another policy": World(
        NODE,
        Said([f"{OF_A_FLEET} roles[0] 'new': {DELETED}"], None),
        inputs={"roles": ["new", "web"]},
        preview=Said([NOT_YET.format("roles 'new', 'web'")], UNKNOWN),
        more={"new": None},
        opts="after another policy",
        calls=None,
    ),
    "after another policy": World(NODE, FINE, preview=ASKS_LATER, opts="after another policy"),
    "a role that is not known yet": World(
        NODE, FINE, inputs={"role": later("web")}, preview=Said([NOT_YET.format("the role")], UNKNOWN)
    ),
    "a key that is never known": World(
        NODE,
        Said([not_asked("role 'web'", LOST_VALUE)], None),
        (False, True),
        {"kms_key_arns": lambda: [unknown()]},
        preview=ASKS_LATER,
        mandatory=Said([not_asked("role 'web'", LOST_VALUE)], None),
        calls=1,
    ),
    "a key that is never known, a secret role": World(
        NODE,
        Said([not_asked("role [secret]", LOST_VALUE)], Secret(None)),
        (False, True),
        {"kms_key_arns": lambda: [unknown()], "role": given(secret, "web")},
        preview=Said([NOT_YET.format("role [secret]")], Secret(UNKNOWN)),
        mandatory=Said([not_asked("role [secret]", LOST_VALUE)], Secret(None)),
        calls=1,
    ),
    "a name that is not known yet": World(
        Held(inline={"ssm": READY}), Said([ok(5, "'ssm'")]), inputs={"policy_name": later("fixed")}
    ),
    "a name that is not known yet, deleted": World(
        Held(inline={"ssm": READY}),
        LOST,
        inputs={"policy_name": later("fixed")},
        **gone(calls=11, preview=Said([ok(5, "'ssm'")])),
    ),
    # What does not answer.
    "a provider without a Region yet": World(
        NODE,
        Said([not_asked("role 'web'", f"{GET_REGION} {MOCKS} region")], None),
        (False, True),
        preview=ASKS_LATER,
        mandatory=Said([not_asked("role 'web'", f"{GET_REGION} {MOCKS} region")], None),
        region=None,
        calls=1,
    ),
    "IAM has failed on a role": World(NODE, FAILED, BOTH, {"role": given(output, "web")}, fails=FAILS),
    "mocks without a role": failing(
        GET_ROLE,
        {},
        f"{GET_ROLE} {MOCKS} arn",
        ends=(False, True),
        preview=ASKS_LATER,
        mandatory=Said([not_asked("role 'web'", f"{GET_ROLE} {MOCKS} arn")], None),
    ),
    "mocks with another ARN": failing(GET_ROLE, {"arn": "web-arn"}, f"{GET_ROLE} {MOCKS} the arn of a role"),
    # In a preview, the AWS provider may answer without a field.
    "mocks without results": failing(
        SIMULATE,
        {},
        f"{SIMULATE} {MOCKS} results",
        preview=Said([not_asked("role 'web'", NO_RESULT.format(CHANNEL_ACTIONS[0]))], None),
        mandatory=Said([not_asked("role 'web'", f"{SIMULATE} {MOCKS} results")], None),
    ),
    "mocks with a number": failing(SIMULATE, {"results": 5}, "TypeError: 'float' object is not iterable"),
    **{
        f"mocks without {part}": failing(
            SIMULATE,
            {"results": [{name: value for name, value in RESULT.items() if name != part}]},
            NO_RESULT.format(CHANNEL_ACTIONS[0]),
        )
        for part in RESULT
    },
    "mocks with one action, a secret role": World(
        NODE,
        Said([not_asked("role [secret]", NO_RESULT.format(CHANNEL_ACTIONS[1]))], Secret(None)),
        BOTH,
        {"role": given(secret, "web")},
        fails={(SIMULATE, "web"): {"results": [RESULT]}},
    ),
    "mocks with one action": failing(SIMULATE, {"results": [RESULT]}, NO_RESULT.format(CHANNEL_ACTIONS[1])),
    # Fleets.
    "a fleet: one line for each cause": World(
        NODE,
        Said(
            [
                denied(ON_KEY, "'no'", roles="roles 'a', 'b'"),
                silent("role 'c'"),
                ok(6) + UNSEEN,
                ok(5, None, role="role 'c'") + UNSEEN,
            ],
            {"a": ["kms:Decrypt"], "b": ["kms:Decrypt"], "c": [HEARTBEAT]},
        ),
        BOTH,
        {"roles": ["a", "b", "web", "c"], **KEYS},
        more={"a": node(inline={"no": NO_KEY}), "b": node(inline={"no": NO_KEY}), "c": Held()},
        calls=36,
    ),
    "a fleet that IAM may not be asked about: one line for each code": World(
        Held(),
        Said(
            [
                not_asked("roles 'a', 'b'", "AccessDenied: on: a", GRANT),
                not_asked("role 'c'", "ServiceFailure: c"),
                silent(),
                ok(4, None),
            ],
            {"web": [HEARTBEAT]},
        ),
        BOTH,
        {"roles": ["a", "b", "c", "web"]},
        more=dict.fromkeys("abc", NODE),
        fails={
            (GET_ROLE, said[-1]): AWS_SAID.format("GetRole", said)
            for said in ("AccessDenied: on: a", "AccessDenied: at: b", "ServiceFailure: c")
        },
        calls=9,
    ),
    # What was done by hand to the component's own policy, which Pulumi's state has as it was: only the update tells.
    "deleted": World(NODE, LOST, **gone(calls=11)),
    "deleted, exact name": World(NODE, LOST, inputs=FIXED, **gone(calls=11)),
    "deleted, secret name": World(
        NODE,
        Said([lost(region="[secret]")], Secret([*CHANNEL_ACTIONS])),
        inputs={"policy_name": given(secret, "fixed")},
        **gone(calls=11, preview=Said([ok(5, "[secret]", where="[secret]")], Secret([]))),
    ),
    "deleted, another policy allows all": World(Held(attached={CORE: OWN_BEFORE}), FINE, state="same"),
    "deleted, this update writes it": World(NODE, FINE, state="changed"),
    "detached from one of three": World(
        NODE,
        Said([lost(), ok(5, role="roles 'a', 'b'")], {"web": [*CHANNEL_ACTIONS]}),
        inputs={"roles": ["a", "b", "web"]},
        more=dict.fromkeys("ab", Held(attached={CORE: READY, OF_FLEET: OWN})),
        **gone(preview=Said([ok(5, role="roles 'a', 'b', 'web'")], {}), calls=15),
    ),
    "a channel taken out": World(
        node(inline={GENERATED: policy(allow(CHANNEL_ACTIONS[:3]))}),
        Said([lost(OPEN_DATA)], [OPEN_DATA]),
        **gone(calls=11),
    ),
    "a key taken out": World(
        node(inline={GENERATED: OWN}),
        Said([lost(ON_KEY)], ["kms:Decrypt"]),
        inputs=KEYS,
        **gone(preview=KEY_FINE, calls=16),
    ),
    "one of two keys taken out": World(
        node(inline={GENERATED: policy(*OWN["Statement"], decrypt(KEY))}),
        Said([lost(f"kms:Decrypt on {NEIGHBOUR}")], ["kms:Decrypt"]),
        inputs={"kms_key_arns": [KEY, NEIGHBOUR]},
        **gone(preview=KEY_FINE, calls=21),
    ),
    "a Deny in the own policy": World(node(inline={GENERATED: SPOILT}), SPOILT_OWN, BOTH, state="same", calls=6),
    # The write would mend it: an advisory run, or a hand, has to.
    "a Deny in the own policy, this update writes it": World(
        node(inline={GENERATED: SPOILT}), FINE, BOTH, preview=SPOILT_OWN, state="changed"
    ),
    "a Deny of the heartbeat in the own policy": World(
        node(inline={GENERATED: NO_HEARTBEAT}),
        Said([silenced(f"'{GENERATED}'"), ok(4, None)], [HEARTBEAT]),
        state="same",
        calls=6,
    ),
    "deleted, and an SCP denies all": World(
        NODE, Said([by_scp(f"{ALL_CHANNELS}, {HEARTBEAT}")]), scps=[policy(ALL), PERIMETER], state="same"
    ),
    "the own policy as it was": World(node(inline={GENERATED: OWN}), FINE, state="same"),
    # When IAM shows a write.
    "a write that IAM shows late": World(NODE, FINE, calls=6, late=3),
    "a heartbeat that IAM shows as it was, late": World(
        Held(inline={GENERATED: OWN_BEFORE}), SILENT, (True, False), preview=TAKEN, state="changed", late=2, calls=6
    ),
    "a write that IAM does not show in ten seconds": World(NODE, LOST, preview=FINE, calls=11, late=10),
    # What IAM shows late, or other than before.
    "a Deny that IAM shows five times": World(
        NODE,
        KEY_DENIED,
        (False, True),
        {"role": given(output, "web"), **KEYS},
        earlier=[DENYING] * 10,
        calls=11,
    ),
    "a Deny that IAM shows four times, after another policy": World(
        NODE,
        KEY_FINE,
        inputs=KEYS,
        preview=ASKS_LATER,
        earlier=[DENYING] * 8,
        opts="after another policy",
        calls=11,
    ),
    "a Deny that IAM shows once": World(
        NODE, KEY_FINE, (True, False), KEYS, preview=KEY_DENIED, earlier=[DENYING] * 2, calls=5
    ),
    "no answer is final, also after another policy": World(
        NODE,
        FAILED,
        (False, True),
        preview=ASKS_LATER,
        mandatory=FAILED,
        earlier=[World(NODE, fails=FAILS)],
        opts="after another policy",
    ),
    "another policy that gets the heartbeat in time": World(
        NODE,
        FINE,
        (True, False),
        {"role": given(output, "web"), "policy_name": "ssm"},
        preview=TAKEN,
        earlier=[World(Held(inline={"ssm": READY}))] * 2,
        calls=4,
    ),
    "the simulator shows an Output role late": World(
        NODE,
        FINE,
        inputs={"role": given(output, "web")},
        preview=ASKS_LATER,
        earlier=[World(NODE, fails=NOT_SIMULATED)] * 2,
        calls=4,
    ),
    "the simulator does not know a role": World(
        NODE,
        Said([not_asked("role 'web'", "NoSuchEntity: no role")], None),
        BOTH,
        earlier=[World(NODE, fails=NOT_SIMULATED)] * 2,
    ),
    "a Deny, and the next question fails": World(
        NODE,
        THROTTLED_AFTER,
        BOTH,
        KEYS,
        preview=KEY_DENIED,
        mandatory=THROTTLED_AFTER,
        fails=THROTTLED,
        earlier=[DENYING] * 2,
        calls=None,
    ),
    "the question after the write fails": World(
        NODE, FINE, mandatory=THROTTLED_AFTER, fails=THROTTLED, earlier=[ALLOWING]
    ),
    # What the same run has changed since a mandatory check has asked.
    "an SCP denies all after the write": World(
        NODE,
        FINE,
        mandatory=Said([by_scp(f"{ALL_CHANNELS}, {HEARTBEAT}")]),
        scps=[policy(ALL), PERIMETER],
        earlier=[ALLOWING],
    ),
    "a Deny after the write": World(
        node(inline={"no": policy(deny(OPEN_DATA))}),
        FINE,
        mandatory=Said([denied(OPEN_DATA, "'no'")], [OPEN_DATA]),
        earlier=[ALLOWING],
    ),
    "another policy that gets the heartbeat after the write": World(
        NODE, FINE, preview=SILENT, earlier=[World(Held())] * 2, calls=4
    ),
    "another policy that gets the heartbeat, which IAM shows late": World(
        NODE, SILENT, inputs={"role": given(output, "web")}, mandatory=FINE, earlier=[World(Held())] * 5, calls=6
    ),
    # A transform changes the document.
    "another document": World(
        NODE, Said([lost(ON_KEY)], ["kms:Decrypt"]), inputs=KEYS, preview=KEY_FINE, opts="another document", calls=16
    ),
    "another document, and a Deny": World(DENYING.held, KEY_DENIED, BOTH, KEYS, opts="another document", calls=11),
}
