"""An oracle for the check: what a preview and an update say is compared with what IAM says of the role afterwards.

A walk changes the program, the role and another stack's component of the same name on the same role.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Any, Final, NamedTuple

import pulumi
import pytest
from pulumi.automation import events

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from sandbox import Sandbox
from tests.answers import HEARTBEAT
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY, allow, decrypt, policy
from tests.on_engine import READY

STEPS: Final = 10
# Its walks saw all planted defects of the check that those of seed 1 saw, and four more.
SEED: Final = 6
ALL: Final = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
LIMIT: Final = policy(allow(CHANNEL_ACTIONS), decrypt(KEY))
# Managed policies that become the boundary; the last one may be attached as well.
BOUNDARIES: Final[Mapping[str, Any]] = {
    "limit": LIMIT,
    "strict": policy(*ALL["Statement"], {**allow([HEARTBEAT]), "Effect": "Deny"}),
    "ready": READY,
}

# What the page "Test your program" says that the check cannot know: a policy of the component's own under an old name
# is deleted last, so it still counts for the update that deletes it.
LEAVES_THE_OLD_NAME: Final = {"renamed", "moved", "named", "path"}


class Declared(NamedTuple):
    """What a program declares, as far as the walk changes it."""

    heartbeat: bool = False
    key: bool = False
    renamed: bool = False
    moved: bool = False
    named: bool = False
    path: bool = False

    @property
    def grants(self) -> Mapping[str, Any]:
        """The inputs that grant something."""
        keys = [KEY, OTHER_KEY] if self.key else [KEY]
        return {"kms_key_arns": keys, "allow_update_instance_information": self.heartbeat}

    @property
    def resources(self) -> Mapping[str, list[str]]:
        """What is asked about: actions by resource."""
        keys = self.grants["kms_key_arns"]
        return {"*": [*CHANNEL_ACTIONS, HEARTBEAT], **{key: ["kms:Decrypt"] for key in keys}}


class Kind(NamedTuple):
    """A form of the policy: what can be changed about it, which of that changes its name, and what declares it."""

    changes: tuple[str, ...]
    other_name: str
    declare: Callable[[str, pulumi.ResourceOptions, Declared], Any]


def inline(name: str, opts: pulumi.ResourceOptions, declared: Declared, exact: str = "fixed") -> Any:
    """Declare an inline policy."""
    named: Any = {"policy_name": exact} if declared.named else {}
    return SessionManagerPermissions(name, role="web", check="advisory", opts=opts, **declared.grants, **named)


def attached(name: str, opts: pulumi.ResourceOptions, declared: Declared) -> Any:
    """Declare a managed policy."""
    path: Any = {"path": "/old/"} if declared.path else {}
    return SessionManagerManagedPolicy(name, roles=["web"], check="advisory", opts=opts, **declared.grants, **path)


KINDS: Final = {
    "inline": Kind(("heartbeat", "heartbeat", "key", "renamed", "moved", "named"), "named", inline),
    "fleet": Kind(("heartbeat", "heartbeat", "key", "renamed", "moved", "path"), "path", attached),
}


def program(kind: Kind, declared: Declared) -> None:
    """Declare the component, by another name or in another place."""
    parent = pulumi.ComponentResource("app:index:Team", "team") if declared.moved else None
    opts = pulumi.ResourceOptions(parent=parent)
    made = kind.declare("node" if declared.renamed else "web", opts, declared)
    denied = made.denied_actions
    one = isinstance(made, SessionManagerPermissions)
    pulumi.export("denied", denied if one else denied.apply(lambda found: (found or {}).get("web", [])))


class Role:
    """The role, with what others than the program change about it."""

    def __init__(self, box: Sandbox) -> None:
        """Begin with a role that may do nothing."""
        self.iam = box.client("iam")
        self.arn = box.create_role("web")
        self.managed = {name: self._policy(name, document) for name, document in BOUNDARIES.items()}

    def _policy(self, name: str, document: Any) -> str:
        made = self.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))
        return str(made["Policy"]["Arn"])

    def deny(self, action: str | None) -> None:
        """Deny an action, or none."""
        if action is None:
            self.iam.delete_role_policy(RoleName="web", PolicyName="no")
        else:
            no = json.dumps(policy({**allow([action]), "Effect": "Deny"}))
            self.iam.put_role_policy(RoleName="web", PolicyName="no", PolicyDocument=no)

    def bound(self, policy: str | None) -> None:
        """Set one of the policies as the boundary, or none."""
        if policy:
            self.iam.put_role_permissions_boundary(RoleName="web", PermissionsBoundary=self.managed[policy])
        else:
            self.iam.delete_role_permissions_boundary(RoleName="web")

    def attach(self, *, on: bool) -> None:
        """Attach a policy with the heartbeat, or detach it."""
        change = self.iam.attach_role_policy if on else self.iam.detach_role_policy
        change(RoleName="web", PolicyArn=self.managed["ready"])

    def policies(self) -> dict[str, str]:
        """Return the documents of all policies of the role, by their ids."""
        found = {}
        for name in self.iam.list_role_policies(RoleName="web")["PolicyNames"]:
            document = self.iam.get_role_policy(RoleName="web", PolicyName=name)["PolicyDocument"]
            found[f"role_web_{name}"] = json.dumps(document)
        for each in self.iam.list_attached_role_policies(RoleName="web")["AttachedPolicies"]:
            version = self.iam.get_policy(PolicyArn=each["PolicyArn"])["Policy"]["DefaultVersionId"]
            made = self.iam.get_policy_version(PolicyArn=each["PolicyArn"], VersionId=version)
            found[each["PolicyName"]] = json.dumps(made["PolicyVersion"]["Document"])
        return found

    def simulate(self, action: str, resource: str, more: list[str], **options: Any) -> tuple[str, list[str]]:
        """Return IAM's decision on an action, and the ids of the policies that make it."""
        [result] = self.iam.simulate_principal_policy(
            PolicySourceArn=self.arn, ActionNames=[action], ResourceArns=[resource], PolicyInputList=more, **options
        )["EvaluationResults"]
        return result["EvalDecision"], [each["SourcePolicyId"] for each in result.get("MatchedStatements", [])]


