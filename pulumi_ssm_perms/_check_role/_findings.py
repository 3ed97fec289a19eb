"""What follows from IAM's answer about a role: each finding with its sentence, and what it does to a run."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import pulumi

from pulumi_ssm_perms._aws import ANY_RESOURCE
from pulumi_ssm_perms._document import UPDATE_INSTANCE_INFORMATION, Statement
from pulumi_ssm_perms._errors import SECRET, escape, grouped, listed, show, with_input_names
from pulumi_ssm_perms._iam_role import IamRole
from pulumi_ssm_perms._invokes import InvokeError

from ._simulation import Call

_HEARTBEAT: Final = f"{UPDATE_INSTANCE_INFORMATION}, the heartbeat,"
_HEARTBEAT_INPUT: Final = "«allow_update_instance_information»"
_UNLESS_DEFAULT: Final = ", unless Default Host Management is on"
_UNLESS_IT_PASSES: Final = (
    ", unless the Deny goes in this update, or is about something that only a real request has, such as its network"
)


class Policy(NamedTuple):
    """The component's policy: its name, if it is known, its statements, and whether they are secret."""

    name: str | None
    # Whether the name is in the program, so that an update knows it before the write.
    is_exact: bool
    is_inline: bool
    statements: Sequence[Statement]
    secret: bool


class Denied(NamedTuple):
    """IAM denies a role calls in one Region for one reason: granted ones, or the heartbeat."""

    role: IamRole
    calls: Sequence[Call]

    def sentence(self, roles: str) -> str:
        first, policies = self.calls[0], listed(self.calls[0].policies)
        reason, remedy = {
            "policies": (f"it is denied in {policies}", "Make an exception there"),
            "boundary": (
                f"it is outside of the permissions boundary {policies}",
                "Let the boundary allow it, and not deny it",
            ),
            "SCP": ("no policy explains it, so an SCP may be the cause", "Start a session before you change an SCP"),
            "implicit": ("no policy allows it, or an SCP does not", f"Set {with_input_names(_HEARTBEAT_INPUT)}"),
        }[first.denial]
        if first.is_granted:
            what = listed([f"{call.action} on {call.resource}".removesuffix(" on *") for call in self.calls])
            unless = _UNLESS_IT_PASSES if first.denial == "policies" else ""
        else:
            what = _HEARTBEAT
            remedy = f"Without it, nodes do not register (TargetNotConnected). {remedy}"
            unless = "" if first.denial == "SCP" else _UNLESS_DEFAULT
        text = f"IAM denies {roles} {what} in {first.region}: {reason}. {remedy}{unless}."
        if missing_keys := sorted({key for call in self.calls for key in call.missing_keys}):
            text += f" IAM was not told {listed(missing_keys)}: a real request may be decided otherwise."
        return text


class TakenAway(NamedTuple):
    """Only the component's own policy allows a role the heartbeat, and the document does not."""

    role: IamRole
    calls: Sequence[Call]
    # Whether an update finds it, too.
    is_found_in_update: bool

    def sentence(self, roles: str) -> str:
        return (
            f"This update, or the next with `--refresh`, takes {_HEARTBEAT} away from {roles}: only this component's "
            "policy allows it. Nodes then lose their connection (ConnectionLost). Set "
            f"{with_input_names(_HEARTBEAT_INPUT)}{_UNLESS_DEFAULT}."
        )


class Allowed(NamedTuple):
    """IAM allows a role all that is granted, as far as it can be asked."""

    role: IamRole
    calls: Sequence[Call]
    # The policies that allow a heartbeat which is not granted, and the resources of other accounts.
    heartbeat_by: Sequence[str]
    foreign: Sequence[str]

    def sentence(self, roles: str) -> str:
        actions, region = {call.action for call in self.calls}, self.calls[0].region
        text = f"With this component's policy, IAM allows {roles} all {len(actions)} actions in {region}"
        if any(call.region != region for call in self.calls):
            text += ", or in the Region of its resource"
        if self.heartbeat_by:
            text += f". The heartbeat is allowed by {listed(self.heartbeat_by)}: if this update deletes or changes "
            text += "that, nodes lose their connection"
        if self.foreign:
            text += f". IAM cannot be asked about {listed(self.foreign)}, of another account"
        if any(action.startswith(("kms:", "s3:")) for action in actions):
            text += ". Its simulator does not see key policies and bucket policies"
        return f"{text}."


class NotAsked(NamedTuple):
    """IAM could not be asked, or has not answered."""

    role: IamRole
    failure: InvokeError
    secret: bool

    def sentence(self, roles: str) -> str:
        reason = self.failure.reason(secret=self.secret)
        if self.failure.code.startswith("AccessDenied"):
            remedy = "Allow the deploying identity iam:GetRole and iam:SimulatePrincipalPolicy"
        elif reason and not self.failure.is_throttled:
            remedy = "Correct that, or run the command again"
        else:
            remedy = "Run the command again"
        return f"IAM could not be asked about {roles}{reason and f' ({reason})'}. {remedy}."


