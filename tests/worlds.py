"""Worlds of a check: roles as IAM has them, a provider's Region and a program; and what a check of them says.

One truth for mocks and engine: `sandbox.evaluation` decides, under mocks in this process, on the engine in the sandbox.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pulumi
from pulumi.runtime.mocks import MockCallArgs

from sandbox.evaluation import BOUNDARY, NotEvaluatedError, Policy, Simulated, evaluate
from tests.answers import ACCOUNT, GET_PARTITION, GET_REGION, GET_ROLE, HEARTBEAT, SIMULATE
from tests.documents import CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY, allow, decrypt, policy
from tests.mocks import CALLER_IDENTITY, UNKNOWN, Secret

Document = Mapping[str, Any]
Failures = Mapping[tuple[str, str], str]
"""AWS's error by function and role, or by function and provider."""


def trust(*services: str) -> str:
    """Return a trust policy for these services."""
    names = [f"{each}.amazonaws.com" if "." not in each else each for each in services]
    statement = {"Effect": "Allow", "Principal": {"Service": names}, "Action": "sts:AssumeRole"}
    return json.dumps(policy(statement))


@dataclass(frozen=True)
class Held:
    """A role as IAM has it."""

    inline: Mapping[str, Document] = field(default_factory=dict[str, Document])
    attached: Mapping[str, Document] = field(default_factory=dict[str, Document])
    boundary: Document | None = None
    services: Sequence[str] = ("ec2",)


@dataclass(frozen=True)
class World:
    """What IAM has, what a program declares there, and what must follow; a line that is no warning begins with `-`.

    `ends` is whether a mandatory preview ends, and a mandatory update. `calls` is how often AWS is asked, of an
    advisory update; one of these calls is made after the write.
    """

    held: Held
    lines: Sequence[str]
    denied: object = ()
    ends: tuple[bool, bool] = (False, False)
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    region: str | None = "eu-west-1"
    scps: Sequence[Document] = ()
    more: Mapping[str, Held | None] = field(default_factory=dict[str, "Held | None"])
    fails: Failures = field(default_factory=dict[tuple[str, str], str])
    calls: int | None = 3
    # A name in `programs` of the tests, if more than one component is declared.
    program: str = ""
    # Whether Pulumi's state has the component's policy: "same" as it is declared, so that nothing is written.
    state: Literal["", "changed", "same"] = ""
    # How many simulations pass before IAM shows a write.
    late: int = 0

    @property
    def roles(self) -> Mapping[str, Held | None]:
        """All roles by their names."""
        return {"web": self.held, **self.more}


class Aws:
    """How AWS answers in a world, where an update writes the component's policy."""

    def __init__(self, world: World) -> None:
        """Begin with what IAM has."""
        self.world, self.late = world, world.late
        self.managed: dict[str, tuple[str, Document]] = {}
        # What was written: documents by their ids, by role.
        self.written: dict[str, dict[str, Document]] = {}

    def declare(self, type_: str, outputs: Mapping[str, Any], *, preview: bool) -> bool:
        """Take note of a resource; return whether Pulumi's state has it."""
        outputs = {key: each["value"] if isinstance(each, Mapping) else each for key, each in outputs.items()}
        if not preview and self.world.state != "same" and outputs.get("policy") != "{}":
            if type_ == "aws:iam/rolePolicy:RolePolicy":
                policy_id = f"role_{outputs['role']}_{outputs['name']}"
                self._write(outputs["role"], policy_id, json.loads(outputs["policy"]))
            elif type_ == "aws:iam/policy:Policy":
                self.managed[outputs["arn"]] = outputs["name"], json.loads(outputs["policy"])
            elif type_ == "aws:iam/rolePolicyAttachment:RolePolicyAttachment":
                self._write(outputs["role"], *self.managed[outputs["policyArn"]])
        return self.world.state != ""

    def _write(self, role: str, policy_id: str, document: Document) -> None:
        self.written.setdefault(role, {})[policy_id] = document

    def __call__(self, call: MockCallArgs) -> Mapping[str, Any] | str:
        """Return an answer, or AWS's error."""
        world = self.world
        name = call.args.get("name") or str(call.args.get("policySourceArn")).rpartition("/")[2]
        provider = call.provider.split("::")[-2] if call.provider else ""
        if error := world.fails.get((call.token, name)) or world.fails.get((call.token, provider)):
            return error
        if call.token == GET_ROLE:
            return _role(name, world.roles.get(name))
        if call.token == SIMULATE:
            shown = self.written.get(name, {})
            if shown and self.late:
                self.late, shown = self.late - 1, {}
            return {"results": list(_results(world, name, call.args, shown))}
        return {
            GET_REGION: {"region": world.region} if world.region else {},
            GET_PARTITION: {"partition": "aws"},
            CALLER_IDENTITY: {"accountId": ACCOUNT},
        }[call.token]


