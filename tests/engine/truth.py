"""Whether what a check says is true: each line is read, and compared with what the sandbox's evaluator decides."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sandbox import Sandbox, evaluation
from tests import world
from tests.answers import ACCOUNT, HEARTBEAT
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY, allow, decrypt, policy
from tests.sentences import UNSEEN, ok, planned

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

DENIED, LIMITED, SCP, MISSING = "policies", "the boundary", "an SCP", "no policy"
OWN_DENY, NOBODY, SILENCED, TAKEN = "the own policy", "nobody", "a silenced heartbeat", "taken away"
ENDING: Final = frozenset({DENIED, LIMITED, TAKEN})
_IAM: Final = r"(?:With this component's policy, IAM would deny|IAM denies) role 'web' "
_CALLS: Final = r"(?P<calls>.+?) in (?P<region>[a-z0-9-]+)"
_HEARTBEAT: Final = r"(?P<calls>\S+), the heartbeat, in (?P<region>[a-z0-9-]+)"
_LINES: Final[Mapping[str, str]] = {
    SILENCED: rf"{_IAM}{_HEARTBEAT}: it is denied in (?P<by>.+?)\. .*",
    NOBODY: rf"{_IAM}{_HEARTBEAT}: no policy allows it, or (?P<by>.+?) does not\. .*",
    DENIED: rf"{_IAM}{_CALLS}: it is denied in (?P<by>.+?)\. .*",
    LIMITED: rf"{_IAM}{_CALLS}: the permissions boundary (?P<by>\S+) does not allow it, or denies it\..*",
    SCP: rf"{_IAM}{_CALLS}, and no Deny in a policy explains it: an SCP may be the cause\..*",
    MISSING: rf"{_IAM}{_CALLS}: no policy allows it, as IAM shows the role\..*",
    OWN_DENY: rf"This component's own policy, as IAM shows it, denies role 'web' {_CALLS}\. .*",
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
    """What is true in a state of a role with some policies, if the component's own policy has this id."""

    state: State
    policies: Sequence[evaluation.Policy]
    own: str

    def with_document(self) -> "Truth":
        """Return what would be true with the component's document."""
        granted = [allow([action], resource) for action, resource, _ in self.state.granted]
        return self._replace(policies=[*self.policies, evaluation.Policy("document", policy(*granted))])

    def before_deletions(self, before: "Truth", deleted_first: str) -> "Truth":
        """Return what is true in an update that began with `before`, until it deletes anything, as Pulumi does last.

        `deleted_first` is the id of what it deletes before it writes.
        """
        kept = {each.id: each for each in before.policies if each.id != deleted_first}
        return self._replace(policies=[*{**kept, **{each.id: each for each in self.policies}}.values()])

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
        others = {each.id for each in self.verdict(PULSE).by if PULSE not in [*self.state.granted, *self.denied]}
        by = _names(others - {self.own})
        where = "eu-west-1" + (", or in the Region of its resource" if self.state.key else "")
        count = len({action for action, *_ in self.state.granted}) + bool(by)
        return [ok(count, by or None, where=where) + UNSEEN]

    def is_so(self, line: Line, call: Call) -> bool:
        """Return whether a line is true of a call."""
        found = self.verdict(call)
        by, is_implicit = {each.id for each in found.by}, found.decision == "implicitDeny"
        limit = self.state.boundary and _ARN.format(self.state.boundary)
        untold = evaluation.missing([*self.policies, *self.boundary], {"aws:RequestedRegion": []})
        keys = ", ".join(sorted(untold)) if is_implicit and line.cause in (LIMITED, SCP, NOBODY) else ""
        denied = found.decision == "explicitDeny" and by != {self.own} and line.by == _names(by)
        return (
            line.keys == keys
            and {
                DENIED: denied,
                SILENCED: denied,
                LIMITED: found.boundary is False and line.by == limit,
                SCP: found.scps is False and not by,
                MISSING: is_implicit and self.with_document().verdict(call).decision == "allowed",
                OWN_DENY: found.decision == "explicitDeny" and by == {self.own},
                NOBODY: is_implicit
                and line.by == (f"the permissions boundary {limit} or an SCP" if limit else "an SCP"),
                TAKEN: found.decision == "allowed" and by == {self.own},
            }[line.cause]
        )


class Judged(NamedTuple):
    """What a run says that is not true, or does not say; the causes it names, and the denied actions that it must."""

    wrong: list[str]
    causes: set[str]
    denied: list[str]


def judge(truth: Truth, lines: Sequence[str], *, before: bool, ended: bool) -> Judged:
    """Compare each line with what IAM decides, and what is denied with what is said to be."""
    allowed = [line for line in lines if line.startswith("- ")]
    read = [_read(line) for line in lines if line not in allowed]
    wrong = [f"{call} is not so: {line}" for line in read for call in line.calls if not truth.is_so(line, call)]
    said = sorted(call for line in read for call in line.calls if line.cause != TAKEN)
    wrong += [f"{said}, but {truth.denied} is denied"] if said != sorted(truth.denied) else []
    expected = [] if ended else [planned(line) if before else line for line in truth.allowed]
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