class NotYet(NamedTuple):
    """A preview does not know yet what IAM is to be asked."""

    role: IamRole

    def sentence(self, roles: str) -> str:
        return f"This preview does not know yet what to ask IAM about {roles}. `pulumi up` asks."


Finding = Denied | TakenAway | Allowed | NotAsked | NotYet


def ends_mandatory_run(finding: Finding) -> bool:
    """Return whether a finding ends a mandatory run. A preview leaves to the update what the run may change."""
    return _ends(finding) and not (pulumi.runtime.is_dry_run() and run_may_change(finding))


def run_may_change(finding: Finding) -> bool:
    """Return whether what would end a run may change in it: the run may make the role, which IAM shows late."""
    if not (finding.role.may_be_new and _ends(finding)):
        return False
    if isinstance(finding, TakenAway):
        # An update that does not find it cannot decide instead of the preview.
        return finding.is_found_in_update
    return not isinstance(finding, NotAsked) or finding.failure.is_not_found


def _ends(finding: Finding) -> bool:
    if isinstance(finding, Denied):
        return finding.calls[0].is_granted and finding.calls[0].denial != "SCP"
    if isinstance(finding, TakenAway):
        return finding.role.used_by_nodes is True
    return isinstance(finding, NotAsked)


class _Shown(NamedTuple):
    """How AWS's texts about a role are shown: escaped, hidden if they are secret, policies without the role's name."""

    # What an inline policy's id begins with: IAM calls it `role_ROLE_POLICY`, and a managed one by its name.
    inline: str
    secret: bool

    def text(self, text: str) -> str:
        return SECRET if self.secret and text != ANY_RESOURCE else text

    def policies(self, ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.text(show(policy_id.removeprefix(self.inline))) for policy_id in ids))

    def call(self, call: Call) -> Call:
        region, resource = self.text(escape(call.region)), self.text(call.resource)
        return call._replace(region=region, resource=resource, policies=self.policies(call.policies))


def findings_of(role: IamRole, policy: Policy, calls: Sequence[Call] | None) -> Iterator[Finding]:
    """Yield what follows from IAM's decisions on a role's calls; `None` is a preview that cannot ask yet."""
    if calls is None:
        yield NotYet(role)
        return
    shown = _Shown(f"role_{role.arn.rpartition('/')[2]}_", policy.secret)
    granted = [call for call in calls if call.is_granted]
    # Others than nodes send no heartbeat.
    denied = [shown.call(call) for call in (calls if role.used_by_nodes else granted) if call.denial]
    for group in grouped(denied, lambda call: (call.region, call.is_granted, call.denial, call.policies)):
        yield Denied(role, group)
    own_policy = policy.name and (shown.inline if policy.is_inline else "") + policy.name
    heartbeat = [call for call in calls if not (call.is_granted or call.denial)]
    allowing_policies = [policy_id for call in heartbeat for policy_id in call.policies]
    other_policies = [policy_id for policy_id in allowing_policies if policy_id != own_policy]
    if allowing_policies and not other_policies:
        yield TakenAway(role, heartbeat, policy.is_exact)
    if not any(call.denial for call in granted):
        asked = {call.resource for call in granted}
        resources = dict.fromkeys(resource for statement in policy.statements for resource in statement.resources)
        foreign = [shown.text(resource) for resource in resources if resource not in asked]
        yield Allowed(role, [*map(shown.call, granted)], shown.policies(other_policies), foreign)


def denied_actions(findings: Iterable[Finding]) -> dict[str, list[str]]:
    """Return what is denied, by the roles' names: without what only an SCP can deny."""
    denied: dict[str, dict[str, None]] = {}
    for finding in findings:
        if isinstance(finding, Denied | TakenAway) and finding.calls[0].denial != "SCP":
            name = SECRET if finding.role.secret else finding.role.name
            denied.setdefault(name, {}).update(dict.fromkeys(call.action for call in finding.calls))
    return {name: [*actions] for name, actions in denied.items()}


def lines(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Yield a line for the findings that have a sentence in common, with the first one and the names of their roles."""
    for group in grouped(findings, _cause):
        names = list(dict.fromkeys(finding.role.shown for finding in group if finding.role.name))
        roles = f"role{'s' if len(names) > 1 else ''} {listed(names)}" if names else "the role"
        yield group[0], group[0].sentence(roles)


def _cause(finding: Finding) -> str:
    """Return what findings of one line have in common.

    The texts of AWS's failures name roles. So failures of one code share a line, which has the first one's text.
    """
    return (isinstance(finding, NotAsked) and finding.failure.code) or finding.sentence("")


def error_lines(findings: Iterable[Finding]) -> list[str]:
    """Return the lines of findings that end a run, with the way out, unless nodes lose their connection there."""
    advisory = with_input_names('With «check»="advisory", this is a warning.')
    return [line if isinstance(finding, TakenAway) else f"{line} {advisory}" for finding, line in lines(findings)]
