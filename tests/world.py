"""A world of a check: what IAM has, what a program declares there, and what runs say. `Aws` answers then under mocks.

What IAM decides, `sandbox.evaluation` says, as it does on the engine.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

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


@dataclass(frozen=True, kw_only=True)
class Role:
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


@dataclass(frozen=True, kw_only=True)
class World:
    """What IAM has, what a program declares there, and what a run says, at either level."""

    role: Role
    said: Said = Said(())
    # What a preview says, if that is something else.
    preview: Said | None = None
    # Whether a mandatory preview ends, and a mandatory update.
    ends: tuple[bool, bool] = (False, False)
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    region: str | None = "eu-west-1"
    scps: Sequence[Document] = ()
    others: Mapping[str, Role | None] = field(default_factory=dict[str, "Role | None"])
    fails: Failures = field(default_factory=dict[tuple[str, str], Failed])
    # How often a preview and an update ask the simulator.
    asked: tuple[int, int] | None = None
    # Whether Pulumi's state has the component's policy, so that a preview knows its name.
    in_state: bool = False
    # What the first simulations see instead, one world after the other.
    earlier: Sequence["World"] = ()
    # Whether the component depends on another policy.
    depends: bool = False

    @property
    def roles(self) -> Mapping[str, Role | None]:
        """All roles by their names."""
        return {"web": self.role, **self.others}


class Aws:
    """How AWS answers in a world."""

    def __init__(self, world: World) -> None:
        """Begin with what IAM has."""
        self.world, self.earlier = world, iter(world.earlier)

    def is_in_state(self) -> bool:
        """Return whether Pulumi's state has each resource that is declared."""
        return self.world.in_state

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
        role = world.roles[name]
        assert role
        added, instead = (
            [json.loads(each) for each in asked.get(key, [])]
            for key in ("additionalPoliciesJsons", "permissionsBoundaryPoliciesJsons")
        )
        limit = [evaluation.Policy("limit", role.boundary, evaluation.BOUNDARY)] if role.boundary else []
        return evaluation.Simulated(
            ACCOUNT,
            [*evaluation.of_role(name, role.inline, role.attached), *evaluation.of_request(added)],
            evaluation.of_request(instead, boundary=True) or limit,
            [[evaluation.Policy("SCP", each) for each in world.scps]],
        )


def _role(name: str, role: Role | None) -> Mapping[str, Any] | str:
    if role is None:
        return f"reading IAM Role ({name}): couldn't find resource"
    limit = {"permissionsBoundary": LIMIT} if role.boundary else {}
    return {"arn": f"arn:aws:iam::{ACCOUNT}:role/team/{name}", "assumeRolePolicy": trust(*role.services), **limit}


LIMIT: Final = f"arn:aws:iam::{ACCOUNT}:policy/limit"
CORE: Final = "AmazonSSMManagedInstanceCore"
READY: Final = policy(allow([HEARTBEAT]))
OWN_BEFORE: Final = policy(allow([*CHANNEL_ACTIONS, HEARTBEAT]))
OPEN_DATA: Final = "ssmmessages:OpenDataChannel"
NO_DATA: Final = policy(deny(OPEN_DATA))
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


def node(**more: Any) -> Role:
    """Return a role of nodes with another policy that grants the heartbeat."""
    return Role(**{"attached": {CORE: READY}, **more})


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
