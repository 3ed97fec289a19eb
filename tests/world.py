"""A world of a check: what IAM has, what a program declares there, and what runs say. `Aws` answers then under mocks.

What IAM decides, `sandbox.evaluation` says, as it does on the engine.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pulumi.runtime.mocks import MockCallArgs

from sandbox import evaluation
from tests.answers import ACCOUNT, GET_PARTITION, GET_REGION, GET_ROLE, HEARTBEAT, SIMULATE
from tests.documents import CHANNEL_ACTIONS, KEY, allow, decrypt, policy
from tests.mocks import CALLER_IDENTITY

Document = Mapping[str, Any]
Failed = Mapping[str, Any] | str
Failures = Mapping[tuple[str, str], Failed]
"""By function and role: AWS's error, or another answer of users' mocks."""


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
    """What a run says after the write: lines, of which one that is no warning begins with `-`, and denied actions."""

    lines: Sequence[str]
    denied: Any = ()


@dataclass(frozen=True)
class World:
    """What IAM has, what a program declares there, and what an update says.

    A preview says the same, but of the role with the policy, unless it has its own; so does a mandatory update. `ends`
    is whether a mandatory preview ends, and a mandatory update, which then says what a preview says.
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
    # How often the simulator is asked: by a preview, an advisory update and a mandatory one.
    asked: tuple[int, int, int] | None = None
    # Whether Pulumi's state has the component's policy: "same" as it is declared, so that nothing is written.
    state: Literal["", "changed", "same"] = ""
    # How many simulations pass before IAM shows a write.
    late: int = 0
    # What the first simulations see instead, one world after the other.
    earlier: Sequence["World"] = ()
    # Whether the component depends on another policy.
    depends: bool = False

    @property
    def roles(self) -> Mapping[str, Held | None]:
        """All roles by their names."""
        return {"web": self.held, **self.more}


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
        if (call.token, name) in world.fails:
            return world.fails[call.token, name]
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
        [resource] = asked.get("resourceArns") or ["*"]
        for action in asked["actionNames"][::-1]:
            found = evaluation.evaluate(who, action, resource, context)
            matched = found["MatchedStatements"]
            yield {
                "actionName": found["EvalActionName"],
                "resourceArn": found["EvalResourceName"],
                "allowed": found["EvalDecision"] == "allowed",
                "decision": found["EvalDecision"],
                "matchedStatements": [{f"s{key[1:]}": value for key, value in each.items()} for each in matched],
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
            [[evaluation.Policy("SCP", each) for each in world.scps]],
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
OPEN_DATA: Final = "ssmmessages:OpenDataChannel"
SPOILT: Final = policy(*OWN["Statement"], deny(OPEN_DATA))
GENERATED: Final = "app-session-manager-1234567"
ALL: Final = allow(["*"])
NO_KEY: Final = policy({**decrypt(KEY), "Effect": "Deny"})
ON_KEY: Final = f"kms:Decrypt on {KEY}"
KEYS: Final[Mapping[str, Any]] = {"kms_key_arns": [KEY]}
ON: Final[Mapping[str, Any]] = {"allow_update_instance_information": True}
FIXED: Final[Mapping[str, Any]] = {"policy_name": "fixed"}
BOTH: Final = (True, True)


def when(statement: Document, operator: str, key: str, *values: str) -> Document:
    """Return a statement with a condition."""
    return {**statement, "Condition": {operator: {key: [*values]}}}


def node(**more: Any) -> Held:
    """Return a role of nodes with another policy that grants the heartbeat."""
    return Held(**{"attached": {CORE: READY}, **more})


NODE: Final = node()
DENYING: Final = node(inline={"no": NO_KEY})
LOCKED: Final = policy(when(ALL, "StringEquals", "aws:RequestedRegion", "eu-west-1"))
ONE_REGION: Final = [policy(ALL), policy(when(deny("*"), "StringNotEquals", "aws:RequestedRegion", "eu-west-1"))]
NO_CHANNELS: Final = [policy(allow(["ssm:*", "kms:*"]))]
# What holds keys that IAM is not told: a Deny, and statements about something else.
FILES: Final = policy(
    when(allow(["elasticfilesystem:CreateFileSystem"]), "StringLike", "aws:RequestTag/team", "web*"),
    allow(["s3:GetObject"], "arn:aws:s3:::home/${aws:username}/*"),
)
OF_FILES: Final = "aws:RequestTag/team, aws:username"
