"""What IAM's answers about a role mean: findings, each a sentence and whether it ends a mandatory run. Asks nothing."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeVar

from ._ask import GET_REGION, GET_ROLE, SIMULATE, NoAnswerError
from ._aws import arn_region, is_foreign
from ._document import UPDATE_INSTANCE_INFORMATION, Policy, grants_in
from ._errors import SECRET, listed, show

T = TypeVar("T")

ROLES: Final = "\0"
"""Stands for the roles in a sentence, until it is known of which ones it is true. No value in a sentence has it."""
_BOUNDARY: Final = "Permissions Boundary Policy"
# "Configure instance permissions required for Systems Manager" and "Create the IAM service role required for Systems
# Manager in hybrid and multicloud environments" (AWS Systems Manager User Guide). Partitions differ in what follows.
_NODES: Final = re.compile(r'"(?:ec2|ssm)\.')
# Why a call is denied, and what to do.
_DENIALS: Final = {
    "policy": ("it is denied in {policies}", "Make an exception there"),
    "boundary": ("it is denied in the permissions boundary {policies}", "Make an exception there"),
    "outside": (
        "it is outside of the permissions boundary {boundary}, or an SCP does not allow it",
        "Let both allow it",
    ),
    "SCP": ("no policy explains it, so an SCP may be the cause", "Start a session before you change an SCP"),
    "not granted": (
        "no policy allows it on *, or {or_boundary}an SCP does not",
        "Set allow_update_instance_information{and_boundary}",
    ),
}
_UNLESS: Final = (
    ", unless this update removes the Deny, or the Deny depends on something that only a real request has, such as its "
    "network"
)
_ADVISORY: Final = 'With check="advisory", this is a warning.'
_ADVISORY_DENY: Final = 'If so, run once with check="advisory", and leave it there if the Deny stays.'
_STAYS: Final = "if this update deletes or changes that, nodes lose their connection"
_UNLESS_DEFAULT: Final = ", unless Default Host Management is on"
_LOST: Final = (
    "this update, or the next with --refresh, takes it away, and nodes lose their connection (ConnectionLost) unless "
    "another policy of this update allows it"
)
_GRANT: Final = f"Set allow_update_instance_information{_UNLESS_DEFAULT}"
ANSWERS: Final = (
    f"in a unit test, let the mocks' call method answer {GET_ROLE.token} (arn, assumeRolePolicy), {GET_REGION.token} "
    f"(region) and {SIMULATE.token} (results, each with actionName and decision)"
)


class Finding(NamedTuple):
    """What to say of a role, with `ROLES` instead of its name, so that roles can share a line."""

    text: str
    # "info" and "warning" are told by previews, "update" is a warning of updates, and "ending" ends a mandatory run.
    kind: Literal["info", "warning", "update", "ending"]
    # What the error of a mandatory run adds.
    way_out: str = _ADVISORY


class Secrets(NamedTuple):
    """Which values of a component are secret: its roles, its document, and its exact policy name, if that is."""

    roles: bool
    document: bool
    policy_name: str | None

    def show_policy(self, name: str) -> str:
        """Return the name of one of a role's policies as it is shown."""
        return SECRET if self.roles or name == self.policy_name else show(name)

    def show_resource(self, text: str) -> str:
        """Return a resource, or a Region in it, as it is shown."""
        return SECRET if self.document else text


class OwnPolicy(NamedTuple):
    """How IAM may call the component's policy: by a plain exact name, or by a name like it."""

    is_inline: bool
    like: re.Pattern[str]
    exact: str | None