answers: Final = Aws


def _role(name: str, held: Held | None) -> Mapping[str, Any] | str:
    if held is None:
        return f"reading IAM Role ({name}): couldn't find resource"
    limit = {"permissionsBoundary": LIMIT} if held.boundary else {}
    return {"arn": f"arn:aws:iam::{ACCOUNT}:role/team/{name}", "assumeRolePolicy": trust(*held.services), **limit}


def _results(world: World, name: str, asked: Mapping[str, Any], written: Mapping[str, Document]) -> Any:
    held = world.roles[name]
    assert held
    inline = {f"role_{name}_{each}": document for each, document in held.inline.items()}
    identity = [Policy(each, document) for each, document in {**inline, **held.attached, **written}.items()]
    more = enumerate(asked.get("additionalPoliciesJsons", []), 1)
    identity += [Policy(f"PolicyInputList.{number}", json.loads(each)) for number, each in more]
    boundary = [Policy("limit", held.boundary, BOUNDARY)] if held.boundary else []
    if limits := asked.get("permissionsBoundaryPoliciesJsons"):
        boundary = [Policy("PermissionsBoundaryPolicyInputList.1", json.loads(limits[0]), BOUNDARY)]
    scps = [Policy(f"scp-{number}", each) for number, each in enumerate(world.scps)]
    context = {each["key"].lower(): each["values"] for each in asked.get("contexts", [])}
    who = Simulated(ACCOUNT, identity, boundary, scps)
    for action in asked["actionNames"][::-1]:
        try:
            found = evaluate(who, action, asked.get("resourceArns") or ["*"], context)
        except NotEvaluatedError as error:
            raise AssertionError(str(error)) from error
        yield {
            "actionName": found["EvalActionName"],
            "resourceArn": found["EvalResourceName"],
            "allowed": found["EvalDecision"] == "allowed",
            "decision": found["EvalDecision"],
            "matchedStatements": [
                {"sourcePolicyId": each["SourcePolicyId"], "sourcePolicyType": each["SourcePolicyType"]}
                for each in found["MatchedStatements"]
            ],
            "missingContextKeys": found["MissingContextValues"],
        }


LIMIT: Final = f"arn:aws:iam::{ACCOUNT}:policy/limit"
CORE: Final = "AmazonSSMManagedInstanceCore"
READY: Final = policy(allow([HEARTBEAT]))
OWN: Final = policy(allow([*CHANNEL_ACTIONS]))
OWN_BEFORE: Final = policy(allow([*CHANNEL_ACTIONS, HEARTBEAT]))
ALL: Final = allow(["*"])
DENY: Final = {**ALL, "Effect": "Deny"}
NO_KEY: Final = policy({**decrypt(KEY), "Effect": "Deny"})
FULL_SCP: Final = policy(ALL)
NODE: Final = Held(attached={CORE: READY})
GENERATED: Final = "web-session-manager-1234567"
OF_FLEET: Final = "fleet-session-manager-1234567"
OPEN_DATA: Final = "ssmmessages:OpenDataChannel"
KEY_THERE: Final = KEY.replace(ACCOUNT, "999999999999")
GROUP_THERE: Final = LOG_GROUP.replace(ACCOUNT, "999999999999")
ON_KEY: Final = f"kms:Decrypt on {KEY}"
SPOILT: Final = policy(*OWN["Statement"], {**allow([OPEN_DATA]), "Effect": "Deny"})
ALL_CHANNELS: Final = ", ".join(CHANNEL_ACTIONS)


def when(statement: Document, operator: str, key: str, *values: str) -> Document:
    """Return a statement with a condition."""
    return {**statement, "Condition": {operator: {key: [*values]}}}


