"""Whether what a check says is true: each line is read, and compared with what the sandbox's evaluator decides."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Self

from sandbox import Sandbox, evaluation
from tests import world
from tests.answers import ACCOUNT, HEARTBEAT
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY, allow, decrypt, policy
from tests.sentences import UNSEEN, ok

BOUNDARIES: Final[Mapping[str, Any]] = {
    "limit": policy(allow(CHANNEL_ACTIONS), decrypt(KEY)),
    "strict": policy(world.ALL, world.deny(HEARTBEAT)),
    "locked": world.LOCKED,
}
NOTHING: Final = policy(allow(["s3:GetObject"]))
_ARN: Final = world.LIMIT.replace("limit", "{}")
Call = tuple[str, str, str]
"""An action, a resource and its Region."""
PULSE: Final[Call] = (HEARTBEAT, "*", "eu-west-1")

DENIED, LIMITED, SCP = "policies", "the boundary", "an SCP"
NOBODY, SILENCED, SILENCED_BY_LIMIT, TAKEN = "nobody", "a denied heartbeat", "a heartbeat out of bounds", "taken away"
ENDING: Final = frozenset({DENIED, LIMITED, TAKEN})
_IAM: Final = r"IAM denies role 'web' "
_CALLS: Final = rf"{_IAM}(?P<calls>.+?) in (?P<region>[a-z0-9-]+): "
_HEARTBEAT: Final = rf"{_IAM}(?P<calls>\S+), the heartbeat, in (?P<region>[a-z0-9-]+): "
_BOUNDARY: Final = r"it is outside of the permissions boundary '(?P<by>\S+)'\. .*"
_LINES: Final[Mapping[str, str]] = {
    SILENCED: rf"{_HEARTBEAT}it is denied in (?P<by>.+?)\. .*",
    SILENCED_BY_LIMIT: _HEARTBEAT + _BOUNDARY,
    NOBODY: rf"{_HEARTBEAT}no policy allows it, or an SCP does not\. .*",
    SCP: rf"{_IAM}(?P<calls>.+?)(?:, the heartbeat,)? in (?P<region>[a-z0-9-]+): no policy explains it, so an SCP .*",
    DENIED: rf"{_CALLS}it is denied in (?P<by>.+?)\. .*",
    LIMITED: _CALLS + _BOUNDARY,
    TAKEN: r"This update, or the next .*, takes (?P<calls>\S+), the heartbeat, away from role 'web': .*",
}
_KEYS: Final = re.compile(r".* IAM was not told (.+): a real request may be decided otherwise\.")


class Line(NamedTuple):
    """What a line says: a cause, the calls that it is about, who denies them, and keys that IAM was not told."""

    cause: str
    calls: Sequence[Call]
    by: str
    keys: str


class State(NamedTuple):
    """What a program declares, and what others have made of its role, as far as a walk changes it."""

    heartbeat: bool = False
    key: bool = False
    renamed: bool = False
    # An exact name, or a fleet's path.
    named: bool = False
    # Other inline policies, which say nothing of the component's actions at first.
    deny: Any = NOTHING
    ready: Any = NOTHING
    boundary: str = ""
    scps: Sequence[Any] = ()

    @property
    def grants(self) -> Mapping[str, Any]:
        """The inputs that grant something."""
        keys = [KEY, OTHER_KEY] if self.key else [KEY]
        return {"kms_key_arns": keys, "allow_update_instance_information": self.heartbeat}

    @property
    def granted(self) -> list[Call]:
        """What is granted."""
        actions = [*CHANNEL_ACTIONS, *([HEARTBEAT] if self.heartbeat else [])]
        keys = [("kms:Decrypt", key, key.split(":")[3]) for key in self.grants["kms_key_arns"]]
        return [*((action, "*", "eu-west-1") for action in actions), *keys]


def make_so(box: Sandbox, state: State) -> None:
    """Give the role what others than the program have made of it."""
    iam = box.client("iam")
    for name, document in (("deny", state.deny), ("ready", state.ready)):
        iam.put_role_policy(RoleName="web", PolicyName=name, PolicyDocument=json.dumps(document))
    if state.boundary:
        iam.put_role_permissions_boundary(RoleName="web", PermissionsBoundary=_ARN.format(state.boundary))
    else:
        iam.delete_role_permissions_boundary(RoleName="web")
    box.limit_account(state.scps)


def spoil(box: Sandbox, name: str, document: Any) -> None:
    """Change by hand what the component has written, or take it away, unless a rename has deleted it already."""
    iam = box.client("iam")
    if name in box.role_policies("web"):
        iam.delete_role_policy(RoleName="web", PolicyName=name)
        if document:
            iam.put_role_policy(RoleName="web", PolicyName=name, PolicyDocument=json.dumps(document))
    for arn in [each for each in box.attached_policies("web") if each.endswith(f"/{name}")]:
        for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
        if document:
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
        else:
            iam.detach_role_policy(RoleName="web", PolicyArn=arn)


def policies_of(box: Sandbox) -> list[evaluation.Policy]:
    """Return the role's policies as they are now."""
    managed = {arn.rpartition("/")[2]: document for arn, document in box.attached_policies("web").items()}
    return evaluation.of_role("web", box.role_policies("web"), managed)


