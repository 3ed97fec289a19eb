"""What is true of a role by its policies and the sandbox's evaluator, and what a check must say of it."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
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
OWN_DENY, BOUNDARY, DENIED, SCP, NOBODY = "own policy", "boundary", "policies", "SCP", "nobody"
LOST, ONLY_OTHERS, TAKEN = "lost", "only others", "taken away"
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
    """What is true in a state of a role with some policies, if the component's own policy has this id."""

    state: State
    policies: Sequence[evaluation.Policy]
    own: str

    @property
    def boundary(self) -> list[evaluation.Policy]:
        """The permissions boundary, if there is one."""
        name = self.state.boundary
        return [evaluation.Policy(name, BOUNDARIES[name], evaluation.BOUNDARY)] if name else []

    def judged(self, call: Call, *added: Any, bounded: bool = True) -> tuple[bool, set[str]]:
        """Return whether a call is allowed, and who decides it, with these documents added."""
        action, resource, region = call
        policies = [*self.policies, *(evaluation.Policy("document", each) for each in added)]
        scps = [evaluation.Policy("scp", each) for each in self.state.scps]
        who = evaluation.Simulated(ACCOUNT, policies, self.boundary if bounded else [], [scps])
        found = evaluation.decide(who, action, resource, {"aws:RequestedRegion": [region]})
        return found.decision == "allowed", {each.id for each in found.by}

    def cause(self, call: Call, *added: Any) -> tuple[str, str]:
        """Return why a call is denied, and by which policies; nothing if it is allowed."""
        is_allowed, by = self.judged(call, *added)
        if is_allowed:
            return "", ""
        if by == {self.own}:
            return OWN_DENY, ""
        if by == {self.state.boundary} or self.judged(call, *added, bounded=False)[0]:
            return BOUNDARY, ""
        if by:
            return DENIED, names(by)
        return (NOBODY if self.judged(call, policy(world.ALL), bounded=False)[0] else SCP), ""

    @property
    def denied(self) -> Groups:
        """What is granted and denied as if the component's policy were intact, by cause, policies and Region.

        What an SCP denies is told together, with the heartbeat.
        """
        document = policy(*(allow([action], resource) for action, resource, _ in self.state.calls))
        causes = [(self.cause(call, document), call) for call in self.state.calls]
        causes += [((SCP, ""), PULSE)] if self.heartbeat[0] == SCP else []
        return grouped((cause, call) for cause, call in causes if cause[0])

    @property
    def ends(self) -> bool:
        """Whether a mandatory check ends an update."""
        return any(cause in (BOUNDARY, DENIED) for cause, *_ in self.denied)

    def missing(self, asked: Collection[str]) -> Groups:
        """Return what the component's policy lacks of these actions, and who allows it instead."""
        denied = [call for calls in self.denied.values() for call in calls]
        calls = [call for call in self.state.calls if call[0] in asked and call not in denied]
        judged = [(call, *self.judged(call)) for call in calls]
        return grouped(
            ((ONLY_OTHERS, names(by)) if is_allowed else (LOST, ""), (*call[:2], ""))
            for call, is_allowed, by in judged
            if not is_allowed or self.own not in by
        )

    @property
    def heartbeat(self) -> tuple[str, str]:
        """What is wrong with the heartbeat, if nodes need it and the component does not grant it, or who allows it."""
        if self.state.heartbeat:
            return "", ""
        is_allowed, by = self.judged(PULSE)
        return ((TAKEN, "") if by == {self.own} else ("", names(by - {self.own}))) if is_allowed else self.cause(PULSE)

    def said(self, asked: Collection[str], *, preview: bool) -> world.Said:
        """Return what must be said, of these actions also whether the component's policy has them."""
        missing, (heartbeat, others) = self.missing(asked), self.heartbeat
        untold = evaluation.missing([*self.policies, *self.boundary], {"aws:RequestedRegion": ["eu-west-1"]})
        keys = ", ".join(sorted(untold))
        groups = {**self.denied, **missing}
        lines = [self._line(cause, calls, keys) for cause, calls in groups.items()]
        lines += [self._of_heartbeat(heartbeat, others, keys)] if heartbeat not in ("", SCP) else []
        denied = [call for calls in self.denied.values() for call in calls if call in self.state.calls]
        if not denied and (LOST, "", "") not in missing:
            by = None if heartbeat else others or None
            count = len({action for action, *_ in self.state.calls}) + bool(by)
            lines.append(sentences.ok(count, by, where="eu-west-1, keys in their Regions"))
        if keys and not any(keys in line for line in lines):
            lines.append(sentences.not_told(keys))
        causes = [(cause, call[0]) for (cause, *_), calls in groups.items() for call in calls] + [
            (heartbeat, HEARTBEAT)
        ]
        # An update may still mend what the own policy lacks or denies.
        unlisted = {"", SCP, ONLY_OTHERS} | ({OWN_DENY, LOST} if preview else set())
        return world.Said(lines, sorted({action for cause, action in causes if cause not in unlisted}))

    def _line(self, cause: tuple[str, str, str], calls: Sequence[Call], keys: str) -> str:
        (kind, by, region), text = cause, ", ".join(shown(call) for call in calls)
        return {
            OWN_DENY: sentences.own_deny(text),
            BOUNDARY: sentences.bounded(text, region, keys).replace(world.LIMIT, ARN.format(self.state.boundary)),
            DENIED: sentences.denied(text, by, region=region, keys=keys),
            SCP: sentences.by_scp(
                text, region, ", or perhaps the permissions boundary," if self.state.boundary else ""
            ),
            LOST: sentences.not_shown(text),
            ONLY_OTHERS: sentences.only_others(by, text),
        }[kind]

    def _of_heartbeat(self, kind: str, by: str, keys: str) -> str:
        return {
            TAKEN: sentences.TAKEN_AWAY,
            OWN_DENY: sentences.own_deny(HEARTBEAT),
            BOUNDARY: sentences.silenced(
                f"the permissions boundary {ARN.format(self.state.boundary)} does not allow it", keys
            ),
            DENIED: sentences.silenced(f"it is denied in {by}", keys),
            NOBODY: sentences.silent(keys=keys),
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