def node(**more: Any) -> Held:
    """Return a role of nodes with another policy that grants the heartbeat."""
    return Held(**{"attached": {CORE: READY}, **more})


LOCKED: Final = policy(when(ALL, "StringEquals", "aws:RequestedRegion", "eu-west-1"))
OTHER_REGIONS: Final = policy(when(DENY, "StringNotEquals", "aws:RequestedRegion", "eu-west-1"))
PERIMETER: Final = policy(when(DENY, "StringNotEquals", "aws:SourceVpc", "vpc-1"))
PLAIN_HTTP: Final = policy(when(DENY, "Bool", "aws:SecureTransport", "false"))
FILES: Final = policy(
    when(allow(["elasticfilesystem:CreateFileSystem"]), "StringLike", "aws:RequestTag/team", "web*"),
    allow(["s3:GetObject"], "arn:aws:s3:::home/${aws:username}/*"),
)
OF_FILES: Final = "aws:RequestTag/team, aws:username"


def ok(count: int, by: str | None = f"'{CORE}'", *, role: str = "role 'web'", where: str = " in eu-west-1") -> str:
    """Return what is said if all is allowed."""
    grantors = f" (the heartbeat by {by}, which must stay)" if by else ""
    return f"- IAM allows {role} all {count} actions{where}{grantors}."


def not_told(keys: str, roles: str = "role 'web'") -> str:
    """Return what is said of keys that IAM was not told, if all is allowed."""
    return f"- IAM was not told {keys}, which policies of {roles} name: a real request may be decided otherwise."


def denies(calls: str, why: str, region: str = "eu-west-1", *, keys: str = "", roles: str = "role 'web'") -> str:
    """Return what is said of what is denied."""
    more = f" IAM was not told {keys}: a real request may be decided otherwise." if keys else ""
    return f"{roles} may not call {calls} in {region}: {why}. Make an exception there.{more}"


BY_SCP: Final = "an SCP of the organization denies it, as far as IAM is told, or a deny that IAM does not name"
BY_LIMIT: Final = f"the permissions boundary {LIMIT} does not allow it"
BY_NOBODY: Final = "no policy of the role allows it, or an SCP of the organization denies it"


def silent(why: str = BY_NOBODY, region: str = "eu-west-1", roles: str = "role 'web'") -> str:
    """Return what is said if nobody allows the heartbeat."""
    return (
        f"{roles} may not call {HEARTBEAT}, the heartbeat in {region}: {why}. Nodes with this role do not register "
        "with Systems Manager (TargetNotConnected). Set allow_update_instance_information, or ignore this if "
        "Default Host Management is on."
    )


TAKEN_AWAY: Final = (
    f"This update takes {HEARTBEAT}, the heartbeat, away from role 'web': only this component's policy allows it. "
    "Nodes with this role lose their connection to Systems Manager (ConnectionLost). Leave "
    "allow_update_instance_information on, or ignore this if Default Host Management is on."
)
OTHER_ACCOUNT: Final = (
    f"- IAM cannot be asked about another account: the key policy of {KEY_THERE} must allow role 'web' as well."
)
UNREACHABLE: Final = (
    f"role 'web' cannot write to the log group {GROUP_THERE} of another account: the agent sends only the group's "
    "name, so its logs go to the group of that name in the role's own account."
)
NOT_YET: Final = (
    "- IAM was not asked about {} in this preview, because the role, or something else that the answer depends on, "
    "does not exist yet. `pulumi up` asks."
)
AWS_SAID: Final = "operation error IAM: {}, https response error StatusCode: 400, RequestID: 1, api error {}"


def not_asked(role: str, said: str, remedy: str = "Run it again") -> str:
    """Return what is said if IAM could not be asked."""
    return f"IAM could not be asked about {role} ({said}). {remedy}, or leave check out."


def lost(roles: str = "role 'web'") -> str:
    """Return what is said if IAM does not name the component's policy."""
    return (
        f"Pulumi's state has this component's policy on {roles}, but IAM does not name it: it was deleted or detached "
        "outside of Pulumi. Run `pulumi up --refresh`, which writes it again."
    )