class Truth(NamedTuple):
    """What is true of a role with some policies and the document, if the component's own policy has this id."""

    state: State
    policies: Sequence[evaluation.Policy]
    # Empty if a run does not know it.
    own: str

    @classmethod
    def with_document(cls, state: State, policies: Sequence[evaluation.Policy], own: str) -> Self:
        """Return what is true if the role with these policies has the component's document as well."""
        granted = [allow([action], resource) for action, resource, _ in state.granted]
        return cls(state, [*policies, evaluation.Policy("document", policy(*granted))], own)

    def verdict(self, call: Call) -> evaluation.Verdict:
        """Return what IAM decides of a call."""
        action, resource, region = call
        scps = [evaluation.Policy("scp", each) for each in self.state.scps]
        who = evaluation.Simulated(ACCOUNT, self.policies, self.boundary, [scps])
        return evaluation.decide(who, action, resource, {"aws:RequestedRegion": [region]})

    @property
    def boundary(self) -> list[evaluation.Policy]:
        """The permissions boundary, if there is one."""
        name = self.state.boundary
        return [evaluation.Policy(name, BOUNDARIES[name], evaluation.BOUNDARY)] if name else []

    @property
    def denied(self) -> list[Call]:
        """What is denied, of what is granted and the heartbeat."""
        asked = dict.fromkeys([*self.state.granted, PULSE])
        return [call for call in asked if self.verdict(call).decision != "allowed"]

    @property
    def allowed(self) -> list[str]:
        """The line which says that all is allowed, if it is."""
        if set(self.denied) & {*self.state.granted}:
            return []
        by = {each.id for each in self.verdict(PULSE).by if PULSE not in [*self.state.granted, *self.denied]}
        where = "eu-west-1" + (", or in the Region of its resource" if self.state.key else "")
        count = len({action for action, *_ in self.state.granted})
        return [ok(count, _names(by - {self.own}) or None, where=where) + UNSEEN]

    def is_so(self, line: Line, call: Call) -> bool:
        """Return whether a line is true of a call."""
        found = self.verdict(call)
        unlimited = self._replace(state=self.state._replace(boundary="")).verdict(call)
        by, is_implicit = {each.id for each in found.by}, found.decision == "implicitDeny"
        untold = evaluation.missing([*self.policies, *self.boundary], {"aws:RequestedRegion": []})
        by_policy = found.decision == "explicitDeny" and line.by == _names(by)
        by_boundary = line.by == self.state.boundary and (unlimited.decision == "allowed" or by == {line.by})
        return (
            line.keys == (", ".join(sorted(untold)) if is_implicit else "")
            and {
                DENIED: by_policy,
                SILENCED: by_policy,
                LIMITED: by_boundary,
                SILENCED_BY_LIMIT: by_boundary,
                SCP: found.scps is False
                and not by
                and (call != PULSE or PULSE in self.state.granted or not is_implicit),
                NOBODY: is_implicit and unlimited.decision != "allowed",
                TAKEN: found.decision == "allowed" and by == {self.own},
            }[line.cause]
        )


class Judged(NamedTuple):
    """What a run says that is not true, or does not say; the causes it names, and the denied actions that it must."""

    wrong: list[str]
    causes: set[str]
    denied: list[str]


def judge(truth: Truth, lines: Sequence[str], *, ended: bool) -> Judged:
    """Compare each line with what IAM decides, and what is denied with what is said to be."""
    allowed = [line for line in lines if line.startswith("- ")]
    read = [_read(line) for line in lines if line not in allowed]
    wrong = [f"{call} is not so: {line}" for line in read for call in line.calls if not truth.is_so(line, call)]
    said = sorted(call for line in read for call in line.calls if line.cause != TAKEN)
    wrong += [f"{said}, but {truth.denied} is denied"] if said != sorted(truth.denied) else []
    expected = [] if ended else truth.allowed
    wrong += [f"{allowed}, but {expected}"] if allowed != expected else []
    denied = {call[0] for line in read for call in line.calls if line.cause != SCP}
    return Judged(wrong, {line.cause for line in read}, sorted(denied))


def _read(line: str) -> Line:
    for cause, pattern in _LINES.items():
        if found := re.fullmatch(pattern, line):
            fields, keys = found.groupdict(), _KEYS.fullmatch(line)
            region = fields.get("region", PULSE[2])
            pairs = [each.partition(" on ") for each in fields["calls"].split(", ")]
            calls = [(action, resource or "*", region) for action, _, resource in pairs]
            return Line(cause, calls, fields.get("by", ""), keys[1] if keys else "")
    raise AssertionError(f"a line of no cause: {line}")


def _names(ids: set[str]) -> str:
    return ", ".join(repr(each.removeprefix("role_web_")) for each in sorted(ids))