class Truth(NamedTuple):
    """What must be said: the denied actions, and the lines, each a cause with what it is about."""

    denied: list[str]
    lines: list[str]


def truth(role: Role, declared: Declared, old: Mapping[str, str], had: str) -> Truth:
    """Return what is true of the role after the update; what the update has deleted last counts as it was (`old`)."""
    denied, lines = [], set[str]()
    allowed, by_others = set[str](), list[str]()
    for resource, actions in declared.resources.items():
        for action in actions:
            decision, by = role.simulate(action, resource, [*old.values()])
            call = action if resource == "*" else f"{action} on {resource}"
            granted = action != HEARTBEAT or declared.heartbeat
            if decision == "allowed":
                allowed.add(action)
                if not granted:
                    names = [[*old][int(each.split(".")[1]) - 1] if "PolicyInput" in each else each for each in by]
                    by_others = sorted({each.removeprefix("role_web_") for each in names})
            elif not granted:
                lines.add("TAKEN_AWAY" if had == "allowed" else "NO_HEARTBEAT")
                denied += [action] if had == "allowed" else []
            else:
                denied.append(action)
                lines.add(f"DENIED_IN {call} {by[0]}" if by and by[0] not in BOUNDARIES else f"BOUNDARY {call}")
    if lines <= {"TAKEN_AWAY", "NO_HEARTBEAT"}:
        lines.add(f"ALLOWED {len(allowed)} {by_others}")
    return Truth([*dict.fromkeys(denied)], sorted(lines))


WHERE: Final = r" in (?:[a-z0-9-]+(?:, )?)+"
LINES: Final[Mapping[str, str]] = {
    "ALLOWED": rf"IAM allows role 'web' all (?P<count>\d+) actions{WHERE}(?P<grantors>[^.]*)\.",
    "NO_HEARTBEAT": rf"role 'web' may not call {HEARTBEAT}, the heartbeat{WHERE}: .*",
    "TAKEN_AWAY": r"This update takes .*",
    "BOUNDARY": rf"role 'web' may not call (?P<calls>.*){WHERE}: the permissions boundary \S+ does not allow it\. .*",
    "DENIED_IN": rf"role 'web' may not call (?P<calls>.*){WHERE}: it is denied in '(?P<policy>\S+)'\. Make .*",
}


