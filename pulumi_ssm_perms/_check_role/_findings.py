"""What follows from IAM's answer about a role: each finding with its sentence, and what it does to a run."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import pulumi

from pulumi_ssm_perms._aws import ANY_RESOURCE
from pulumi_ssm_perms._document import UPDATE_INSTANCE_INFORMATION, Statement
from pulumi_ssm_perms._errors import SECRET, escape, grouped, listed, show, with_input_names
from pulumi_ssm_perms._iam_role import Role
from pulumi_ssm_perms._invokes import InvokeError

from ._simulation import Call

_ADVISORY: Final = 'With «check»="advisory", this is a warning.'
_HEARTBEAT: Final = f"{UPDATE_INSTANCE_INFORMATION}, the heartbeat,"
_NOT_REGISTERED: Final = "Without it, nodes do not register (TargetNotConnected)."
_UNLESS_DEFAULT: Final = "unless Default Host Management is on"


class Policy(NamedTuple):
    """The component's policy: its name, if it is known, its statements, and whether they are secret."""

    name: str | None
    is_inline: bool
    statements: Sequence[Statement]
    secret: bool


class Denied(NamedTuple):
    """IAM denies a role calls in one Region for one reason: granted ones, or the heartbeat."""

    role: Role
    calls: Sequence[Call]

    def sentence(self, roles: str) -> str:
        call = self.calls[0]
        reason, remedy = self._reason_and_remedy(listed(call.policies))
        calls = _HEARTBEAT
        if call.is_granted:
            calls = listed([f"{call.action} on {call.resource}".removesuffix(" on *") for call in self.calls])
        missing_keys = sorted({key for call in self.calls for key in call.missing_keys})
        if missing_keys:
            remedy += f" IAM was not told {listed(missing_keys)}: a real request may be decided otherwise."
        return f"IAM denies {roles} {calls} in {call.region}: {reason}. {remedy}"

    def _reason_and_remedy(self, policies: str) -> tuple[str, str]:
        call = self.calls[0]
        unless = "" if call.is_granted else f", {_UNLESS_DEFAULT}"
        if call.denied_by == "policies":
            if call.is_granted:
                unless = ", unless the Deny goes in this update, or is about something that only a real request has, "
                unless += "such as its network"
            reason, remedy = f"it is denied in {policies}", f"Make an exception there{unless}"
        elif call.denied_by == "boundary":
            reason = f"it is outside of the permissions boundary {policies}"
            remedy = f"Let the boundary allow it, and not deny it{unless}"
        elif call.denied_by == "SCP":
            reason = "no policy explains it, so an SCP may be the cause"
            remedy = "Start a session before you change an SCP"
        else:
            reason = "no policy allows it, or an SCP does not"
            remedy = f"Set «allow_update_instance_information»{unless}"
        return reason, f"{remedy}." if call.is_granted else f"{_NOT_REGISTERED} {remedy}."


class TakenAway(NamedTuple):
    """Only the component's own policy allows a role the heartbeat, and the document does not."""

    role: Role
    calls: Sequence[Call]

    def sentence(self, roles: str) -> str:
        return (
            f"This update, or the next with `--refresh`, takes {_HEARTBEAT} away from {roles}: only this component's "
            "policy allows it. Nodes then lose their connection (ConnectionLost). Set "
            f"«allow_update_instance_information», {_UNLESS_DEFAULT}."
        )


class Allowed(NamedTuple):
    """IAM allows a role all that is granted, as far as it can be asked."""

    role: Role
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

    role: Role
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

    role: Role

    def sentence(self, roles: str) -> str:
        return f"This preview does not know yet what to ask IAM about {roles}. `pulumi up` asks."


Finding = Denied | TakenAway | Allowed | NotAsked | NotYet


def ends_mandatory_run(finding: Finding) -> bool:
    """Return whether a finding ends a mandatory run. A preview leaves to the update what may pass until then."""
    return _ends(finding) and not (pulumi.runtime.is_dry_run() and may_pass(finding))


