"""Worlds of a check: roles as IAM has them, a provider's Region and a program; and what a check of them says.

One truth for mocks and engine: `sandbox.evaluation` decides, under mocks in this process, on the engine in the sandbox.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pulumi
from pulumi.runtime.mocks import MockCallArgs

from sandbox import evaluation
from tests.answers import ACCOUNT, GET_PARTITION, GET_REGION, GET_ROLE, HEARTBEAT, SIMULATE
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY, allow, decrypt, policy
from tests.mocks import CALLER_IDENTITY, UNKNOWN, Secret

Document = Mapping[str, Any]
ALLOWED: Final = "- IAM allows "
Failures = Mapping[tuple[str, str], str]
"""AWS's error by function and role, or by function and provider."""


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
    update: Said
    ends: tuple[bool, bool] = (False, False)
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    preview: Said | None = None
    mandatory: Said | None = None
    region: str | None = "eu-west-1"
    scps: Sequence[Document] = ()
    more: Mapping[str, Held | None] = field(default_factory=dict[str, "Held | None"])
    fails: Failures = field(default_factory=dict[tuple[str, str], str])
    # How often an advisory update asks AWS; `None` if that depends on which question comes first.
    calls: int | None = 2
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


def lines_of(said: Said, *, ends: bool) -> list[str]:
    """Return what a run prints. Of one that ends, nothing is allowed: it writes no policy."""
    return sorted(line for line in said.lines if not (ends and line.startswith(ALLOWED)))