class IamRole(NamedTuple):
    """What IAM says of a role: its ARN, its permissions boundary's name, and whether nodes use it."""

    arn: str
    boundary: str
    is_of_nodes: bool

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> "IamRole":
        """Read the answer of the AWS provider."""
        boundary = str(answer.get("permissionsBoundary") or "").rpartition("/")[2]
        return cls(str(answer["arn"]), boundary, bool(_NODES.search(str(answer.get("assumeRolePolicy")))))

    def policies(self, ids: Iterable[str]) -> list[tuple[bool, str]]:
        """Return whether each policy is inline, and its name: IAM calls an inline policy `role_ROLE_POLICY`."""
        inline = f"role_{self.arn.rpartition('/')[2]}_"
        return [(each.startswith(inline), each.removeprefix(inline)) for each in ids]


class Call(NamedTuple):
    """What a role is granted, or the heartbeat of a node."""

    region: str
    resource: str
    action: str
    is_granted: bool


def calls_of(role: IamRole, policy: Policy, region: str) -> list[Call]:
    """Return what to ask IAM about a role. It cannot be asked about resources of another account."""
    grants = [(action, on) for action, on in grants_in(policy) if not is_foreign(on, role.arn)]
    calls = [Call(arn_region(on) or region, on, action, is_granted=True) for action, on in grants]
    if role.is_of_nodes and UPDATE_INSTANCE_INFORMATION not in {action for action, _ in grants}:
        calls.append(Call(region, "*", UPDATE_INSTANCE_INFORMATION, is_granted=False))
    return [*dict.fromkeys(calls)]


class Decision(NamedTuple):
    """How IAM decides on a call: why it is denied, as one of `_DENIALS`, or empty; and the policies that decide."""

    call: Call
    denial: str
    policies: tuple[tuple[bool, str], ...]
    missing_keys: tuple[str, ...]

    @property
    def cause(self) -> tuple[object, ...]:
        """What denials have in common that share a line."""
        return self.call.region, self.call.is_granted, self.denial, self.policies

    @property
    def is_of_others(self) -> bool:
        """Whether other policies allow what is not granted: a heartbeat."""
        return not (self.denial or self.call.is_granted)

    @classmethod
    def of(cls, call: Call, row: Mapping[str, Any], role: IamRole) -> "Decision":
        """Read a row of IAM's answer."""
        statements = row.get("matchedStatements") or ()
        types = {each.get("sourcePolicyType") for each in statements}
        denial = ""
        if row["decision"] == "explicitDeny":
            # Without a statement, it is an SCP's.
            denial = "SCP" if not types else "boundary" if types == {_BOUNDARY} else "policy"
        elif row["decision"] != "allowed":
            # The document allows what is granted.
            denial = "not granted" if not call.is_granted else "outside" if role.boundary else "SCP"
        policies = role.policies(sorted({str(each["sourcePolicyId"]) for each in statements}))
        keys = sorted({str(key) for key in row.get("missingContextKeys") or ()})
        return cls(call, denial, tuple(policies), tuple(keys))


def findings_of(
    role: IamRole, policy: Policy, decisions: Sequence[Decision], own: OwnPolicy, secrets: Secrets
) -> Iterator[Finding]:
    """Yield what IAM's decisions on a role's calls mean."""
    denied = grouped((each.cause, each) for each in decisions if each.denial)
    for same in denied.values():
        yield _denied_finding(role, same, secrets)
    # The policies that allow a heartbeat which is not granted.
    allowing = [each for decision in decisions if decision.is_of_others for each in decision.policies]
    names = {name for _, name in allowing}
    shown = listed([secrets.show_policy(name) for _, name in allowing])
    is_own = bool(allowing) and all(inline is own.is_inline and own.like.fullmatch(name) for inline, name in allowing)
    only = f"The heartbeat of {ROLES} is allowed only by {shown}"
    if is_own and names == {own.exact}:
        text = f"{only}, the policy that this component writes, and the inputs do not grant it: {_LOST}. {_GRANT}."
        yield Finding(text, "ending")
    elif is_own:
        text = f"{only}, which may be this component's own policy, and the inputs do not grant it. If it is, {_LOST}."
        yield Finding(f"{text} {_GRANT}.", "warning")
    granted = [each for each in decisions if each.call.is_granted]
    if not any(each.denial for each in granted):
        yield _allowed_finding(role, policy, [each.call for each in granted], "" if is_own else shown, secrets)


