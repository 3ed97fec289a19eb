"""A world of a check: what IAM has and what a program declares there, how IAM answers then, and what runs say.

One truth for mocks and engine: `sandbox.evaluation` decides, under mocks in this process, on the engine in the sandbox.
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
    # Whether IAM names a boundary beside what it allows: nobody here knows.
    names_boundary: bool = False
    # What the first simulations see instead, one world after the other.
    earlier: Sequence["World"] = ()
    # A name in `OPTIONS` of the tests, if the component has some.
    opts: str = ""

    @property
    def roles(self) -> Mapping[str, Held | None]:
        """All roles by their names."""
        return {"web": self.held, **self.more}

    def listed(self, said: Said) -> Any:
        """Return `denied_actions` of a run; a fleet has them by role."""
        nothing: Any = {} if "roles" in self.inputs else []
        return nothing if said.denied == () else said.denied


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
        [resource] = asked.get("resourceArns") or ["*"]
        for action in asked["actionNames"][::-1]:
            found = evaluation.evaluate(who, action, resource, context)
            matched = list(found["MatchedStatements"])
            if world.names_boundary and found["EvalDecision"] == "allowed":
                matched += [{"SourcePolicyId": each.id} for each in who.boundary]
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
            [[evaluation.Policy("SCP", each) for each in world.scps]],
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