def read(text: str) -> list[str]:
    """Return what a line says, as `truth` has it; a line that no cause has is itself."""
    for cause, pattern in LINES.items():
        if match := re.fullmatch(pattern, text):
            parts = match.groupdict()
            if cause == "ALLOWED":
                names = re.findall("'([^']*)'", parts["grantors"])
                return [f"ALLOWED {parts['count']} {sorted(names)}"]
            policy_id = f" role_web_{parts['policy']}" if "policy" in parts else ""
            calls = parts["calls"].split(", ") if "calls" in parts else []
            return [f"{cause} {call}{policy_id}" for call in calls] or [cause]
    return [] if "does not see key policies" in text else [text]


def said(stack: pulumi.automation.Stack, command: str) -> Truth:
    """Run a preview or an update, and return what it says."""
    lines: list[str] = []
    outputs: dict[str, Any] = {}

    def listen(event: events.EngineEvent) -> None:
        found = event.diagnostic_event
        if found and not found.severity.startswith("debug") and "from $PATH" not in found.message:
            lines.extend(read(found.message.strip()))
        if (made := event.res_outputs_event) and made.metadata.type == "pulumi:pulumi:Stack" and made.metadata.new:
            outputs.update(made.metadata.new.outputs or {})

    getattr(stack, command)(on_event=listen)
    return Truth(outputs["denied"], sorted(lines))


class Walk:
    """A walk; `on` is what is switched on, of the program and of the role."""

    def __init__(self, box: Sandbox, kind: Kind, random: Random) -> None:
        """Begin with nothing."""
        self.box, self.kind, self.random = box, kind, random
        self.role = Role(box)
        self.on: dict[str, bool] = {}
        self.seen: set[str] = set()
        self.wrong: list[str] = []

    def go(self) -> None:
        """Switch the heartbeat on and off under each name, then change one thing or two at random."""
        other = self.kind.other_name
        for changed in ({"heartbeat"}, {"heartbeat"}, {"heartbeat", other}, {"heartbeat"}, {"heartbeat"}):
            self._step(changed)
        for _ in range(STEPS):
            choices = [*self.kind.changes, *self._of_others]
            self._step({self.random.choice(choices) for _ in range(self.random.choice((1, 1, 2)))})

    @property
    def _of_others(self) -> Mapping[str, Callable[..., None]]:
        return {"deny": self._deny, "bound": self._bound, "attach": self.role.attach, "other stack": self._other}

    def _step(self, changed: set[str]) -> None:
        """Make the changes, and compare what a preview and an update say with what is true then."""
        for name in sorted(changed):
            self.on[name] = not self.on.get(name, False)
            if change := self._of_others.get(name):
                change(on=self.on[name])
        declared = Declared(**{name: self.on.get(name, False) for name in Declared._fields})
        before = self.role.policies()
        had, _ = self.role.simulate(HEARTBEAT, "*", [])
        stack = self.box.stack(partial(program, self.kind, declared))
        runs = {command: said(stack, command) for command in ("preview", "up")}
        after = self.role.policies()
        old = {each: document for each, document in before.items() if each not in after}
        if not changed & LEAVES_THE_OLD_NAME:
            assert not old, f"another name after {changed}"
        true = truth(self.role, declared, old, had)
        self.seen |= {line.split()[0] for line in true.lines}
        self.wrong += [
            f"{sorted(changed)} of {self.on}, {command}: {found}, but {true}"
            for command, found in runs.items()
            if found != true
        ]

    def _deny(self, *, on: bool) -> None:
        self.role.deny(self.random.choice([*CHANNEL_ACTIONS, HEARTBEAT]) if on else None)

    def _bound(self, *, on: bool) -> None:
        self.role.bound(self.random.choice([*BOUNDARIES]) if on else None)

    def _other(self, *, on: bool) -> None:
        """Let a component of the same name in another stack grant the heartbeat, or no more."""
        declared = Declared(heartbeat=on)
        self.box.stack(partial(program, self.kind, declared), name="other").up()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_a_check_says_is_what_iam_says_afterwards(box: Sandbox, kind: Kind) -> None:
    """`denied_actions` and each line of a preview and of an update are true of the role after the update."""
    walk = Walk(box, kind, Random(SEED))
    walk.go()

    assert walk.wrong == [], "\n".join(walk.wrong)
    assert walk.seen >= {"ALLOWED", "TAKEN_AWAY"}
