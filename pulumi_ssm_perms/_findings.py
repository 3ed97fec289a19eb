"""What IAM's evaluations of a role mean, as findings, and the line that tells a finding. Nothing here asks AWS."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

from ._ask import IamRole, InvokeError
from ._aws import is_in_other_account
from ._document import UPDATE_INSTANCE_INFORMATION, Document, grants_in
from ._errors import SECRET, input_name, listed, show


class Message(NamedTuple):
    """How a finding is told: by which function of `pulumi.log`, and in which words."""

    level: Literal["warn", "info"]
    text: str


# The table of docs/check-a-role.md, in its order. A job can fail on the warnings, because they all begin with "IAM ".
_UNLESS: Final = "unless this update or the network of a real request changes that."
DENIED: Final = Message(
    "warn",
    "IAM would deny {roles} {actions} in {region}: there is a Deny in {policies}. Make an exception there, " + _UNLESS,
)
NOT_IN_BOUNDARY: Final = Message(
    "warn",
    "IAM would deny {roles} {actions} in {region}: {limits} does not allow this. Allow it there, " + _UNLESS,
)
UNEXPLAINED: Final = Message(
    "warn",
    "IAM would deny {roles} {actions} in {region}: no policy explains this, so an SCP may be the cause. Check the "
    "SCPs, " + _UNLESS,
)
NO_HEARTBEAT: Final = Message(
    "warn",
    "IAM would deny {roles} {actions} in {region}: no policy allows it on *, or {limits} blocks it. Set {heartbeat} to "
    "true, or to false if Default Host Management serves the nodes, " + _UNLESS,
)
HEARTBEAT_REMOVED: Final = Message(
    "warn",
    "IAM allows {roles} the heartbeat (ssm:UpdateInstanceInformation) only by {policies}, from which this update "
    "removes it, so nodes lose their connection (ConnectionLost). Set {heartbeat} to true, unless this update or "
    "Default Host Management grants the heartbeat.",
)
NO_ROLE: Final = Message(
    "warn",
    "IAM has no {roles} in the provider's account. Correct the name or the provider, or ignore this if this program "
    "makes the role and the component depends on it.",
)
OTHER_ARN: Final = Message(
    "warn",
    "IAM has {roles} as {iam_arn}, not as {written_arn}. If that is the role that you mean, write its name or IAM's "
    "ARN.",
)
NO_ANSWER: Final = Message(
    "warn", "IAM could not be asked about {roles} ({reason}). Correct the cause, or run the preview again."
)
ACCESS_DENIED: Final = Message(
    "warn",
    "IAM could not be asked about {roles} ({reason}). Allow the deploying identity iam:GetRole and "
    "iam:SimulatePrincipalPolicy.",
)
NO_ROLE_YET: Final = Message(
    "info",
    "IAM has no {roles} in the provider's account yet. If this program makes the role, the next preview asks about it; "
    "otherwise correct the name.",
)
NOT_KNOWN_YET: Final = Message(
    "info", "This preview does not know yet what to ask IAM about {roles}. A later one asks."
)
ALLOWED: Final = Message(
    "info", "As IAM is now, it would allow {roles} {count} actions of this policy in {regions}.{notes}"
)
_HEARTBEAT_NOTE: Final = (
    " The heartbeat is allowed only by {}: nodes lose their connection if this update deletes that."
)
_OTHER_ACCOUNT_NOTE: Final = " It cannot be asked about {}, in another account."
_SIMULATOR_NOTE: Final = " Its simulator does not see key policies and bucket policies."


class Finding(NamedTuple):
    """A message and what it says of a role, with secrets hidden. Roles with equal findings share a line."""

    message: Message
    fields: tuple[tuple[str, str], ...] = ()


def make_finding(message: Message, **fields: str) -> Finding:
    """Return a finding with the fields of its message, except `roles` and `heartbeat`, which are of each line."""
    return Finding(message, tuple(fields.items()))


class Secrets(frozenset[str]):
    """The texts that no line may show: names of roles and policies, and resources."""

    def shown_name(self, name: str) -> str:
        """Return how a line shows the name or the ARN of a role or a policy. IAM ignores the case of names."""
        return SECRET if any(secret.lower() in name.lower() for secret in self) else show(name)

    def shown_part(self, resource: str, part: str) -> str:
        """Return how a line shows a part of a resource, which is as secret as the resource."""
        return SECRET if resource in self else part


def line_of(finding: Finding, role_names: Iterable[str], secrets: Secrets) -> str:
    """Return the line about a finding and its roles, whose names a preview may not know."""
    names = [*dict.fromkeys(secrets.shown_name(name) for name in role_names)]
    roles = f"role{'s' if len(names) > 1 else ''} {listed(names)}" if names else "the role"
    heartbeat = input_name("allow_update_instance_information")
    return finding.message.text.format(roles=roles, heartbeat=heartbeat, **dict(finding.fields))


def invoke_finding(error: InvokeError, secrets: Secrets) -> Finding:
    """Return the finding about a role if AWS does not answer."""
    # AWS's words can have secret names in them. They also name the role, so each role would have a line of its own.
    is_code_enough = bool(secrets) or error.is_access_denied or "Throttl" in error.code
    reason = (error.code or "the reason may have a secret in it") if is_code_enough else error.reason
    return make_finding(ACCESS_DENIED if error.is_access_denied else NO_ANSWER, reason=reason)


class Evaluation(NamedTuple):
    """What IAM's simulator decides about one action on one resource, and the ids of the policies that decide."""

    region: str
    resource: str
    action: str
    decision: str
    policy_ids: tuple[str, ...]