def _denied_finding(role: IamRole, decisions: Sequence[Decision], secrets: Secrets) -> Finding:
    """Return the finding of calls that are denied in one Region for one reason."""
    call, denial, policies, _ = decisions[0]
    names = {
        "policies": listed([secrets.show_policy(name) for _, name in policies]),
        "boundary": secrets.show_policy(role.boundary),
        "or_boundary": "the boundary or " if role.boundary else "",
        "and_boundary": ", and let the boundary allow it" if role.boundary else "",
    }
    reason, remedy = (text.format(**names) for text in _DENIALS[denial])
    is_deny = denial in ("policy", "boundary")
    if call.is_granted:
        what = listed([_on(each.call, secrets) for each in decisions])
        remedy += _UNLESS if is_deny else ""
    else:
        what = f"{UPDATE_INSTANCE_INFORMATION}, the heartbeat,"
        remedy = f"Without it, nodes do not register (TargetNotConnected). {remedy}"
        remedy += "" if denial == "SCP" else _UNLESS_DEFAULT
    region = call.region if call.resource == "*" else secrets.show_resource(call.region)
    text = f"IAM denies {ROLES} {what} in {region}: {reason}. {remedy}."
    if keys := sorted({key for each in decisions for key in each.missing_keys}):
        text += f" IAM was not told {listed(keys)}: a real request may be decided otherwise."
    is_ending = call.is_granted and denial != "SCP"
    return Finding(text, "ending" if is_ending else "warning", _ADVISORY_DENY if is_deny else _ADVISORY)


def _on(call: Call, secrets: Secrets) -> str:
    return call.action if call.resource == "*" else f"{call.action} on {secrets.show_resource(call.resource)}"


def _allowed_finding(
    role: IamRole, policy: Policy, calls: Sequence[Call], heartbeat_by: str, secrets: Secrets
) -> Finding:
    actions, region = {call.action for call in calls}, calls[0].region
    text = f"With this component's policy, IAM allows {ROLES} all {len(actions)} actions in {region}"
    if any(call.region != region for call in calls):
        text += ", or in the Region of its resource"
    if heartbeat_by:
        text += f". The heartbeat is allowed by {heartbeat_by}: {_STAYS}"
    if foreign := dict.fromkeys(on for _, on in grants_in(policy) if is_foreign(on, role.arn)):
        shown = dict.fromkeys(secrets.show_resource(on) for on in foreign)
        text += f". IAM cannot be asked about {listed([*shown])}, of another account"
    if any(action.startswith(("kms:", "s3:")) for action in actions):
        text += ". Its simulator does not see key policies and bucket policies"
    return Finding(f"{text}.", "info")


def not_asked(error: NoAnswerError, secrets: Secrets) -> Finding:
    """Return the finding of a role that IAM did not answer about."""
    if error.hint:
        return Finding(f"IAM could not be asked about {ROLES} ({error.said}); {ANSWERS}.", "ending")
    is_denied, is_throttled = error.code.startswith("AccessDenied"), "Throttl" in error.code
    # AWS's words can have the names of role and resources in them.
    is_hidden = secrets.roles or secrets.document or is_denied or is_throttled
    why = error.code if is_hidden else str(error)
    remedy = "Run the command again" if is_throttled or not why else "Correct that, or run the command again"
    if is_denied:
        remedy = "Allow the deploying identity iam:GetRole and iam:SimulatePrincipalPolicy"
    return Finding(f"IAM could not be asked about {ROLES}{why and f' ({why})'}. {remedy}.", "ending")


def grouped(pairs: Iterable[tuple[Any, T]]) -> dict[Any, list[T]]:
    """Return the values that have the same key together, in the order of their first ones."""
    groups: dict[Any, list[T]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups
