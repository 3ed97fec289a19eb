"""What IAM's decisions about a role mean, as data, and the line that tells it. This module asks nothing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from ._ask import Decision, IamRole, NoAnswerError
from ._aws import is_foreign
from ._document import UPDATE_INSTANCE_INFORMATION, Document, grants_in
from ._errors import SECRET, listed, show

Kind = Literal[
    "denied", "heartbeat removed", "no answer", "other ARN", "no role", "no role yet", "not known yet", "allowed"
]


class MessageTemplate(NamedTuple):
    """How a kind of finding is told: by which function of `pulumi.log`, and in which words."""

    level: Literal["warn", "info"]
    text: str


# docs/check-a-role.md has the same table, with what to do. A job can fail on the warnings, which all begin with "IAM ".
MESSAGES: Final[Mapping[Kind, MessageTemplate]] = {
    "denied": MessageTemplate(
        "warn",
        "IAM denies {roles} {calls} in {region}: {cause}. {remedy}, unless this update or the network of a real "
        "request changes that.",
    ),
    "heartbeat removed": MessageTemplate(
        "warn",
        "IAM allows {roles} the heartbeat only by {policy}, from which this update removes it, so nodes lose their "
        "connection (ConnectionLost). Set allow_update_instance_information to True, unless this update or Default "
        "Host Management grants the heartbeat.",
    ),
    "no answer": MessageTemplate("warn", "IAM could not be asked about {roles}{reason}. {remedy}."),
    "other ARN": MessageTemplate(
        "warn",
        "IAM has {roles} as {iam_arn}, not as {written_arn}. If that is the role that you mean, write its name or "
        "IAM's ARN.",
    ),
    "no role": MessageTemplate(
        "warn",
        "IAM has no {roles} in the provider's account. Correct the name or the provider, or ignore this if this "
        "program makes the role and the component depends on it.",
    ),
    "no role yet": MessageTemplate(
        "info",
        "IAM has no {roles} in the provider's account yet. If this program makes the role, the next preview asks about "
        "it; otherwise correct the name.",
    ),
    "not known yet": MessageTemplate(
        "info", "This preview does not know yet what to ask IAM about {roles}. A later one asks."
    ),
    "allowed": MessageTemplate("info", "As IAM is now, it allows {roles} {actions} in {regions}.{notes}"),
}
_NO_EXPLANATION: Final = "no policy explains this, so an SCP may be the cause"
_HEARTBEAT_REMEDY: Final = (
    "Set allow_update_instance_information to True, or to False if Default Host Management serves the nodes"
)
_ASK_PERMISSIONS: Final = "Allow the deploying identity iam:GetRole and iam:SimulatePrincipalPolicy"
_SIMULATOR_LIMITS: Final = " Its simulator does not see key policies and bucket policies."


class Finding(NamedTuple):
    """What was found about a role: a kind, and the fields of its message, in which secrets are hidden already.

    Roles with equal findings share a line.
    """

    kind: Kind
    fields: tuple[tuple[str, str], ...]


def make_finding(kind: Kind, **fields: str) -> Finding:
    """Return a finding with the fields of its message, except `roles`."""
    return Finding(kind, tuple(fields.items()))


class Secrets(frozenset[str]):
    """The texts that no line may show: names of roles and policies, and resources."""

    def shown_name(self, name: str) -> str:
        """Return how a line shows the name or the ARN of a role or a policy. IAM ignores the case of names."""
        return SECRET if any(secret.lower() in name.lower() for secret in self) else show(name)

    def shown_part(self, resource: str, part: str) -> str:
        """Return how a line shows a part of a resource, which is as secret as the resource."""
        return SECRET if resource in self else part


def sentence(finding: Finding, role_names: Iterable[str], secrets: Secrets) -> str:
    """Return the line about a finding and the roles that it is about. A preview may not know their names."""
    names = [*dict.fromkeys(secrets.shown_name(name) for name in role_names)]
    roles = f"role{'s' if len(names) > 1 else ''} {listed(names)}" if names else "the role"
    return MESSAGES[finding.kind].text.format(roles=roles, **dict(finding.fields))


def no_answer_finding(error: NoAnswerError, secrets: Secrets) -> Finding:
    """Return the finding about a role if AWS does not answer."""
    is_denied = error.code.startswith("AccessDenied")
    # AWS's words can name the role and resources: they may be secret, and each role would have a line of its own.
    is_code_enough = bool(secrets) or is_denied or "Throttl" in error.code
    reason = error.code if is_code_enough else error.reason
    remedy = _ASK_PERMISSIONS if is_denied else "Correct the cause, or run the preview again"
    return make_finding("no answer", reason=f" ({reason})" if reason else "", remedy=remedy)


class Call(NamedTuple):
    """What IAM decided about an action on a resource: a grant of the document, or the heartbeat, which is none."""

    region: str
    resource: str
    action: str
    decision: Decision
    is_granted: bool


class Answers(NamedTuple):
    """What IAM answered about one role. `own_policy_id` is what it calls the component's policy as that is now."""

    role: IamRole
    document: Document
    own_policy_id: str
    calls: Sequence[Call]
    secrets: Secrets