class Aws:
    """How AWS answers in a world, where an update writes the component's policy."""

    def __init__(self, world: World) -> None:
        """Begin with what IAM has."""
        self.world, self.late = world, world.late
        self.managed: dict[str, tuple[str, Document]] = {}
        # What was written, by role: inline policies and managed ones, by their names.
        self.inline: dict[str, dict[str, Document]] = {}
        self.attached: dict[str, dict[str, Document]] = {}

    def declare(self, type_: str, outputs: Mapping[str, Any], *, preview: bool) -> bool:
        """Take note of a resource; return whether Pulumi's state has it."""
        outputs = {key: each["value"] if isinstance(each, Mapping) else each for key, each in outputs.items()}
        if not preview and self.world.state != "same" and outputs.get("policy") != "{}":
            if type_ == "aws:iam/rolePolicy:RolePolicy":
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
        world = self.world
        name = call.args.get("name") or str(call.args.get("policySourceArn")).rpartition("/")[2]
        provider = call.provider.split("::")[-2] if call.provider else ""
        if error := world.fails.get((call.token, name)) or world.fails.get((call.token, provider)):
            return error
        if call.token == GET_ROLE:
            return _role(name, world.roles.get(name))
        if call.token == SIMULATE:
            return {"results": list(self._results(name, call.args))}
        return {
            GET_REGION: {"region": world.region} if world.region else {},
            GET_PARTITION: {"partition": "aws"},
            CALLER_IDENTITY: {"accountId": ACCOUNT},
        }[call.token]

    def _results(self, name: str, asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield a row for each action, as the AWS provider does: it drops what is said of single resources."""
        who = self._simulated(name, asked)
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

    def _simulated(self, name: str, asked: Mapping[str, Any]) -> evaluation.Simulated:
        held = self.world.roles[name]
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
            [evaluation.Policy(f"scp-{number}", each) for number, each in enumerate(self.world.scps)],
        )


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
DENY: Final = {**ALL, "Effect": "Deny"}
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
SPOILT: Final = policy(*OWN["Statement"], {**allow([OPEN_DATA]), "Effect": "Deny"})
NO_HEARTBEAT: Final = policy(*OWN["Statement"], {**allow([HEARTBEAT]), "Effect": "Deny"})
ALL_CHANNELS: Final = ", ".join(CHANNEL_ACTIONS)


def when(statement: Document, operator: str, key: str, *values: str) -> Document:
    """Return a statement with a condition."""
    return {**statement, "Condition": {operator: {key: [*values]}}}


def node(**more: Any) -> Held:
    """Return a role of nodes with another policy that grants the heartbeat."""
    return Held(**{"attached": {CORE: READY}, **more})


LOCKED: Final = policy(when(ALL, "StringEquals", "aws:RequestedRegion", "eu-west-1"))
OTHER_REGIONS: Final = policy(when(DENY, "StringNotEquals", "aws:RequestedRegion", "eu-west-1"))
ONE_REGION: Final = [policy(ALL), OTHER_REGIONS]
PERIMETER: Final = policy(when(DENY, "StringNotEquals", "aws:SourceVpc", "vpc-1"))
PLAIN_HTTP: Final = policy(when(DENY, "Bool", "aws:SecureTransport", "false"))
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


def not_told(keys: str, roles: str = "role 'web'") -> str:
    """Return what is said of keys that IAM was not told, if nothing is denied beside them."""
    return (
        f"- IAM was not told {keys}, which policies of {roles} depend on: a Deny that depends on such a key was not "
        "applied."
    )


def _otherwise(keys: str) -> str:
    return f" IAM was not told {keys}: a real request may be decided otherwise." if keys else ""


def denied(calls: str, by: str, *, keys: str = "", roles: str = "role 'web'", region: str = "eu-west-1") -> str:
    """Return what is said of what policies deny."""
    return f"{roles} may not call {calls} in {region}: it is denied in {by}. Make an exception there.{_otherwise(keys)}"


def bounded(calls: str, region: str = "eu-west-1") -> str:
    """Return what is said of what the boundary does not allow."""
    return (
        f"role 'web' may not call {calls} in {region}: the permissions boundary {LIMIT} does not allow it. Allow it "
        "there, and look for a Deny there."
    )


def by_scp(calls: str = ALL_CHANNELS, region: str = "eu-west-1", boundary: str = "") -> str:
    """Return what is said of what only an SCP can deny."""
    return (
        f"IAM's simulator says that an SCP{boundary} denies role 'web' {calls} in {region}. It judges SCPs without "
        "most keys of a real request: start a session before you change an SCP."
    )


def silent(roles: str = "role 'web'", region: str = "eu-west-1", keys: str = "") -> str:
    """Return what is said if nobody allows the heartbeat."""
    return (
        f"{roles} may not call {HEARTBEAT}, the heartbeat, in {region}: no policy of the role allows it, or an SCP of "
        "the organization denies it. Nodes with this role do not register with Systems Manager (TargetNotConnected). "
        "Set allow_update_instance_information, or ignore this if Default Host Management is on."
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
NOT_WRITTEN: Final = (
    "This run does not write this document to role 'web', so IAM can't say what it will allow. `pulumi up` "
    "without --target and --exclude writes it, unless a transform changes the policy."
)
AWS_SAID: Final = "operation error IAM: {}, https response error StatusCode: 400, RequestID: 1, api error {}"
GRANT: Final = "Let the deploying identity call iam:GetRole and iam:SimulatePrincipalPolicy on it"


def not_asked(role: str, said: str, remedy: str = "Run the command again") -> str:
    """Return what is said if IAM could not be asked."""
    return f"IAM could not be asked about {role} ({said}). {remedy}."


def not_confirmed() -> str:
    """Return what is said if IAM could not be asked whether the component's policy is there."""
    return (
        "IAM could not be asked whether this component's policy is on role 'web' (Throttling). Run the command again."
    )


def not_shown(calls: str = ALL_CHANNELS, roles: str = "role 'web'") -> str:
    """Return what an update says if the component's policy is not there as it should be."""
    return (
        f"IAM does not show {calls} in this component's policy on {roles} yet. If this run wrote it, run again; "
        "otherwise it was taken away or changed outside of Pulumi: `pulumi up --refresh`."
    )


def not_there(calls: str = ALL_CHANNELS, roles: str = "role 'web'") -> str:
    """Return what a preview says of the same."""
    return (
        f"IAM does not show {calls} in this component's policy on {roles}. Unless this update writes it, it was taken "
        "away or changed outside of Pulumi: `pulumi up --refresh`."
    )


def only_others(policies: str, calls: str = ALL_CHANNELS) -> str:
    """Return what is said if IAM names other policies instead of the component's."""
    return (
        f"- IAM names only {policies} for {calls} of role 'web', not this component's policy: before you remove any "
        "of them, run `pulumi up --refresh`."
    )


def own_deny(calls: str = OPEN_DATA) -> str:
    """Return what is said if the component's own policy denies something."""
    return (
        f"role 'web' may not call {calls} in eu-west-1: this component's own policy, as IAM shows it, denies it. "
        "Unless this run writes the policy, it was changed outside of Pulumi: `pulumi up --refresh`."
    )


def gone(**more: Any) -> Any:
    """Return what preview and update say if the own policy is not there."""
    return {"preview": Said([not_there()]), "state": "same", "calls": 7, **more}


BOTH: Final = (True, True)
KEYS: Final[Mapping[str, Any]] = {"kms_key_arns": [KEY]}
ON: Final[Mapping[str, Any]] = {"allow_update_instance_information": True}
FIXED: Final[Mapping[str, Any]] = {"policy_name": "fixed"}
FINE: Final = Said([ok(5)])
SILENT: Final = Said([silent(), ok(4, None)], [HEARTBEAT])
TAKEN: Final = Said([TAKEN_AWAY, ok(4, None)], [HEARTBEAT])
LOST: Final = Said([not_shown()], [*CHANNEL_ACTIONS])
OWN_DENY: Final = Said([own_deny()], [OPEN_DATA])
AS_ANOTHERS: Final = Said([denied(OPEN_DATA, f"'{GENERATED}'")], [OPEN_DATA])

WORLDS: Final[Mapping[str, World]] = {
    # What a role has beside the document.
    "1 the heartbeat by another policy": World(NODE, FINE),
    "2 the heartbeat granted": World(Held(), Said([ok(5, None)]), inputs=ON),
    "3 nobody allows the heartbeat (Default Host Management)": World(Held(), SILENT),
    "4 a hybrid node's role in China": World(Held(services=("ssm.amazonaws.com.cn",)), SILENT),
    "5 a node's role in a partition of its own": World(Held(services=("ec2.c2s.ic.gov",)), SILENT),
    # Regions.
    "6 a boundary of one Region, there": World(node(boundary=LOCKED), FINE),
    "7 a boundary of one Region, elsewhere": World(
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
    "8 an SCP of one Region, there": World(NODE, FINE, scps=ONE_REGION),
    "9 an SCP of one Region, elsewhere": World(
        NODE, Said([by_scp(region="us-east-1"), silent(region="us-east-1")]), region="us-east-1", scps=ONE_REGION
    ),
    "10 a Deny of other Regions in a policy, there": World(node(inline={"regions": OTHER_REGIONS}), FINE),
    "11 keys in two Regions, a boundary of one": World(
        node(boundary=LOCKED),
        Said([bounded(f"kms:Decrypt on {OTHER_KEY}", "us-east-2")], ["kms:Decrypt"]),
        BOTH,
        {"kms_key_arns": [KEY, OTHER_KEY]},
        calls=5,
    ),
    "12 keys in two Regions": World(
        NODE,
        Said([ok(6, where="eu-west-1, keys in their Regions")]),
        inputs={"kms_key_arns": [KEY, OTHER_KEY]},
        calls=4,
    ),
    "13 a key, a log group and a bucket": World(
        NODE,
        Said([ok(12, where="eu-west-1, keys and log groups in their Regions, buckets as if in eu-west-1")]),
        inputs={**KEYS, "cloudwatch_log_group_arns": [LOG_GROUP], "s3_log_bucket_arn": BUCKET},
        calls=6,
    ),
    # Keys that IAM is not told.
    "14 a condition of an unrelated statement": World(node(inline={"files": FILES}), Said([ok(5), not_told(OF_FILES)])),
    "15 the same, and a Deny": World(
        node(inline={"files": FILES, "no": NO_KEY}),
        Said([denied(ON_KEY, "'no'", keys=OF_FILES)], ["kms:Decrypt"]),
        BOTH,
        KEYS,
        calls=3,
    ),
    "16 the same, and no heartbeat": World(
        Held(inline={"files": FILES}), Said([silent(keys=OF_FILES), ok(4, None)], [HEARTBEAT])
    ),
    "17 a data perimeter": World(
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
    "18 a Deny of plain HTTP": World(node(inline={"tls": PLAIN_HTTP}), Said([ok(5), not_told("aws:SecureTransport")])),
    # Who uses the role.
    "19 a role of CodeBuild": World(Held(services=("codebuild",)), Said([ok(4, None)])),
    "20 a role of pods and Lambda": World(Held(services=("pods.eks", "lambda")), Said([ok(4, None)])),
    "21 a role of EC2 and ECS": World(Held(services=("ec2", "ecs-tasks")), SILENT),
    "22 a role of another role": World(Held(services=(f"arn:aws:iam::{ACCOUNT}:root",)), Said([ok(4, None)])),
    "23 a role of ECS, the heartbeat granted": World(Held(services=("ecs-tasks",)), Said([ok(5, None)]), inputs=ON),
    # Whose policy allows the heartbeat.
    "24 a managed policy of the component's own name": World(
        Held(attached={"fixed": READY}), Said([ok(5, "'fixed'")]), inputs=FIXED
    ),
    "25 the heartbeat switched off": World(
        Held(inline={GENERATED: OWN_BEFORE}), SILENT, (True, False), preview=TAKEN, mandatory=TAKEN, state="changed"
    ),
    "26 the same, exact name": World(
        Held(inline={"fixed": OWN_BEFORE}), SILENT, BOTH, FIXED, preview=TAKEN, mandatory=TAKEN, state="changed"
    ),
    "27 the same, of a role of another role": World(
        Held(inline={GENERATED: OWN_BEFORE}, services=(f"arn:aws:iam::{ACCOUNT}:root",)),
        Said([ok(4, None)]),
        (True, False),
        preview=TAKEN,
        mandatory=TAKEN,
        state="changed",
    ),
    "28 switched off, another policy has it": World(node(inline={GENERATED: OWN_BEFORE}), FINE, state="changed"),
    "29 switched off, a boundary names itself": World(
        Held(inline={GENERATED: OWN_BEFORE}, boundary=policy(ALL)),
        SILENT,
        (True, False),
        preview=TAKEN,
        mandatory=TAKEN,
        state="changed",
        calls=3,
    ),
    "30 switched off, the boundary is attached as well": World(
        Held(inline={GENERATED: OWN_BEFORE}, attached={"limit": policy(ALL)}, boundary=policy(ALL)),
        Said([ok(5, "'limit'")]),
        state="changed",
        calls=None,
    ),
    "31 the update gives the policy that has it another name": World(
        Held(inline={"app-session-manager-e635e01": OWN_BEFORE}), Said([ok(5, "'app-session-manager-e635e01'")])
    ),
    "32 the heartbeat alone in the own policy, switched off": World(
        Held(inline={GENERATED: READY}),
        SILENT,
        (True, False),
        preview=Said([TAKEN_AWAY, not_there()], [HEARTBEAT]),
        mandatory=TAKEN,
        state="changed",
    ),
    # Who denies.
    "33 a boundary without a channel": World(
        node(boundary=policy(allow([*CHANNEL_ACTIONS[:3], HEARTBEAT]))),
        Said([bounded(OPEN_DATA)], [OPEN_DATA]),
        BOTH,
        calls=3,
    ),
    "34 a boundary that denies": World(
        node(boundary=policy(ALL, {**allow([OPEN_DATA]), "Effect": "Deny"})),
        Said([bounded(OPEN_DATA)], [OPEN_DATA]),
        BOTH,
    ),
    "35 an SCP without the channels": World(NODE, Said([by_scp()]), scps=NO_CHANNELS),
    "36 the same, and a boundary": World(
        node(boundary=policy(ALL)),
        Said([by_scp(boundary=", and perhaps the permissions boundary,")]),
        scps=NO_CHANNELS,
        calls=3,
    ),
    "37 a Deny of the heartbeat": World(
        node(inline={"no": policy({**allow([HEARTBEAT]), "Effect": "Deny"})}),
        Said([silenced("it is denied in 'no'"), ok(4, None)], [HEARTBEAT]),
    ),
    # Other accounts.
    "38 a key of another account": World(
        NODE, Said([all_asked(ok(5)), OTHER_ACCOUNT]), inputs={"kms_key_arns": [KEY_THERE]}
    ),
    "39 a log group of another account": World(
        NODE, Said([all_asked(ok(6)), UNREACHABLE]), inputs={"cloudwatch_log_group_arns": [GROUP_THERE]}
    ),
    # Secrets.
    "40 a secret role": World(
        node(inline={"no": NO_KEY}),
        Said(
            [
                denied("kms:Decrypt on [secret]", "[secret]", roles="role [secret]", region="its Region"),
            ],
            Secret(["kms:Decrypt"]),
        ),
        (False, True),
        {"role": "secret:web", **KEYS},
        calls=3,
    ),
    # What is not there, or does not answer.
    "41 a role that does not exist yet": World(
        NODE,
        Said(["InvalidInputError"]),
        inputs={"role": "output:new"},
        preview=Said([NOT_YET.format("role 'new'")], UNKNOWN),
        more={"new": None},
        calls=None,
    ),
    "42 a provider without a Region yet": World(
        NODE,
        Said(
            [
                not_asked(
                    "role 'web'",
                    f"{GET_REGION} has not answered; in a unit test, let the mocks' call method return region",
                )
            ],
            None,
        ),
        (False, True),
        preview=Said([NOT_YET.format("role 'web'")], UNKNOWN),
        region=None,
        calls=1,
    ),
    **{
        f"43 IAM may not be asked about a role called {name}": World(
            NODE,
            Said(
                [not_asked(f"role '{name}'", f"AccessDenied: no role {name}", GRANT), ok(5)],
                {name: None, "web": []},
            ),
            BOTH,
            {"names": (name, "web")},
            more={name: NODE},
            fails={(GET_ROLE, name): AWS_SAID.format("GetRole", f"AccessDenied: no role {name}")},
            program="each role",
            calls=None,
        )
        for name in ("NoSuchEntityProxy", "ApiThrottlingProxy")
    },
    "44 IAM has failed on a role called AccessDeniedProxy": World(
        NODE,
        Said([not_asked("role 'AccessDeniedProxy'", "ServiceFailure: of AccessDeniedProxy")], None),
        BOTH,
        {"role": "AccessDeniedProxy"},
        more={"AccessDeniedProxy": NODE},
        fails={(SIMULATE, "AccessDeniedProxy"): AWS_SAID.format("Simulate", "ServiceFailure: of AccessDeniedProxy")},
    ),
    "45 one provider is throttled": World(
        NODE,
        Said([not_asked("role 'api'", "Throttling"), ok(5)], {"api": None, "web": []}),
        BOTH,
        more={"api": NODE},
        fails={(SIMULATE, "other"): AWS_SAID.format("SimulatePrincipalPolicy", "Throttling: Rate exceeded")},
        program="two providers",
        calls=None,
    ),
    # Fleets.
    "46 a fleet: one line for each cause": World(
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
        calls=12,
    ),
    # What was done by hand to the component's own policy, which Pulumi's state has as it was.
    "47 deleted": World(NODE, LOST, **gone()),
    "48 deleted, exact name": World(NODE, LOST, inputs=FIXED, **gone()),
    "49 deleted, secret name": World(
        NODE,
        Said([not_shown()], Secret([*CHANNEL_ACTIONS])),
        inputs={"policy_name": lambda: pulumi.Output.secret("fixed")},
        **gone(preview=Said([not_there()], Secret([]))),
    ),
    "50 deleted, another policy allows all": World(
        Held(attached={CORE: OWN_BEFORE}), Said([ok(5), only_others(f"'{CORE}'")]), state="same", calls=3
    ),
    "51 deleted, this update writes it": World(NODE, FINE, preview=Said([not_there()]), state="changed"),
    "52 detached from one of three": World(
        NODE,
        Said([not_shown(), ok(5, role="roles 'a', 'b'")], {"web": [*CHANNEL_ACTIONS]}),
        inputs={"roles": ["a", "b", "web"]},
        more=dict.fromkeys("ab", Held(attached={CORE: READY, OF_FLEET: OWN})),
        **gone(preview=Said([not_there(), ok(5, role="roles 'a', 'b'")], {}), calls=11),
    ),
    "53 a channel taken out": World(
        node(inline={GENERATED: policy(allow(CHANNEL_ACTIONS[:3]))}),
        Said([not_shown(OPEN_DATA)], [OPEN_DATA]),
        **gone(preview=Said([not_there(OPEN_DATA)])),
    ),
    "54 a key taken out": World(
        node(inline={GENERATED: OWN}),
        Said([not_shown(ON_KEY)], ["kms:Decrypt"]),
        inputs=KEYS,
        **gone(preview=Said([ok(6, where="eu-west-1, keys in their Regions")]), calls=8),
    ),
    "66 one of two keys taken out": World(
        node(inline={GENERATED: policy(*OWN["Statement"], decrypt(KEY))}),
        Said([not_shown(f"kms:Decrypt on {NEIGHBOUR}")], ["kms:Decrypt"]),
        inputs={"kms_key_arns": [KEY, NEIGHBOUR]},
        **gone(preview=Said([ok(6, where="eu-west-1, keys in their Regions")]), calls=18),
    ),
    "55 a Deny written into it": World(
        node(inline={GENERATED: SPOILT}), OWN_DENY, (False, True), mandatory=AS_ANOTHERS, state="same", calls=7
    ),
    "56 the same, exact name": World(node(inline={"fixed": SPOILT}), OWN_DENY, inputs=FIXED, state="same", calls=7),
    "69 the same, and keys that IAM was not told": World(
        node(inline={"fixed": SPOILT, "files": FILES}),
        Said([own_deny(), not_told(OF_FILES)], [OPEN_DATA]),
        inputs=FIXED,
        state="same",
        calls=7,
    ),
    "68 the same, and a key taken out": World(
        node(inline={"fixed": SPOILT}),
        Said([own_deny(), not_shown(ON_KEY)], [OPEN_DATA, "kms:Decrypt"]),
        inputs={**FIXED, **KEYS},
        preview=OWN_DENY,
        state="same",
        calls=9,
    ),
    "57 the same, this update writes it": World(
        node(inline={GENERATED: SPOILT}), FINE, (False, True), preview=OWN_DENY, mandatory=AS_ANOTHERS, state="changed"
    ),
    "58 the same, exact name, this update writes it": World(
        node(inline={"fixed": SPOILT}), FINE, inputs=FIXED, preview=OWN_DENY, state="changed"
    ),
    "67 a Deny of the heartbeat written into it": World(
        node(inline={GENERATED: NO_HEARTBEAT}),
        Said([own_deny(HEARTBEAT), ok(4, None)], [HEARTBEAT]),
        mandatory=Said([own_deny(HEARTBEAT), ok(4, None)], [HEARTBEAT]),
        state="same",
        calls=7,
    ),
    "59 deleted, and a channel is denied": World(
        node(inline={"no": policy({**allow([OPEN_DATA]), "Effect": "Deny"})}),
        Said(
            [not_shown(", ".join(CHANNEL_ACTIONS[:3])), denied(OPEN_DATA, "'no'")],
            [OPEN_DATA, *CHANNEL_ACTIONS[:3]],
        ),
        BOTH,
        mandatory=Said([denied(OPEN_DATA, "'no'")], [OPEN_DATA]),
        **gone(preview=Said([not_there(", ".join(CHANNEL_ACTIONS[:3])), denied(OPEN_DATA, "'no'")], [OPEN_DATA])),
    ),
    "60 deleted, and an SCP denies all channels": World(NODE, Said([by_scp()]), scps=NO_CHANNELS, state="same"),
    "61 as it was": World(node(inline={GENERATED: OWN}), FINE, state="same"),
    "62 as it was, the boundary names itself": World(
        node(inline={GENERATED: OWN}, boundary=policy(ALL)), FINE, state="same", calls=None
    ),
    "65 deleted, the boundary is attached as well": World(
        Held(attached={"limit": policy(ALL)}, boundary=policy(ALL)),
        Said([ok(5, "'limit'"), only_others("'limit'")]),
        state="same",
        calls=4,
    ),
    # When IAM shows a write.
    "63 late": World(NODE, FINE, calls=5, late=3),
    "64 not in ten seconds": World(NODE, LOST, preview=FINE, calls=7, late=9),
}