def may_pass(finding: Finding) -> bool:
    """Return whether what ends a run may pass in it: the run may make the role, which IAM shows late, or change it."""
    is_lasting = isinstance(finding, NotAsked) and not finding.failure.is_not_found
    return finding.role.may_be_new and _ends(finding) and not is_lasting


def _ends(finding: Finding) -> bool:
    if isinstance(finding, Denied):
        return finding.calls[0].is_granted and finding.calls[0].denied_by != "SCP"
    if isinstance(finding, TakenAway):
        return finding.role.of_nodes is True
    return isinstance(finding, NotAsked)


def findings_of(role: Role, policy: Policy, calls: Sequence[Call] | None) -> Iterator[Finding]:
    """Yield what follows from IAM's decisions on a role's calls; `None` is a preview that cannot ask yet.

    IAM names an inline policy `role_ROLE_POLICY`, and a managed one by its name.
    """
    if calls is None:
        yield NotYet(role)
        return
    inline = f"role_{role.arn.rpartition('/')[2]}_"
    own_policy = policy.name and (inline if policy.is_inline else "") + policy.name

    def shown(text: str) -> str:
        return SECRET if policy.secret and text != ANY_RESOURCE else text

    def shown_policies(ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(shown(show(id_.removeprefix(inline))) for id_ in ids))

    def shown_call(call: Call) -> Call:
        region, resource = shown(escape(call.region)), shown(call.resource)
        return call._replace(region=region, resource=resource, policies=shown_policies(call.policies))

    granted = [call for call in calls if call.is_granted]
    # Others than nodes send no heartbeat.
    denied = [shown_call(call) for call in (calls if role.of_nodes else granted) if call.denied_by]
    for group in grouped(denied, lambda call: (call.region, call.is_granted, call.denied_by, call.policies)):
        yield Denied(role, group)
    heartbeat = [call for call in calls if not (call.is_granted or call.denied_by)]
    allowing = [policy_id for call in heartbeat for policy_id in call.policies]
    others = [policy_id for policy_id in allowing if policy_id != own_policy]
    if allowing and not others:
        yield TakenAway(role, heartbeat)
    if not any(call.denied_by for call in granted):
        resources = dict.fromkeys(resource for statement in policy.statements for resource in statement.resources)
        foreign = [shown(resource) for resource in resources if resource not in {call.resource for call in granted}]
        yield Allowed(role, [*map(shown_call, granted)], shown_policies(others), foreign)


def denied_actions(findings: Iterable[Finding]) -> dict[str, list[str]]:
    """Return what is denied, by the roles' names: without what only an SCP can deny."""
    denied: dict[str, dict[str, None]] = {}
    for finding in findings:
        if isinstance(finding, Denied | TakenAway) and finding.calls[0].denied_by != "SCP":
            name = SECRET if finding.role.secret else finding.role.name
            denied.setdefault(name, {}).update(dict.fromkeys(call.action for call in finding.calls))
    return {name: [*actions] for name, actions in denied.items()}


def lines(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Yield a line for the findings that have a sentence in common, with the first one and the names of their roles.

    The texts of AWS's failures name roles. So failures of one code share a line, which has the first one's text.
    """

    def key(finding: Finding) -> str:
        return (isinstance(finding, NotAsked) and finding.failure.code) or finding.sentence("")

    for group in grouped(findings, key):
        names = list(dict.fromkeys(finding.role.shown for finding in group if finding.role.name))
        roles = f"role{'s' if len(names) > 1 else ''} {listed(names)}" if names else "the role"
        yield group[0], with_input_names(group[0].sentence(roles))


def error_lines(findings: Iterable[Finding]) -> list[str]:
    """Return the lines of findings that end a run, with the way out, unless nodes lose their connection there."""
    advisory = with_input_names(_ADVISORY)
    return [line if isinstance(finding, TakenAway) else f"{line} {advisory}" for finding, line in lines(findings)]
