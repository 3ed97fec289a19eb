"""What is true of a role, by its policies and the sandbox's evaluator; and what the lines of a check say of it."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sandbox import Sandbox, evaluation
from tests.answers import HEARTBEAT
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY, allow, decrypt, policy
from tests.on_engine import READY
from tests.worlds import ALL, LOCKED, trust

BOUNDARIES: Final[Mapping[str, Any]] = {
    "limit": policy(allow(CHANNEL_ACTIONS), decrypt(KEY)),
    "strict": policy(ALL, {**allow([HEARTBEAT]), "Effect": "Deny"}),
    "locked": LOCKED,
    # May be attached as well.
    "ready": READY,
}


class Declared(NamedTuple):
    """What a program declares, as far as the walk changes it."""

    heartbeat: bool = False
    key: bool = False
    renamed: bool = False
    moved: bool = False
    # An exact name, or a fleet's path.
    named: bool = False

    @property
    def grants(self) -> Mapping[str, Any]:
        """The inputs that grant something."""
        keys = [KEY, OTHER_KEY] if self.key else [KEY]
        return {"kms_key_arns": keys, "allow_update_instance_information": self.heartbeat}

    @property
    def calls(self) -> list[tuple[str, str, str]]:
        """What is granted: actions, resources and their Regions."""
        channels = [*CHANNEL_ACTIONS, *([HEARTBEAT] if self.heartbeat else [])]
        keys = [("kms:Decrypt", key, key.split(":")[3]) for key in self.grants["kms_key_arns"]]
        return [*((action, "*", "eu-west-1") for action in channels), *keys]


class Role:
    """The role, with what others than the program change about it."""

    def __init__(self, box: Sandbox) -> None:
        """Begin with a role that may do nothing."""
        self.box, self.iam = box, box.client("iam")
        box.create_role("web")
        self.managed = {name: self._policy(name, document) for name, document in BOUNDARIES.items()}
        self.boundary = self.services = ""
        self.scps: Sequence[Any] = ()

    def _policy(self, name: str, document: Any) -> str:
        made = self.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))
        return str(made["Policy"]["Arn"])

    def put(self, name: str, document: Any) -> None:
        """Write an inline policy, or delete it."""
        if document:
            self.iam.put_role_policy(RoleName="web", PolicyName=name, PolicyDocument=json.dumps(document))
        else:
            self.iam.delete_role_policy(RoleName="web", PolicyName=name)

    def bound(self, name: str) -> None:
        """Set one of the policies as the boundary, or none."""
        self.boundary = name
        if name:
            self.iam.put_role_permissions_boundary(RoleName="web", PermissionsBoundary=self.managed[name])
        else:
            self.iam.delete_role_permissions_boundary(RoleName="web")

    def attach(self, *, on: bool) -> None:
        """Attach a policy with the heartbeat, or detach it."""
        change = self.iam.attach_role_policy if on else self.iam.detach_role_policy
        change(RoleName="web", PolicyArn=self.managed["ready"])

    def use(self, service: str) -> None:
        """Let a service assume the role."""
        self.services = service
        self.iam.update_assume_role_policy(RoleName="web", PolicyDocument=trust(service))

    def limit(self, scps: Sequence[Any]) -> None:
        """Give its account SCPs."""
        self.scps = scps
        self.box.limit_account(*scps)

    def spoil(self, name: str, document: Any) -> None:
        """Change by hand what the component has written, or take it away."""
        if name in self.box.role_policies("web"):
            self.put(name, document)
            return
        [arn] = [each for each in self.box.attached_policies("web") if each.endswith(f"/{name}")]
        for version in self.iam.list_policy_versions(PolicyArn=arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                self.iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
        if document:
            self.iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
        else:
            self.iam.detach_role_policy(RoleName="web", PolicyArn=arn)

    def policies(self) -> list[evaluation.Policy]:
        """Return its policies as they are now."""
        managed = {arn.rpartition("/")[2]: document for arn, document in self.box.attached_policies("web").items()}
        return evaluation.of_role("web", self.box.role_policies("web"), managed)


class Truth:
    """What is true of a role with some policies, if the component grants something and its policy has this id."""

    def __init__(self, role: Role, policies: Sequence[evaluation.Policy], own: str, declared: Declared) -> None:
        """Judge it."""
        self.role, self.policies, self.own, self.declared = role, policies, own, declared
        self.boundary = (
            [evaluation.Policy(role.boundary, BOUNDARIES[role.boundary], evaluation.BOUNDARY)] if role.boundary else []
        )

    def judged(self, call: tuple[str, str, str], *more: evaluation.Policy, free: bool = False) -> tuple[str, set[str]]:
        """Return decision and policies."""
        action, resource, region = call
        scps = [evaluation.Policy("scp", each) for each in self.role.scps]
        boundary = [] if free else self.boundary
        who = evaluation.Simulated(self.role.box.account_id, [*self.policies, *more], boundary, scps)
        found = evaluation.decide(who, action, resource, {"aws:RequestedRegion": [region]})
        return found.decision, {each.id for each in found.by}

    def cause(self, call: tuple[str, str, str], *more: evaluation.Policy) -> str:
        """Return why a call is denied; empty if it is allowed."""
        decision, by = self.judged(call, *more)
        if decision == "allowed":
            return ""
        if by == {self.own}:
            return "OWN_DENY"
        if by == {self.role.boundary} or self.judged(call, *more, free=True)[0] == "allowed":
            return "BOUNDARY"
        return f"DENIED {names(by)}" if by else "SCP"

    def granted(self) -> Iterator[tuple[str, tuple[str, str, str]]]:
        """Yield why each call that the component grants is denied, also if its policy were as it should be."""
        document = evaluation.Policy(
            "document", policy(*(allow([action], on) for action, on, _ in self.declared.calls))
        )
        yield from ((cause, call) for call in self.declared.calls if (cause := self.cause(call, document)))

    def missing(self) -> Iterator[tuple[str, tuple[str, str, str]]]:
        """Yield what the component's policy lacks, and who allows it instead."""
        denied = {call for _, call in self.granted()}
        for call in self.declared.calls:
            decision, by = self.judged(call)
            if call not in denied and (decision != "allowed" or self.own not in by):
                yield "LOST" if decision != "allowed" else f"ONLY_OTHERS {names(by)}", call

    def heartbeat(self) -> tuple[str, set[str]]:
        """Return what is said of the heartbeat, if somebody is to send it who has not got it from the component."""
        call = (HEARTBEAT, "*", "eu-west-1")
        if self.declared.heartbeat or self.role.services == "codebuild":
            return "", set()
        decision, by = self.judged(call)
        if decision == "allowed":
            return ("TAKEN_AWAY", by) if by == {self.own} else ("", by)
        cause = self.cause(call)
        nobody = cause == "SCP"
        return ("NO_HEARTBEAT" if nobody else cause if cause == "OWN_DENY" else f"HEARTBEAT {cause}"), by