def changed(calls: str = OPEN_DATA) -> str:
    """Return what is said if the component's own policy lacks something."""
    return (
        f"role 'web' may call {calls} in eu-west-1 only by other policies, if at all: this component's own policy, as "
        "IAM has it, does not allow it. If this update does not write the policy, run `pulumi up --refresh`."
    )


def own_denies(calls: str = OPEN_DATA) -> str:
    """Return what is said if the component's own policy denies something."""
    return (
        f"role 'web' may not call {calls} in eu-west-1: this component's own policy, as IAM has it, denies it. "
        "If this update does not write the policy, run `pulumi up --refresh`."
    )


GRANT: Final = "Let the deploying identity call iam:GetRole and iam:SimulatePrincipalPolicy on it"
BOTH: Final = (True, True)
KEYS: Final[Mapping[str, Any]] = {"kms_key_arns": [KEY]}
ON: Final[Mapping[str, Any]] = {"allow_update_instance_information": True}

WORLDS: Final[Mapping[str, World]] = {
    # What a role has beside the document.
    "1 the heartbeat by another policy": World(NODE, [ok(5)]),
    "2 the heartbeat granted": World(Held(), [ok(5, None)], inputs=ON),
    "3 nobody allows the heartbeat (Default Host Management)": World(Held(), [silent(), ok(4, None)]),
    "4 a hybrid node's role in China": World(Held(services=("ssm.amazonaws.com.cn",)), [silent(), ok(4, None)]),
    # Regions.
    "5 a boundary of one Region, there": World(node(boundary=LOCKED), [ok(5)]),
    "6 a boundary of one Region, elsewhere": World(
        node(boundary=LOCKED),
        [denies(ALL_CHANNELS, BY_LIMIT, "us-east-1"), silent(BY_LIMIT, "us-east-1")],
        CHANNEL_ACTIONS,
        BOTH,
        region="us-east-1",
        calls=3,
    ),
    "7 an SCP of one Region, there": World(NODE, [ok(5)], scps=[FULL_SCP, OTHER_REGIONS]),
    "8 an SCP of one Region, elsewhere": World(
        NODE,
        [denies(ALL_CHANNELS, BY_SCP, "us-east-1"), silent(region="us-east-1")],
        CHANNEL_ACTIONS,
        BOTH,
        region="us-east-1",
        calls=2,
        scps=[FULL_SCP, OTHER_REGIONS],
    ),
    "9 a deny of other Regions in a policy, there": World(node(inline={"regions": OTHER_REGIONS}), [ok(5)]),
    "10 keys in two Regions, a boundary of one": World(
        node(boundary=LOCKED),
        [denies(f"kms:Decrypt on {OTHER_KEY}", BY_LIMIT, "us-east-2")],
        ["kms:Decrypt"],
        BOTH,
        {"kms_key_arns": [KEY, OTHER_KEY]},
        calls=6,
    ),
    "11 keys in two Regions": World(
        NODE, [ok(6, where=" in eu-west-1, us-east-2")], inputs={"kms_key_arns": [KEY, OTHER_KEY]}, calls=5
    ),
    # Keys that IAM is not told.
    "12 a condition of an unrelated statement": World(node(inline={"files": FILES}), [ok(5), not_told(OF_FILES)]),
    "13 the same, and a deny": World(
        node(inline={"files": FILES, "no": NO_KEY}),
        [denies(ON_KEY, "it is denied in 'no'", keys=OF_FILES)],
        ["kms:Decrypt"],
        BOTH,
        KEYS,
        calls=4,
    ),
    "14 a data perimeter": World(
        node(inline={"perimeter": PERIMETER}),
        [
            denies(ALL_CHANNELS, "it is denied in 'perimeter'", keys="aws:SourceVpc"),
            silent("it is denied in 'perimeter'"),
        ],
        CHANNEL_ACTIONS,
        BOTH,
        calls=2,
    ),
    "15 a deny of plain HTTP": World(node(inline={"tls": PLAIN_HTTP}), [ok(5), not_told("aws:SecureTransport")]),
    # Who uses the role.
    "16 a role of CodeBuild": World(Held(services=("codebuild",)), [ok(4, None)]),
    "17 a role of EC2 and ECS": World(Held(services=("ec2", "ecs-tasks")), [silent(), ok(4, None)]),
    "18 a role of ECS, the heartbeat granted": World(Held(services=("ecs-tasks",)), [ok(5, None)], inputs=ON),
    # Whose policy allows the heartbeat.
    "19 a managed policy of the component's own name": World(
        Held(attached={"fixed": READY}), [ok(5, "'fixed'")], inputs={"policy_name": "fixed"}
    ),
    "20 the heartbeat switched off": World(
        Held(inline={GENERATED: OWN_BEFORE}),
        [TAKEN_AWAY, ok(4, None)],
        [HEARTBEAT],
        (True, False),
        calls=2,
        state="changed",
    ),
    "21 the same, exact name": World(
        Held(inline={"fixed": OWN_BEFORE}),
        [TAKEN_AWAY, ok(4, None)],
        [HEARTBEAT],
        BOTH,
        {"policy_name": "fixed"},
        calls=2,
        state="changed",
    ),
    "22 switched off, another policy has it": World(
        node(inline={GENERATED: OWN_BEFORE}), [ok(5)], calls=2, state="changed"
    ),
    "23 switched off, a boundary names itself": World(
        Held(inline={GENERATED: OWN_BEFORE}, boundary=policy(ALL)),
        [TAKEN_AWAY, ok(4, None)],
        [HEARTBEAT],
        (True, False),
        calls=2,
        state="changed",
    ),
    # Who denies.
    "24 a boundary without a channel": World(
        node(boundary=policy(allow([*CHANNEL_ACTIONS[:3], HEARTBEAT]))),
        [denies(OPEN_DATA, BY_LIMIT)],
        [OPEN_DATA],
        BOTH,
        calls=5,
    ),
    "25 a boundary that denies": World(
        node(boundary=policy(ALL, {**allow([OPEN_DATA]), "Effect": "Deny"})),
        [denies(OPEN_DATA, BY_LIMIT)],
        [OPEN_DATA],
        BOTH,
    ),
    "26 an SCP without the channels": World(
        NODE, [denies(ALL_CHANNELS, BY_SCP)], CHANNEL_ACTIONS, BOTH, calls=2, scps=[policy(allow(["ssm:*", "kms:*"]))]
    ),
    # Other accounts.
    "27 a key of another account": World(NODE, [ok(5), OTHER_ACCOUNT], inputs={"kms_key_arns": [KEY_THERE]}),
    "28 a log group of another account": World(
        NODE, [ok(6), UNREACHABLE], inputs={"cloudwatch_log_group_arns": [GROUP_THERE]}
    ),
    # Secrets.
    "29 a secret role": World(
        node(inline={"no": NO_KEY}),
        [
            "role [secret] may not call kms:Decrypt on [secret]: it is denied in [secret]. Make an exception there.",
        ],
        Secret(["kms:Decrypt"]),
        (False, True),
        {"role": "secret:web", **KEYS},
        calls=4,
    ),
    # What is not there, or does not answer.
    "30 a role that does not exist yet, preview": World(
        NODE, [NOT_YET.format("role 'new'")], UNKNOWN, inputs={"role": "output:new"}, more={"new": None}, calls=None
    ),
    "31 a provider without a Region yet, preview": World(
        NODE, [NOT_YET.format("role 'web'")], UNKNOWN, region=None, calls=None
    ),
    "32 IAM may not be asked, a role's name like a code": World(
        NODE,
        [
            not_asked("role 'ApiThrottlingProxy'", "AccessDenied: no role ApiThrottlingProxy", GRANT),
            ok(5),
        ],
        {"ApiThrottlingProxy": None, "web": []},
        BOTH,
        more={"ApiThrottlingProxy": NODE},
        fails={
            (GET_ROLE, "ApiThrottlingProxy"): AWS_SAID.format("GetRole", "AccessDenied: no role ApiThrottlingProxy")
        },
        program="each role",
        calls=None,
    ),
    "33 one provider is throttled": World(
        NODE,
        [not_asked("role 'api'", "Throttling"), ok(5)],
        {"api": None, "web": []},
        BOTH,
        more={"api": NODE},
        fails={(SIMULATE, "other"): AWS_SAID.format("SimulatePrincipalPolicy", "Throttling: Rate exceeded")},
        program="two providers",
        calls=None,
    ),
    # Fleets.
    "34 a fleet: one line for each cause": World(
        NODE,
        [
            denies(ON_KEY, "it is denied in 'no'", roles="roles 'a', 'b'"),
            silent(roles="role 'c'"),
            ok(6),
            ok(5, None, role="role 'c'"),
        ],
        {"a": ["kms:Decrypt"], "b": ["kms:Decrypt"]},
        BOTH,
        {"roles": ["a", "b", "web", "c"], **KEYS},
        more={"a": node(inline={"no": NO_KEY}), "b": node(inline={"no": NO_KEY}), "c": Held()},
        calls=None,
    ),
    # What was done by hand to the component's own policy, which Pulumi's state has as it was.
    "35 deleted": World(NODE, [lost()], CHANNEL_ACTIONS, BOTH, calls=7, state="same"),
    "36 deleted, exact name": World(
        NODE, [lost()], CHANNEL_ACTIONS, BOTH, {"policy_name": "fixed"}, calls=7, state="same"
    ),
    "37 deleted, secret name": World(
        NODE,
        [lost()],
        Secret([*CHANNEL_ACTIONS]),
        BOTH,
        {"policy_name": lambda: pulumi.Output.secret("fixed")},
        calls=7,
        state="same",
    ),
    "38 deleted, another policy allows all": World(
        Held(attached={CORE: OWN_BEFORE}), [lost()], (), BOTH, calls=7, state="same"
    ),
    "39 deleted, this update writes it": World(NODE, [ok(5)], ends=(True, False), state="changed"),
    "40 detached from one of three": World(
        NODE,
        [lost(), ok(5, role="roles 'a', 'b'")],
        {"web": [*CHANNEL_ACTIONS]},
        BOTH,
        {"roles": ["a", "b", "web"]},
        more=dict.fromkeys("ab", Held(attached={CORE: READY, OF_FLEET: OWN})),
        calls=11,
        state="same",
    ),
    "41 a channel taken out": World(
        node(inline={GENERATED: policy(allow(CHANNEL_ACTIONS[:3]))}),
        [changed()],
        [OPEN_DATA],
        (False, True),
        calls=7,
        state="same",
    ),
    "42 a deny written into it": World(
        node(inline={GENERATED: SPOILT}), [own_denies()], [OPEN_DATA], (False, True), calls=7, state="same"
    ),
    "43 the same, this update writes it": World(node(inline={GENERATED: SPOILT}), [ok(5)], state="changed"),
    "44 the same, exact name": World(
        node(inline={"fixed": SPOILT}), [ok(5)], inputs={"policy_name": "fixed"}, state="changed"
    ),
    "45 deleted, and a channel is denied": World(
        node(inline={"no": policy({**allow([OPEN_DATA]), "Effect": "Deny"})}),
        [lost(), denies(OPEN_DATA, "it is denied in 'no'")],
        {*CHANNEL_ACTIONS},
        BOTH,
        calls=7,
        state="same",
    ),
    "46 deleted, and an SCP denies all channels": World(
        NODE,
        [denies(ALL_CHANNELS, BY_SCP)],
        CHANNEL_ACTIONS,
        BOTH,
        scps=[policy(allow(["ssm:*", "kms:*"]))],
        calls=2,
        state="same",
    ),
    "47 as it was": World(node(inline={GENERATED: OWN}), [ok(5)], calls=2, state="same"),
    "48 as it was, the boundary names itself": World(
        node(inline={GENERATED: OWN}, boundary=policy(ALL)), [ok(5)], calls=2, state="same"
    ),
    "51 the heartbeat alone in it, switched off": World(
        Held(inline={GENERATED: READY}), [TAKEN_AWAY, ok(4, None)], [HEARTBEAT], (True, False), state="changed"
    ),
    "52 a deny of the key in it, this update writes it": World(
        node(inline={GENERATED: policy(*OWN["Statement"], *NO_KEY["Statement"])}),
        [ok(6)],
        inputs=KEYS,
        calls=5,
        state="changed",
    ),
    # When IAM shows a write.
    "49 late": World(NODE, [ok(5)], calls=6, late=3),
    "50 not in ten seconds": World(NODE, [lost()], CHANNEL_ACTIONS, (False, True), calls=7, late=9),
}
