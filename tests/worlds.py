"""Worlds of a check: roles as IAM has them, a provider's Region and a program; and what a check of them says.

One truth for mocks and engine: `sandbox.evaluation` decides, under mocks in this process, on the engine in the sandbox.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pulumi
from pulumi.runtime.mocks import MockCallArgs

from sandbox import evaluation
from tests.answers import ACCOUNT, GET_PARTITION, GET_REGION, GET_ROLE, HEARTBEAT, SIMULATE, THERE, rule_for
from tests.components import output, secret
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY, allow, decrypt, policy
from tests.mocks import CALLER_IDENTITY, UNKNOWN, Secret, unknown

Document = Mapping[str, Any]
ALLOWED: Final = "- IAM allows "
Failed = Mapping[str, Any] | str | Exception
Failures = Mapping[tuple[str, str], Failed]
"""By function and role, or by function and provider: AWS's error, or another answer, or exception, of users' mocks."""


def deny(*actions: str) -> Mapping[str, Any]:
    """Return a statement that denies actions."""
    return {**allow(actions), "Effect": "Deny"}


def trust(*services: str) -> str:
    """Return a trust policy for these services; an ARN is of another kind of principal."""
    aws = [each for each in services if each.startswith("arn:")]
    names = [each if "." in each else f"{each}.amazonaws.com" for each in services if each not in aws]
    principal = {**({"Service": names} if names else {}), **({"AWS": aws} if aws else {})}
    return json.dumps(policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}))


@dataclass(frozen=True)
class Held:
    """A role as IAM has it."""

    inline: Mapping[str, Document] = field(default_factory=dict[str, Document])
    attached: Mapping[str, Document] = field(default_factory=dict[str, Document])
    boundary: Document | None = None
    services: Sequence[str] = ("ec2",)


@dataclass(frozen=True)
class Said:
    """What a run says: lines, of which one that is no warning begins with `-`, and the denied actions."""

    lines: Sequence[str]
    denied: Any = ()


@dataclass(frozen=True)
class World:
    """What IAM has, what a program declares there, and what an update says.

    A preview says the same, and so does an update with a mandatory check, unless they have their own. `ends` is whether
    a mandatory preview ends, and a mandatory update; what ends it is then said by its error.
    """

    held: Held
    update: Said = Said(())
    ends: tuple[bool, bool] = (False, False)
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    preview: Said | None = None
    mandatory: Said | None = None
    region: str | None = "eu-west-1"
    scps: Sequence[Document] = ()
    more: Mapping[str, Held | None] = field(default_factory=dict[str, "Held | None"])
    fails: Failures = field(default_factory=dict[tuple[str, str], Failed])
    # How often an advisory update asks AWS; `None` if that depends on which question comes first.
    calls: int | None = 2
    # Whether Pulumi's state has the component's policy: "same" as it is declared, so that nothing is written.
    state: Literal["", "changed", "same"] = ""
    # How many simulations pass before IAM shows a write.
    late: int = 0
    # What the first simulations see instead, one world after the other.
    earlier: Sequence["World"] = ()
    # A name in `OPTIONS` of the tests, if the component has some.
    opts: str = ""

    @property
    def roles(self) -> Mapping[str, Held | None]:
        """All roles by their names."""
        return {"web": self.held, **self.more}


def lines_of(said: Said, *, ends: bool) -> list[str]:
    """Return what a run prints. Of one that ends, nothing is allowed: it writes no policy."""
    return sorted(line for line in said.lines if not (ends and line.startswith(ALLOWED)))


class Aws:
    """How AWS answers in a world, where an update writes the component's policy."""

    def __init__(self, world: World) -> None:
        """Begin with what IAM has."""
        self.world, self.late, self.earlier = world, world.late, iter(world.earlier)
        self.managed: dict[str, tuple[str, Document]] = {}
        # What was written, by role: inline policies and managed ones, by their names.
        self.inline: dict[str, dict[str, Document]] = {}
        self.attached: dict[str, dict[str, Document]] = {}

    def declare(self, type_: str, outputs: Mapping[str, Any], *, preview: bool) -> bool:
        """Take note of a resource; return whether Pulumi's state has it."""
        outputs = {key: each["value"] if isinstance(each, Mapping) else each for key, each in outputs.items()}
        if not preview and self.world.state != "same" and outputs.get("policy") != "{}":
            if type_ == "aws:iam/rolePolicy:RolePolicy" and "policy" in outputs:
                written = self.inline.setdefault(outputs["role"], {})
                written[outputs["name"]] = json.loads(outputs["policy"])
            elif type_ == "aws:iam/policy:Policy":
                self.managed[outputs["arn"]] = outputs["name"], json.loads(outputs["policy"])
            elif type_ == "aws:iam/rolePolicyAttachment:RolePolicyAttachment":
                name, document = self.managed[outputs["policyArn"]]
                self.attached.setdefault(outputs["role"], {})[name] = document
        return self.world.state != ""

    def __call__(self, call: MockCallArgs) -> Mapping[str, Any] | str:
        """Return an answer, or AWS's error."""
        world = next(self.earlier, self.world) if call.token == SIMULATE else self.world
        name = call.args.get("name") or str(call.args.get("policySourceArn")).rpartition("/")[2]
        provider = call.provider.split("::")[-2] if call.provider else ""
        for failing in ((call.token, name), (call.token, provider)):
            if failing in world.fails:
                return _fail(world.fails[failing])
        if call.token == GET_ROLE:
            return _role(name, world.roles.get(name))
        if call.token == SIMULATE:
            return {"results": list(self._results(world, name, call.args))}
        return {
            GET_REGION: {"region": world.region} if world.region else {},
            GET_PARTITION: {"partition": "aws"},
            CALLER_IDENTITY: {"accountId": ACCOUNT},
        }[call.token]

    def _results(self, world: World, name: str, asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield a row for each action, as the AWS provider does: it drops what is said of single resources."""
        who = self._simulated(world, name, asked)
        context = {each["key"]: each["values"] for each in asked.get("contexts", [])}
        for action in asked["actionNames"][::-1]:
            found = evaluation.evaluate(who, action, asked.get("resourceArns") or ["*"], context)
            matched = found["MatchedStatements"]
            yield {
                "actionName": found["EvalActionName"],
                "resourceArn": found["EvalResourceName"],
                "allowed": found["EvalDecision"] == "allowed",
                "decision": found["EvalDecision"],
                "matchedStatements": [{"sourcePolicyId": each["SourcePolicyId"]} for each in matched],
                "missingContextKeys": found["MissingContextValues"],
            }

    def _simulated(self, world: World, name: str, asked: Mapping[str, Any]) -> evaluation.Simulated:
        held = world.roles[name]
        assert held
        inline, attached = self.inline.get(name, {}), self.attached.get(name, {})
        if (inline or attached) and self.late:
            self.late, inline, attached = self.late - 1, {}, {}
        added, instead = (
            [json.loads(each) for each in asked.get(key, [])]
            for key in ("additionalPoliciesJsons", "permissionsBoundaryPoliciesJsons")
        )
        own = evaluation.of_role(name, {**held.inline, **inline}, {**held.attached, **attached})
        limit = [evaluation.Policy("limit", held.boundary, evaluation.BOUNDARY)] if held.boundary else []
        return evaluation.Simulated(
            ACCOUNT,
            [*own, *evaluation.of_request(added)],
            evaluation.of_request(instead, boundary=True) or limit,
            [evaluation.Policy(f"scp-{number}", each) for number, each in enumerate(world.scps)],
        )


def _fail(answer: Failed) -> Mapping[str, Any] | str:
    if isinstance(answer, Exception):
        raise answer
    return answer


def _role(name: str, held: Held | None) -> Mapping[str, Any] | str:
    if held is None:
        return f"reading IAM Role ({name}): couldn't find resource"
    limit = {"permissionsBoundary": LIMIT} if held.boundary else {}
    return {"arn": f"arn:aws:iam::{ACCOUNT}:role/team/{name}", "assumeRolePolicy": trust(*held.services), **limit}


LIMIT: Final = f"arn:aws:iam::{ACCOUNT}:policy/limit"
CORE: Final = "AmazonSSMManagedInstanceCore"
READY: Final = policy(allow([HEARTBEAT]))
OWN: Final = policy(allow([*CHANNEL_ACTIONS]))
OWN_BEFORE: Final = policy(allow([*CHANNEL_ACTIONS, HEARTBEAT]))
ALL: Final = allow(["*"])
DENY: Final = deny("*")
NO_KEY: Final = policy({**decrypt(KEY), "Effect": "Deny"})
NO_CHANNELS: Final = [policy(allow(["ssm:*", "kms:*"]))]
NODE: Final = Held(attached={CORE: READY})
GENERATED: Final = "app-session-manager-1234567"
OF_FLEET: Final = "fleet-session-manager-1234567"
OPEN_DATA: Final = "ssmmessages:OpenDataChannel"
NEIGHBOUR: Final = KEY.replace("1234abcd-", "4321dcba-")
KEY_THERE: Final = KEY.replace(ACCOUNT, "999999999999")
GROUP_THERE: Final = LOG_GROUP.replace(ACCOUNT, "999999999999")
ON_KEY: Final = f"kms:Decrypt on {KEY}"
SPOILT: Final = policy(*OWN["Statement"], deny(OPEN_DATA))
NO_HEARTBEAT: Final = policy(*OWN["Statement"], deny(HEARTBEAT))
ALL_CHANNELS: Final = ", ".join(CHANNEL_ACTIONS)


def when(statement: Document, operator: str, key: str, *values: str) -> Document:
    """Return a statement with a condition."""
    return {**statement, "Condition": {operator: {key: [*values]}}}


def node(**more: Any) -> Held:
    """Return a role of nodes with another policy that grants the heartbeat."""
    return Held(**{"attached": {CORE: READY}, **more})


LOCKED: Final = policy(when(ALL, "StringEquals", "aws:RequestedRegion", "eu-west-1"))
ONE_REGION: Final = [policy(ALL), policy(when(DENY, "StringNotEquals", "aws:RequestedRegion", "eu-west-1"))]
PERIMETER: Final = policy(when(DENY, "StringNotEquals", "aws:SourceVpc", "vpc-1"))
FILES: Final = policy(
    when(allow(["elasticfilesystem:CreateFileSystem"]), "StringLike", "aws:RequestTag/team", "web*"),
    allow(["s3:GetObject"], "arn:aws:s3:::home/${aws:username}/*"),
)
OF_FILES: Final = "aws:RequestTag/team, aws:username"


def ok(count: int, by: str | None = f"'{CORE}'", *, role: str = "role 'web'", where: str = "eu-west-1") -> str:
    """Return what is said if all is allowed."""
    grantors = f" (the heartbeat by {by}, which must stay)" if by else ""
    return f"{ALLOWED}{role} all {count} actions in {where}{grantors}."


def all_asked(line: str) -> str:
    """Return what is said if IAM was not asked about all resources."""
    return line.replace(" actions in", " actions that it was asked about in")


def not_told(keys: str) -> str:
    """Return what is said of keys that IAM was not told, if nothing is denied beside them."""
    return (
        f"- IAM was not told {keys}, which conditions in policies of role 'web' are about: a real request may be "
        "decided otherwise."
    )


def _otherwise(keys: str) -> str:
    return f" IAM was not told {keys}: a real request may be decided otherwise." if keys else ""


def denied(calls: str, by: str, *, keys: str = "", roles: str = "role 'web'", region: str = "eu-west-1") -> str:
    """Return what is said of what policies deny."""
    return (
        f"{roles} may not call {calls} in {region}: it is denied in {by}. Make an exception there. If this update "
        f"deletes that policy, Pulumi does so after this check.{_otherwise(keys)}"
    )


def bounded(calls: str, region: str = "eu-west-1") -> str:
    """Return what is said of what the boundary does not allow."""
    return (
        f"role 'web' may not call {calls} in {region}: the permissions boundary {LIMIT} does not allow it. Allow it "
        "there, and look for a Deny there."
    )


def by_scp(calls: str = ALL_CHANNELS, region: str = "eu-west-1", boundary: str = "") -> str:
    """Return what is said of what only an SCP can deny."""
    return (
        f"IAM's simulator denies role 'web' {calls} in {region}, but no policy of the role explains it, so an "
        f"SCP{boundary} may be the cause. The simulator does not know most keys of a real request: start a session "
        "before you change an SCP."
    )


def silent(roles: str = "role 'web'", region: str = "eu-west-1", keys: str = "") -> str:
    """Return what is said if nobody allows the heartbeat."""
    return (
        f"{roles} may not call {HEARTBEAT}, the heartbeat, in {region}: no policy of the role allows it. Nodes with "
        "this role do not register with Systems Manager (TargetNotConnected). Set "
        "allow_update_instance_information, or ignore this if Default Host Management is on."
        f"{_otherwise(keys)}"
    )


def silenced(why: str, keys: str = "", region: str = "eu-west-1") -> str:
    """Return what is said if somebody denies the heartbeat."""
    change = "Allow it there, and look for a Deny there" if "boundary" in why else "Make an exception there"
    return (
        f"role 'web' may not call {HEARTBEAT}, the heartbeat, in {region}: {why}. Nodes with this role do not "
        f"register with Systems Manager (TargetNotConnected). {change}, or ignore this if Default Host "
        f"Management is on.{_otherwise(keys)}"
    )


TAKEN_AWAY: Final = (
    f"This update, or the next with `--refresh`, takes {HEARTBEAT}, the heartbeat, away from role 'web': only this "
    "component's policy allows it. Nodes with this role lose their connection to Systems Manager (ConnectionLost). "
    "Leave allow_update_instance_information on, or ignore this if Default Host Management is on."
)
OTHER_ACCOUNTS: Final = (
    "- IAM cannot be asked about another account: the key policy of {} and the bucket policy of {} must allow role "
    "'web' as well."
)
UNREACHABLE: Final = (
    f"role 'web' cannot write to the log group {GROUP_THERE} of another account: the agent sends only the group's "
    "name, so its logs go to the group of that name in the role's own account."
)
NOT_YET: Final = (
    "- IAM was not asked about {} in this preview, because the role, or something else that the answer depends on, "
    "does not exist yet. `pulumi up` asks."
)
NOT_CONFIRMED: Final = (
    "IAM could not be asked whether this component's policy is on role 'web' (Throttling). Run the command again."
)
NOT_WRITTEN: Final = (
    "This run does not write this component's policy to role 'web' as the program declares it, so IAM cannot be asked "
    "about it: --target or --exclude leaves the policy out, a transform changes it, or its write has failed."
)
AWS_SAID: Final = "operation error IAM: {}, https response error StatusCode: 400, RequestID: 1, api error {}"
GRANT: Final = "Allow the deploying identity iam:GetRole and iam:SimulatePrincipalPolicy"


def not_asked(role: str, said: str, remedy: str = "Run the command again") -> str:
    """Return what is said if IAM could not be asked."""
    return f"IAM could not be asked about {role} ({said}). {remedy}."


def not_shown(calls: str = ALL_CHANNELS) -> str:
    """Return what is said if the component's policy is not there as it should be."""
    return (
        f"IAM does not show {calls} in this component's policy on role 'web'. If this run writes the policy, IAM shows "
        "it later; otherwise, the policy was changed outside of Pulumi: run `pulumi up --refresh`."
    )


def only_others(policies: str, calls: str = ALL_CHANNELS) -> str:
    """Return what is said if IAM names other policies instead of the component's."""
    return (
        f"- role 'web' may call {calls} by {policies}, and IAM does not name this component's policy for it: "
        "before you remove any of these policies, run `pulumi up --refresh`."
    )


def own_deny(calls: str = OPEN_DATA) -> str:
    """Return what is said if the component's own policy denies something."""
    return (
        f"role 'web' may not call {calls} in eu-west-1: this component's own policy, as IAM shows it, denies it. "
        "Unless this run writes the policy, the policy was changed outside of Pulumi: run `pulumi up --refresh`."
    )


def gone(**more: Any) -> Any:
    """Return what preview and update say if the own policy is not there."""
    return {"preview": Said([not_shown()]), "state": "same", "calls": 11, **more}


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
KEY_FINE: Final = Said([ok(6, where="eu-west-1, keys in their Regions")])
KEY_DENIED: Final = Said([denied(ON_KEY, "'no'")], ["kms:Decrypt"])
LOST: Final = Said([not_shown()], [*CHANNEL_ACTIONS])
OWN_DENY: Final = Said([own_deny()], [OPEN_DATA])
# The update may write the policy.
OWN_DENY_SHOWN: Final = Said([own_deny()])
AS_ANOTHERS: Final = Said([denied(OPEN_DATA, f"'{GENERATED}'")], [OPEN_DATA])
ASKS_LATER: Final = Said([NOT_YET.format("role 'web'")], UNKNOWN)
OTHER_DOCUMENT: Final = Said([NOT_WRITTEN], None)
OF_A_FLEET: Final = "SessionManagerManagedPolicy 'fleet':"
NO_ROLE: Final = rule_for("no such role")
DELETED: Final = (
    f"{NO_ROLE.rpartition(', pass ')[0]}, it was deleted outside of Pulumi, or IAM shows it late: run `pulumi up "
    "--refresh`"
)
LOST_VALUE: Final = "a value that the question needs is missing, because a resource has failed or does not exist"
MOCKS: Final = "has not answered; in a unit test, let the mocks' call method return"
RESULT: Final[Mapping[str, str]] = {"actionName": CHANNEL_ACTIONS[0], "decision": "allowed"}

ALLOWING: Final = World(NODE)
DENYING: Final = World(node(inline={"no": NO_KEY}))
NOT_SIMULATED: Final = {(SIMULATE, "web"): AWS_SAID.format("Simulate", "NoSuchEntity: no role")}
FAILS: Final = {(SIMULATE, "web"): AWS_SAID.format("Simulate", "ServiceFailure: of web")}
FAILED: Final = Said([not_asked("role 'web'", "ServiceFailure: of web")], None)
THROTTLED_AFTER: Final = Said([not_asked("role 'web'", "Throttling")], None)
THROTTLED: Final = {(SIMULATE, "web"): AWS_SAID.format("Simulate", "Throttling: slow")}

WORLDS: Final[Mapping[str, World]] = {
    # What a role has beside the document.
    "the heartbeat by another policy": World(NODE, FINE),
    "the heartbeat granted": World(Held(), Said([ok(5, None)]), inputs=ON),
    "nobody allows the heartbeat (Default Host Management)": World(Held(), SILENT, calls=3),
    # Regions.
    "a boundary of one Region, there": World(node(boundary=LOCKED), FINE),
    "a boundary of one Region, elsewhere": World(
        node(boundary=LOCKED),
        Said(
            [
                bounded(ALL_CHANNELS, "us-east-1"),
                silenced(f"the permissions boundary {LIMIT} does not allow it", region="us-east-1"),
            ],
            [*CHANNEL_ACTIONS, HEARTBEAT],
        ),
        BOTH,
        region="us-east-1",
        calls=3,
    ),
    "an SCP of one Region, elsewhere": World(
        NODE, Said([by_scp(f"{ALL_CHANNELS}, {HEARTBEAT}", "us-east-1")]), region="us-east-1", scps=ONE_REGION, calls=3
    ),
    "keys in two Regions, a boundary of one": World(
        node(boundary=LOCKED),
        Said([bounded(f"kms:Decrypt on {OTHER_KEY}", "us-east-2")], ["kms:Decrypt"]),
        BOTH,
        {"kms_key_arns": [KEY, OTHER_KEY]},
        calls=5,
    ),
    "a key, a log group and a bucket": World(
        NODE,
        Said([ok(12, where="eu-west-1, keys and log groups in their Regions, buckets as if in eu-west-1")]),
        inputs={**KEYS, "cloudwatch_log_group_arns": [LOG_GROUP], "s3_log_bucket_arn": BUCKET},
        calls=6,
    ),
    # Keys that IAM is not told.
    "keys that IAM is not told, of an unrelated statement": World(
        node(inline={"files": FILES}), Said([ok(5), not_told(OF_FILES)])
    ),
    "keys that IAM is not told, and a Deny": World(
        node(inline={"files": FILES, "no": NO_KEY}),
        Said([denied(ON_KEY, "'no'", keys=OF_FILES)], ["kms:Decrypt"]),
        BOTH,
        KEYS,
        calls=3,
    ),
    "keys that IAM is not told, and no heartbeat": World(
        Held(inline={"files": FILES}), Said([silent(keys=OF_FILES), ok(4, None)], [HEARTBEAT]), calls=3
    ),
    "a data perimeter": World(
        node(inline={"perimeter": PERIMETER}),
        Said(
            [
                denied(ALL_CHANNELS, "'perimeter'", keys="aws:SourceVpc"),
                silenced("it is denied in 'perimeter'", "aws:SourceVpc"),
            ],
            [*CHANNEL_ACTIONS, HEARTBEAT],
        ),
        BOTH,
    ),
    # Who uses the role.
    "a role of CodeBuild": World(Held(services=("codebuild",)), Said([ok(4, None)])),
    "a role of ECS, the heartbeat granted": World(Held(services=("ecs-tasks",)), Said([ok(5, None)]), inputs=ON),
    # Whose policy allows the heartbeat.
    "a managed policy of the component's own name": World(
        Held(attached={"fixed": READY}), Said([ok(5, "'fixed'")]), inputs=FIXED
    ),
    "the heartbeat switched off": World(
        Held(inline={GENERATED: OWN_BEFORE}), SILENT, (True, False), preview=TAKEN, state="changed", calls=3
    ),
    "the heartbeat switched off, exact name": World(
        Held(inline={"fixed": OWN_BEFORE}),
        SILENT,
        BOTH,
        FIXED,
        preview=TAKEN,
        mandatory=TAKEN,
        state="changed",
        calls=3,
    ),
    "the heartbeat switched off, of a role of another role": World(
        Held(inline={GENERATED: OWN_BEFORE}, services=(f"arn:aws:iam::{ACCOUNT}:root",)),
        Said([ok(4, None)]),
        (True, False),
        preview=TAKEN,
        state="changed",
    ),
    "the heartbeat switched off, another policy has it": World(
        node(inline={GENERATED: OWN_BEFORE}), FINE, state="changed"
    ),
    "the heartbeat switched off, the boundary is attached as well": World(
        Held(inline={GENERATED: OWN_BEFORE}, attached={"limit": policy(ALL)}, boundary=policy(ALL)),
        Said([ok(5, "'limit'")]),
        state="changed",
        calls=None,
    ),
    "the update gives the policy that has the heartbeat another name": World(
        Held(inline={"app-session-manager-e635e01": OWN_BEFORE}), Said([ok(5, "'app-session-manager-e635e01'")])
    ),
    "the heartbeat switched off, alone in the own policy": World(
        Held(inline={GENERATED: READY}),
        SILENT,
        (True, False),
        preview=Said([TAKEN_AWAY, not_shown()], [HEARTBEAT]),
        state="changed",
        calls=3,
    ),
    # Who denies.
    "a boundary that denies": World(
        node(boundary=policy(ALL, deny(OPEN_DATA))), Said([bounded(OPEN_DATA)], [OPEN_DATA]), BOTH
    ),
    "a boundary that allows one of two keys": World(
        node(boundary=policy(allow([*CHANNEL_ACTIONS, HEARTBEAT]), decrypt(KEY))),
        Said([bounded(f"kms:Decrypt on {NEIGHBOUR}")], ["kms:Decrypt"]),
        BOTH,
        {"kms_key_arns": [KEY, NEIGHBOUR]},
        calls=6,
    ),
    "an SCP of one Region, a key elsewhere, and no heartbeat": World(
        Held(),
        Said([by_scp(f"kms:Decrypt on {OTHER_KEY}", "us-east-2"), silent()], [HEARTBEAT]),
        inputs={"kms_key_arns": [OTHER_KEY]},
        scps=ONE_REGION,
        calls=4,
    ),
    "an SCP without the heartbeat": World(
        NODE, Said([by_scp(HEARTBEAT), ok(4, None)]), scps=[policy(allow(["ssmmessages:*"]))], calls=3
    ),
    "an SCP without the channels": World(NODE, Said([by_scp()]), scps=NO_CHANNELS),
    "an SCP without the channels, and a boundary": World(
        node(boundary=policy(ALL)),
        Said([by_scp(boundary=", or perhaps the permissions boundary,")]),
        scps=NO_CHANNELS,
        calls=3,
    ),
    "a Deny of the heartbeat": World(
        node(inline={"no": policy(deny(HEARTBEAT))}), Said([silenced("it is denied in 'no'"), ok(4, None)], [HEARTBEAT])
    ),
    # Other accounts.
    "a key, a log group and a bucket of another account": World(
        NODE,
        Said(
            [
                all_asked(ok(9, where="eu-west-1, buckets as if in eu-west-1")),
                OTHER_ACCOUNTS.format(KEY_THERE, BUCKET),
                UNREACHABLE,
            ]
        ),
        inputs=IN_OTHER_ACCOUNTS,
        calls=4,
    ),
    # Secrets.
    "a secret role": World(
        DENYING.held,
        Said(
            [denied("kms:Decrypt on [secret]", "[secret]", roles="role [secret]", region="its Region")],
            Secret(["kms:Decrypt"]),
        ),
        (False, True),
        {"role": given(secret, "web"), **KEYS},
        calls=3,
    ),
    "secret keys, of two accounts": World(
        DENYING.held,
        Said(
            [
                denied("kms:Decrypt on [secret]", "[secret]", region="its Region"),
                OTHER_ACCOUNTS.format("[secret]", "[secret]"),
                UNREACHABLE.replace(GROUP_THERE, "[secret]"),
            ],
            Secret(["kms:Decrypt"]),
        ),
        BOTH,
        {**IN_OTHER_ACCOUNTS, "kms_key_arns": given(secret, [KEY, KEY_THERE])},
        calls=None,
    ),
    "a secret name": World(NODE, Said([ok(5, "[secret]")], Secret([])), inputs={"policy_name": given(secret, "fixed")}),
    "a secret role, a boundary": World(
        node(boundary=policy(allow([*CHANNEL_ACTIONS[:3], HEARTBEAT]))),
        Said([bounded(OPEN_DATA).replace("'web'", "[secret]").replace(f" {LIMIT}", "")], Secret([OPEN_DATA])),
        (False, True),
        {"role": given(secret, "web")},
        calls=3,
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
        calls=1,
    ),
    "a name that is not known yet": World(
        Held(inline={"ssm": READY}), Said([ok(5, "'ssm'")]), inputs={"policy_name": later("fixed")}
    ),
    "a name that is not known yet, deleted": World(
        Held(inline={"ssm": READY}),
        LOST,
        inputs={"policy_name": later("fixed")},
        **gone(preview=Said([ok(5, "'ssm'")])),
    ),
    # What does not answer.
    "a provider without a Region yet": World(
        NODE,
        Said([not_asked("role 'web'", f"{GET_REGION} {MOCKS} region")], None),
        (False, True),
        preview=ASKS_LATER,
        region=None,
        calls=1,
    ),
    "IAM has failed on a role": World(NODE, FAILED, BOTH, {"role": given(output, "web")}, fails=FAILS),
    **{
        f"mocks that raise about {token}": failing(token, KeyError("no"), f"invoke of {token} failed: KeyError('no')")
        for token in (GET_ROLE, GET_REGION, SIMULATE)
    },
    "mocks without a role": failing(GET_ROLE, {}, f"{GET_ROLE} {MOCKS} arn", ends=(False, True), preview=ASKS_LATER),
    "mocks with another ARN": failing(GET_ROLE, {"arn": "web-arn"}, f"{GET_ROLE} {MOCKS} the arn of a role"),
    # In a preview, the AWS provider may answer without a field.
    "mocks without results": failing(
        SIMULATE,
        {},
        f"{SIMULATE} {MOCKS} results",
        preview=Said([not_asked("role 'web'", f"IAM's simulator has not answered about {CHANNEL_ACTIONS[0]}")], None),
    ),
    "mocks with a number": failing(SIMULATE, {"results": 5}, "TypeError: 'float' object is not iterable"),
    **{
        f"mocks without {part}": failing(
            SIMULATE,
            {"results": [{name: value for name, value in RESULT.items() if name != part}]},
            f"{SIMULATE} {MOCKS} results, each with {part}",
        )
        for part in RESULT
    },
    "mocks with one action": failing(
        SIMULATE, {"results": [RESULT]}, f"IAM's simulator has not answered about {CHANNEL_ACTIONS[1]}"
    ),
    # Fleets.
    "a fleet: one line for each cause": World(
        NODE,
        Said(
            [
                denied(ON_KEY, "'no'", roles="roles 'a', 'b'"),
                silent("role 'c'"),
                ok(6, where="eu-west-1, keys in their Regions"),
                ok(5, None, role="role 'c'", where="eu-west-1, keys in their Regions"),
            ],
            {"a": ["kms:Decrypt"], "b": ["kms:Decrypt"], "c": [HEARTBEAT]},
        ),
        BOTH,
        {"roles": ["a", "b", "web", "c"], **KEYS},
        more={"a": node(inline={"no": NO_KEY}), "b": node(inline={"no": NO_KEY}), "c": Held()},
        calls=13,
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
        calls=6,
    ),
    "a throttled fleet: four questions at a time": World(
        NODE,
        Said([not_asked(f"roles {', '.join(map(repr, 'abcdefgh'))}", "RequestLimitExceeded")], None),
        BOTH,
        {"roles": [*"abcdefgh"]},
        more=dict.fromkeys("abcdefgh", NODE),
        fails={(GET_ROLE, role): AWS_SAID.format("GetRole", "RequestLimitExceeded: slow") for role in "abcdefgh"},
        calls=4,
    ),
    # What was done by hand to the component's own policy, which Pulumi's state has as it was.
    "deleted": World(NODE, LOST, **gone()),
    "deleted, exact name": World(NODE, LOST, inputs=FIXED, **gone()),
    "deleted, secret name": World(
        NODE,
        Said([not_shown()], Secret([*CHANNEL_ACTIONS])),
        inputs={"policy_name": given(secret, "fixed")},
        **gone(preview=Said([not_shown()], Secret([]))),
    ),
    "deleted, another policy allows all": World(
        Held(attached={CORE: OWN_BEFORE}), Said([ok(5), only_others(f"'{CORE}'")]), state="same", calls=3
    ),
    "deleted, this update writes it": World(NODE, FINE, preview=Said([not_shown()]), state="changed"),
    "detached from one of three": World(
        NODE,
        Said([not_shown(), ok(5, role="roles 'a', 'b'")], {"web": [*CHANNEL_ACTIONS]}),
        inputs={"roles": ["a", "b", "web"]},
        more=dict.fromkeys("ab", Held(attached={CORE: READY, OF_FLEET: OWN})),
        **gone(preview=Said([not_shown(), ok(5, role="roles 'a', 'b'")], {}), calls=15),
    ),
    "a channel taken out": World(
        node(inline={GENERATED: policy(allow(CHANNEL_ACTIONS[:3]))}),
        Said([not_shown(OPEN_DATA)], [OPEN_DATA]),
        **gone(preview=Said([not_shown(OPEN_DATA)])),
    ),
    "a key taken out": World(
        node(inline={GENERATED: OWN}),
        Said([not_shown(ON_KEY)], ["kms:Decrypt"]),
        inputs=KEYS,
        **gone(preview=KEY_FINE, calls=16),
    ),
    "one of two keys taken out": World(
        node(inline={GENERATED: policy(*OWN["Statement"], decrypt(KEY))}),
        Said([not_shown(f"kms:Decrypt on {NEIGHBOUR}")], ["kms:Decrypt"]),
        inputs={"kms_key_arns": [KEY, NEIGHBOUR]},
        **gone(preview=KEY_FINE, calls=26),
    ),
    "a Deny in the own policy": World(
        node(inline={GENERATED: SPOILT}),
        OWN_DENY,
        (False, True),
        mandatory=AS_ANOTHERS,
        preview=OWN_DENY_SHOWN,
        state="same",
        calls=6,
    ),
    "a Deny in the own policy, exact name": World(
        node(inline={"fixed": SPOILT}), OWN_DENY, inputs=FIXED, preview=OWN_DENY_SHOWN, state="same", calls=6
    ),
    "a Deny in the own policy, and keys that IAM is not told": World(
        node(inline={"fixed": SPOILT, "files": FILES}),
        Said([own_deny(), not_told(OF_FILES)], [OPEN_DATA]),
        inputs=FIXED,
        preview=Said([own_deny(), not_told(OF_FILES)]),
        state="same",
        calls=6,
    ),
    "a Deny in the own policy, and a key taken out": World(
        node(inline={"fixed": SPOILT}),
        Said([own_deny(), not_shown(ON_KEY)], [OPEN_DATA, "kms:Decrypt"]),
        inputs={**FIXED, **KEYS},
        preview=OWN_DENY_SHOWN,
        state="same",
        calls=16,
    ),
    "a Deny in the own policy, this update writes it": World(
        node(inline={"fixed": SPOILT}), FINE, inputs=FIXED, preview=OWN_DENY_SHOWN, state="changed"
    ),
    "a Deny of the heartbeat in the own policy": World(
        node(inline={GENERATED: NO_HEARTBEAT}),
        Said([own_deny(HEARTBEAT), ok(4, None)], [HEARTBEAT]),
        preview=Said([own_deny(HEARTBEAT), ok(4, None)]),
        state="same",
        calls=6,
    ),
    "deleted, and an SCP denies all channels": World(NODE, Said([by_scp()]), scps=NO_CHANNELS, state="same"),
    "the own policy as it was": World(node(inline={GENERATED: OWN}), FINE, state="same"),
    "the own policy as it was, the boundary names itself": World(
        node(inline={GENERATED: OWN}, boundary=policy(ALL)), FINE, state="same", calls=None
    ),
    "deleted, the boundary is attached as well": World(
        Held(attached={"limit": policy(ALL)}, boundary=policy(ALL)),
        Said([ok(5, "'limit'"), only_others("'limit'")]),
        state="same",
        calls=4,
    ),
    # When IAM shows a write.
    "a write that IAM shows late": World(NODE, FINE, calls=5, late=3),
    "a write that IAM does not show in ten seconds": World(NODE, LOST, preview=FINE, calls=11, late=10),
    # What IAM shows late, or other than before.
    "the own policy is shown late": World(
        node(inline={GENERATED: OWN}), FINE, preview=Said([not_shown()]), state="same", earlier=[ALLOWING] * 3, calls=5
    ),
    "a Deny that IAM shows five times": World(
        NODE, KEY_DENIED, (False, True), {"role": given(output, "web"), **KEYS}, earlier=[DENYING] * 10, calls=3
    ),
    "a Deny that IAM shows four times, after another policy": World(
        NODE,
        KEY_DENIED,
        inputs=KEYS,
        preview=ASKS_LATER,
        mandatory=KEY_FINE,
        earlier=[DENYING] * 8,
        opts="after another policy",
        calls=3,
    ),
    "a Deny that is final, as the role is there": World(NODE, KEY_DENIED, BOTH, KEYS, earlier=[DENYING] * 2, calls=3),
    "no answer is final, also after another policy": World(
        NODE, FAILED, (False, True), preview=ASKS_LATER, earlier=[World(NODE, fails=FAILS)], opts="after another policy"
    ),
    "another policy that gets the heartbeat in time": World(
        NODE,
        SILENT,
        (True, False),
        {"role": given(output, "web"), "policy_name": "ssm"},
        preview=TAKEN,
        mandatory=FINE,
        earlier=[World(Held(inline={"ssm": READY}))] * 2,
        calls=3,
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
        Said([denied(ON_KEY, "'no'"), NOT_CONFIRMED], ["kms:Decrypt"]),
        BOTH,
        KEYS,
        mandatory=KEY_DENIED,
        state="same",
        fails=THROTTLED,
        earlier=[DENYING] * 2,
        calls=4,
    ),
    "the question about the own policy fails": World(
        NODE,
        Said([NOT_CONFIRMED], None),
        mandatory=THROTTLED_AFTER,
        state="same",
        fails=THROTTLED,
        earlier=[ALLOWING],
        calls=3,
    ),
    "the question after the write fails": World(
        NODE, FINE, mandatory=THROTTLED_AFTER, fails=THROTTLED, earlier=[ALLOWING]
    ),
    # What the same run has changed since a mandatory check has asked.
    "an SCP denies all channels after the write": World(
        NODE, FINE, mandatory=Said([by_scp()]), scps=NO_CHANNELS, earlier=[ALLOWING]
    ),
    "a Deny after the write": World(
        node(inline={"no": policy(deny(OPEN_DATA))}),
        FINE,
        mandatory=Said([denied(OPEN_DATA, "'no'")], [OPEN_DATA]),
        earlier=[ALLOWING],
    ),
    "another policy that gets the heartbeat after the write": World(
        NODE, SILENT, mandatory=FINE, earlier=[World(Held())] * 2, calls=3
    ),
    "the own policy mended by the write, and no answer after it": World(
        node(inline={"fixed": SPOILT}),
        FINE,
        inputs=FIXED,
        preview=OWN_DENY_SHOWN,
        mandatory=THROTTLED_AFTER,
        state="changed",
        fails=THROTTLED,
        earlier=[World(node(inline={"fixed": SPOILT}))],
    ),
    # A transform changes the document.
    "another document": World(NODE, OTHER_DOCUMENT, inputs=KEYS, opts="another document", calls=3),
    "another document, and the heartbeat in the own policy": World(
        Held(inline={GENERATED: READY}), OTHER_DOCUMENT, inputs=KEYS, state="same", opts="another document", calls=3
    ),
    "another document, and a Deny": World(
        DENYING.held,
        Said([denied(ON_KEY, "'no'"), NOT_WRITTEN], None),
        BOTH,
        KEYS,
        mandatory=KEY_DENIED,
        opts="another document",
        calls=3,
    ),
    "another document, and a Deny in a fleet's own policy": World(
        node(attached={CORE: READY, OF_FLEET: policy(*OWN["Statement"], deny(OPEN_DATA, HEARTBEAT))}),
        OTHER_DOCUMENT,
        (False, True),
        {"roles": ["web"], **KEYS},
        mandatory=Said([denied(OPEN_DATA, f"'{OF_FLEET}'"), silenced(f"it is denied in '{OF_FLEET}'")]),
        state="same",
        opts="another document",
        calls=3,
    ),
    "the same document in other words": World(NODE, FINE, opts="the same document"),
}