def findings_in(answers: Answers, *, needs_heartbeat: bool) -> Iterator[Finding]:
    """Yield what IAM's answers mean. `needs_heartbeat` is false if an explicit `False` says that nodes need none."""
    denied = [call for call in answers.calls if call.is_granted and call.decision.outcome != "allowed"]
    is_policy_allowed = not denied
    notes = ""
    for heartbeat in (call for call in answers.calls if not call.is_granted):
        if heartbeat.decision == Decision("allowed", (answers.own_policy_id,)):
            yield make_finding("heartbeat removed", policy=_shown_policies(heartbeat.decision, answers))
        elif needs_heartbeat and heartbeat.decision.outcome == "allowed":
            notes = f" The heartbeat is allowed by {_shown_policies(heartbeat.decision, answers)}: keep that."
        elif needs_heartbeat:
            denied.append(heartbeat)
    yield from _denied_findings(denied, answers)
    if is_policy_allowed:
        yield _allowed_finding(answers, notes)


def _denied_findings(calls: Iterable[Call], answers: Answers) -> Iterator[Finding]:
    """Yield a finding for the calls that are denied in the same Region for the same cause."""
    shown_calls: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for call in calls:
        region = answers.secrets.shown_part(call.resource, call.region)
        shown_calls[region, *_cause_and_remedy(call, answers)].append(_shown_call(call, answers.secrets))
    for (region, cause, remedy), shown in shown_calls.items():
        listed_calls = listed([*dict.fromkeys(shown)])
        yield make_finding("denied", calls=listed_calls, region=region, cause=cause, remedy=remedy)


def _cause_and_remedy(call: Call, answers: Answers) -> tuple[str, str]:
    """Return why a call is denied, and what to do about it."""
    boundary, policy_ids = answers.role.boundary, call.decision.policy_ids
    is_explicit = call.decision.outcome == "explicitDeny"
    if is_explicit and policy_ids:
        of_boundary = "the permissions boundary " if policy_ids == (boundary,) else ""
        return f"there is a Deny in {of_boundary}{_shown_policies(call.decision, answers)}", "Make an exception there"
    if is_explicit or (call.is_granted and not boundary):
        return _NO_EXPLANATION, "Look at the SCPs"
    limit = f"the permissions boundary {answers.secrets.shown_name(boundary)} or an SCP" if boundary else "an SCP"
    if call.is_granted:
        return f"{limit} does not allow this", "Allow it there"
    return f"no policy allows it on *, or {limit} does not", _HEARTBEAT_REMEDY


def _shown_call(call: Call, secrets: Secrets) -> str:
    """Return a call without what its line says of all its calls, which is the Region, and without the account."""
    if call.resource == "*":
        return f"{call.action} (the heartbeat)" if call.action == UPDATE_INSTANCE_INFORMATION else call.action
    return f"{call.action} on {secrets.shown_part(call.resource, call.resource.split(':', 5)[5])}"


def _shown_policies(decision: Decision, answers: Answers) -> str:
    """Return the names of the policies that decide."""
    inline_prefix = inline_policy_id(answers.role, "")
    names = [policy_id.removeprefix(inline_prefix) for policy_id in decision.policy_ids]
    return listed([answers.secrets.shown_name(name) for name in names])


def inline_policy_id(role: IamRole, name: str) -> str:
    """Return what IAM's simulator calls an inline policy of a role. It calls a managed policy by its name."""
    return f"role_{role.arn.rpartition('/')[2]}_{name}"


def _allowed_finding(answers: Answers, notes: str) -> Finding:
    """Return the finding about a role to which IAM allows all grants that it can be asked about."""
    secrets = answers.secrets
    calls = [call for call in answers.calls if call.is_granted]
    regions = dict.fromkeys(secrets.shown_part(call.resource, call.region) for call in calls)
    granted_actions, granted_resources = zip(*grants_in(answers.document), strict=True)
    asked, total = (len(set(actions)) for actions in ((call.action for call in calls), granted_actions))
    foreign = [resource for resource in granted_resources if is_foreign(resource, answers.role.arn)]
    if foreign:
        shown = dict.fromkeys(secrets.shown_part(resource, resource) for resource in foreign)
        notes += f" It cannot be asked about {listed([*shown])}, of another account."
    if any(call.action.startswith(("kms:", "s3:")) for call in calls):
        notes += _SIMULATOR_LIMITS
    actions = f"{f'all {total}' if asked == total else f'{asked} of the {total}'} actions of this policy"
    return make_finding("allowed", actions=actions, regions=listed([*regions]), notes=notes)