def names(ids: set[str]) -> list[str]:
    """Return the names of policies."""
    return sorted(each.removeprefix("role_web_") for each in ids)


def facts(truth: Truth, asked: Collection[str], *, preview: bool) -> tuple[set[str], list[str]]:
    """Return what must be said, each a cause with what it is about, and the denied actions.

    `asked` are the actions of which is said whether the component's policy has them.
    """
    obstacles = [*truth.granted()]
    missing_ = [(cause, call) for cause, call in truth.missing() if call[0] in asked]
    heartbeat, by = truth.heartbeat()
    said = {f"{cause} {shown(call)}" for cause, call in obstacles}
    said |= {f"{cause} {shown(call, region=False)}" for cause, call in missing_}
    said |= {f"OWN_DENY {HEARTBEAT} eu-west-1" if heartbeat == "OWN_DENY" else heartbeat} - {""}
    doubtful = heartbeat == "NO_HEARTBEAT" and any(cause == "SCP" for cause, _ in obstacles)
    denied = {call[0] for cause, call in obstacles if cause != "SCP"}
    denied |= {call[0] for cause, call in missing_ if cause == "LOST" and not preview}
    denied |= {HEARTBEAT} if heartbeat and not doubtful else set()
    if not obstacles and not any(cause == "LOST" for cause, _ in missing_):
        count = len({call[0] for call in truth.declared.calls}) + bool(by and not heartbeat)
        said.add(f"ALLOWED {count} {names(by - {truth.own}) if by and not heartbeat else []}")
    untold = evaluation.missing([*truth.policies, *truth.boundary], {"aws:RequestedRegion": ["eu-west-1"]})
    return said | ({f"NOT_TOLD {', '.join(sorted(untold))}"} if untold else set()), sorted(denied)


def shown(call: tuple[str, str, str], *, region: bool = True) -> str:
    """Return a call as lines have it."""
    action, resource, where = call
    return f"{action}{'' if resource == '*' else f' on {resource}'}{f' {where}' if region else ''}"


MAY_NOT: Final = r"role 'web' may not call (?P<calls>.*) in (?P<region>\S+): "
HEART: Final = rf"role 'web' may not call {HEARTBEAT}, the heartbeat, in \S+: "
LINES: Final[Mapping[str, str]] = {
    "ALLOWED": r"- IAM allows role 'web' all (?P<count>\d+) actions in (?P<names>.*)\.",
    "NO_HEARTBEAT": rf"{HEART}no policy.*",
    "HEARTBEAT BOUNDARY": rf"{HEART}the permissions boundary.*",
    "HEARTBEAT DENIED": rf"{HEART}it is denied in (?P<names>'[^.]*')\. .*",
    "TAKEN_AWAY": r"This update, or the next .*",
    "OWN_DENY": rf"{MAY_NOT}this component's own policy, .*",
    "BOUNDARY": rf"{MAY_NOT}the permissions boundary \S+ does not allow it\. .*",
    "DENIED": rf"{MAY_NOT}it is denied in (?P<names>'[^.]*')\. .*",
    "SCP": r"IAM's simulator says that an SCP(?:, and perhaps the permissions boundary,)? denies role 'web' "
    r"(?P<calls>.*) in (?P<region>\S+)\. .*",
    "LOST": r"IAM does not show (?P<calls>.*) in this component's policy on role 'web'.*",
    "ONLY_OTHERS": r"- IAM names only (?P<names>.*) for (?P<calls>.*) of role 'web', .*",
    "NOT_TOLD": r"- .*",
}


def read(line: str) -> Iterator[str]:
    """Yield what a line says, as `facts` has it."""
    if keys := re.search(r"IAM was not told (.*?)(?:, which|:|\.)", re.sub(r"(?<=\w):(?=\w)", "\0", line)):
        yield "NOT_TOLD " + keys[1].replace("\0", ":")
    matches = ((cause, match) for cause, text in LINES.items() if (match := re.fullmatch(text, line)))
    cause, found = next(matches, (line, None))
    parts = found.groupdict() if found else {}
    by = str(sorted(re.findall("'([^']*)'", parts["names"]))) if "names" in parts else ""
    about = [f"{each} {parts.get('region', '')}".strip() for each in (parts.get("calls") or "").split(", ")]
    if cause != "NOT_TOLD":
        yield from (" ".join(each for each in (cause, parts.get("count"), by, call) if each) for call in about)
