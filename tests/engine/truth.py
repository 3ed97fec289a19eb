"""What is true of a role by its policies and the sandbox's evaluator, and what a check must say of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sandbox import Sandbox, evaluation
from tests import sentences, world
from tests.answers import ACCOUNT, HEARTBEAT
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY, allow, decrypt, policy

BOUNDARIES: Final[Mapping[str, Any]] = {
    "limit": policy(allow(CHANNEL_ACTIONS), decrypt(KEY)),
    "strict": policy(world.ALL, world.deny(HEARTBEAT)),
    "locked": world.LOCKED,
}
NOTHING: Final = policy(allow(["s3:GetObject"]))
ARN: Final = world.LIMIT.replace("limit", "{}")
BOUNDARY, DENIED, SCP, LOST, NOBODY, TAKEN = "boundary", "policies", "SCP", "lost", "nobody", "taken away"
Call = tuple[str, str, str]
"""An action, a resource and its Region."""
PULSE: Final[Call] = (HEARTBEAT, "*", "eu-west-1")
Groups = dict[tuple[str, str, str], list[Call]]
"""Calls by cause, policies and Region."""


class State(NamedTuple):
    """What a program declares, and what others have made of its role, as far as the walk changes it."""

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
    def calls(self) -> list[Call]:
        """What is granted."""
        channels = [*CHANNEL_ACTIONS, *([HEARTBEAT] if self.heartbeat else [])]
        keys = [("kms:Decrypt", key, key.split(":")[3]) for key in self.grants["kms_key_arns"]]
        return [*((action, "*", "eu-west-1") for action in channels), *keys]


def make_so(box: Sandbox, state: State) -> None:
    """Give the role what others than the program have made of it."""
    iam = box.client("iam")
    for name, document in (("deny", state.deny), ("ready", state.ready)):
        iam.put_role_policy(RoleName="web", PolicyName=name, PolicyDocument=json.dumps(document))
    if state.boundary:
        iam.put_role_permissions_boundary(RoleName="web", PermissionsBoundary=ARN.format(state.boundary))
    else:
        iam.delete_role_permissions_boundary(RoleName="web")
    box.limit_account(state.scps)


def spoil(box: Sandbox, name: str, document: Any) -> None:
    """Change by hand what the component has written, or take it away."""
    iam = box.client("iam")
    if name in box.role_policies("web"):
        iam.delete_role_policy(RoleName="web", PolicyName=name)
        if document:
            iam.put_role_policy(RoleName="web", PolicyName=name, PolicyDocument=json.dumps(document))
        return
    [arn] = [each for each in box.attached_policies("web") if each.endswith(f"/{name}")]
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
    """What is true in a state of a role with some policies, if the component's own policy has this id.

    `planned` is what would be true with the component's document.
    """

    state: State
    policies: Sequence[evaluation.Policy]
    own: str
    planned: bool

    @property
    def boundary(self) -> list[evaluation.Policy]:
        """The permissions boundary, if there is one."""
        name = self.state.boundary
        return [evaluation.Policy(name, BOUNDARIES[name], evaluation.BOUNDARY)] if name else []

    def judged(self, call: Call) -> evaluation.Verdict:
        """Return what IAM decides of a call."""
        action, resource, region = call
        document = policy(*(allow([action], resource) for action, resource, _ in self.state.calls))
        policies = [*self.policies, *([evaluation.Policy("document", document)] if self.planned else [])]
        scps = [evaluation.Policy("scp", each) for each in self.state.scps]
        who = evaluation.Simulated(ACCOUNT, policies, self.boundary, [scps])
        return evaluation.decide(who, action, resource, {"aws:RequestedRegion": [region]})

    def cause(self, call: Call) -> tuple[str, str]:
        """Return why a call is denied, and by which policies; nothing if it is allowed. Each is true of the verdict."""
        found = self.judged(call)
        is_limited = False in (found.boundary, found.scps)
        if found.decision == "allowed":
            return "", ""
        if found.by:
            return DENIED, names({each.id for each in found.by})
        if found.decision == "explicitDeny":
            assert found.scps is False
            return SCP, ""
        if call not in self.state.calls:
            return NOBODY, ""
        if not self.planned:
            # With the component's document, it is denied by what limits the role, or allowed.
            cause = self._replace(planned=True).cause(call)
            return cause if cause[0] else (LOST, "")
        assert is_limited
        return BOUNDARY if self.state.boundary else SCP, ""

    @property
    def denied(self) -> Groups:
        """What is granted and denied, by cause, policies and Region. What an SCP denies is told with the heartbeat."""
        causes = [(self.cause(call), call) for call in self.state.calls]
        causes += [((SCP, ""), PULSE)] if self.heartbeat[0] == SCP else []
        return grouped((cause, call) for cause, call in causes if cause[0])

    @property
    def ends(self) -> bool:
        """Whether a mandatory check ends an update."""
        return any(cause in (BOUNDARY, DENIED) for cause, *_ in self.denied)

    @property
    def heartbeat(self) -> tuple[str, str]:
        """What is wrong with the heartbeat, if nodes need it and the component does not grant it, or who allows it."""
        if self.state.heartbeat:
            return "", ""
        found = self.judged(PULSE)
        by = {each.id for each in found.by}
        if found.decision != "allowed":
            return self.cause(PULSE)
        return (TAKEN, "") if by == {self.own} else ("", names(by - {self.own}))

    def said(self) -> world.Said:
        """Return what must be said."""
        groups, (heartbeat, others) = self.denied, self.heartbeat
        untold = evaluation.missing([*self.policies, *self.boundary], {"aws:RequestedRegion": ["eu-west-1"]})
        keys = ", ".join(sorted(untold))
        lines = [self._line(cause, calls, keys) for cause, calls in groups.items()]
        lines += [self._of_heartbeat(heartbeat, others, keys)] if heartbeat not in ("", SCP) else []
        if not any(call in self.state.calls for calls in groups.values() for call in calls):
            by = None if heartbeat else others or None
            count = len({action for action, *_ in self.state.calls}) + bool(by)
            where = "eu-west-1" + (", or in the Region of its resource" if self.state.key else "")
            lines.append(sentences.ok(count, by, where=where) + sentences.UNSEEN)
        denied = {call[0] for (cause, *_), calls in groups.items() for call in calls if cause != SCP}
        return world.Said(lines, sorted(denied | ({HEARTBEAT} if heartbeat not in ("", SCP) else set())))

    def _line(self, cause: tuple[str, str, str], calls: Sequence[Call], keys: str) -> str:
        (kind, by, region), text = cause, ", ".join(shown(call) for call in calls)
        limit = self.state.boundary and ARN.format(self.state.boundary)
        implicit = {} if self.judged(calls[0]).decision == "explicitDeny" else {"keys": keys}
        return {
            BOUNDARY: sentences.bounded(text, region, keys, limit),
            DENIED: sentences.denied(text, by, region=region),
            SCP: sentences.by_scp(text, region, **implicit),
            LOST: sentences.lost(text, region),
        }[kind]

    def _of_heartbeat(self, kind: str, by: str, keys: str) -> str:
        return {
            TAKEN: sentences.TAKEN_AWAY,
            DENIED: sentences.silenced(by),
            NOBODY: sentences.silent(keys=keys, limit=self.state.boundary and ARN.format(self.state.boundary)),
        }[kind]


def grouped(found: Iterable[tuple[tuple[str, str], Call]]) -> Groups:
    """Group calls by cause, policies and Region."""
    groups: Groups = {}
    for cause, call in found:
        groups.setdefault((*cause, call[2]), []).append(call)
    return groups


def names(ids: set[str]) -> str:
    """Return the names of policies, as lines have them."""
    return ", ".join(repr(each) for each in sorted(each.removeprefix("role_web_") for each in ids))


def shown(call: Call) -> str:
    """Return a call as lines have it."""
    return call[0] if call[1] == "*" else f"{call[0]} on {call[1]}"