class Simulation(NamedTuple):
    """What IAM's simulator answered about a role that has the document as well.

    `heartbeat` is `None` if the document grants the heartbeat, or if no node service may assume the role. The simulator
    calls the component's policy, as that is now, `own_policy_id`.
    """

    role: IamRole
    document: Document
    granted: Sequence[Evaluation]
    heartbeat: Evaluation | None
    own_policy_id: str
    secrets: Secrets


def findings_in(simulation: Simulation, *, needs_heartbeat: bool) -> Iterator[Finding]:
    """Yield what a simulation means. `needs_heartbeat` is false if an explicit `False` says that nodes need none."""
    denied_grants = [evaluation for evaluation in simulation.granted if evaluation.decision != "allowed"]
    denied, notes = [*denied_grants], ""
    if heartbeat := simulation.heartbeat:
        if (heartbeat.decision, *heartbeat.policy_ids) == ("allowed", simulation.own_policy_id):
            yield make_finding(HEARTBEAT_REMOVED, policies=_shown_policies(heartbeat, simulation))
        elif needs_heartbeat and heartbeat.decision == "allowed":
            notes = _HEARTBEAT_NOTE.format(_shown_policies(heartbeat, simulation))
        elif needs_heartbeat:
            denied.append(heartbeat)
    yield from _denials(denied, simulation)
    if not denied_grants:
        yield _allowance(simulation, notes)


def _denials(denied: Iterable[Evaluation], simulation: Simulation) -> Iterator[Finding]:
    """Yield the findings about denied actions. Actions denied in the same Region for the same reason share one."""
    actions_by_denial: dict[Finding, list[str]] = defaultdict(list)
    for evaluation in denied:
        region = simulation.secrets.shown_part(evaluation.resource, evaluation.region)
        denial = _denial(evaluation, simulation, region)
        actions_by_denial[denial].append(_shown_action(evaluation, simulation.secrets))
    for denial, actions in actions_by_denial.items():
        yield denial._replace(fields=(*denial.fields, ("actions", listed([*dict.fromkeys(actions)]))))


def _denial(evaluation: Evaluation, simulation: Simulation, region: str) -> Finding:
    """Return why an action is denied, as a finding that lacks only the `actions`."""
    is_explicit, boundary = evaluation.decision == "explicitDeny", simulation.role.boundary
    if is_explicit and evaluation.policy_ids:
        return make_finding(DENIED, region=region, policies=_shown_policies(evaluation, simulation, boundary))
    limits = f"the permissions boundary {simulation.secrets.shown_name(boundary)} or an SCP" if boundary else "an SCP"
    if evaluation is simulation.heartbeat and not is_explicit:
        return make_finding(NO_HEARTBEAT, region=region, limits=limits)
    if boundary and not is_explicit:
        return make_finding(NOT_IN_BOUNDARY, region=region, limits=limits)
    return make_finding(UNEXPLAINED, region=region)


def _shown_action(evaluation: Evaluation, secrets: Secrets) -> str:
    """Return the action and the resource, without the Region, which the line names once, and without the account."""
    action, resource = evaluation.action, evaluation.resource
    if resource == "*":
        return f"{action} (the heartbeat)" if action == UPDATE_INSTANCE_INFORMATION else action
    return f"{action} on {secrets.shown_part(resource, resource.split(':', 5)[5])}"


def _shown_policies(evaluation: Evaluation, simulation: Simulation, boundary: str = "") -> str:
    """Return the names of the policies that decide, and which of them is the boundary, if its name is given."""
    inline_prefix = inline_policy_id(simulation.role, "")
    shown = {
        policy_id: simulation.secrets.shown_name(policy_id.removeprefix(inline_prefix))
        for policy_id in evaluation.policy_ids
    }
    labels = [f"the permissions boundary {name}" if id_ == boundary else name for id_, name in shown.items()]
    return listed(labels)


def inline_policy_id(role: IamRole, name: str) -> str:
    """Return the simulator's id of a role's inline policy. The id of a managed policy is its name."""
    return f"role_{role.arn.rpartition('/')[2]}_{name}"


def _allowance(simulation: Simulation, notes: str) -> Finding:
    """Return the finding about a role to which IAM allows all grants that it can be asked about."""
    secrets = simulation.secrets
    regions = dict.fromkeys(secrets.shown_part(resource, region) for region, resource, *_ in simulation.granted)
    asked = {evaluation.action for evaluation in simulation.granted}
    granted_actions, granted_resources = zip(*grants_in(simulation.document), strict=True)
    others = [resource for resource in granted_resources if is_in_other_account(resource, simulation.role.arn)]
    if others:
        shown = dict.fromkeys(secrets.shown_part(resource, resource) for resource in others)
        notes += _OTHER_ACCOUNT_NOTE.format(listed([*shown]))
    if any(action.startswith(("kms:", "s3:")) for action in asked):
        notes += _SIMULATOR_NOTE
    total = len({*granted_actions})
    count = f"all {total}" if len(asked) == total else f"{len(asked)} of the {total}"
    return make_finding(ALLOWED, count=count, regions=listed([*regions]), notes=notes)
