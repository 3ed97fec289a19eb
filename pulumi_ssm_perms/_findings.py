"""What IAM's answers about a role mean, and the line that tells it. Nothing here asks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from ._ask import Decision, IamRole, NoAnswerError
from ._aws import is_foreign
from ._document import UPDATE_INSTANCE_INFORMATION, Document, grants_in
from ._errors import SECRET, input_name, listed, show

Kind = Literal["denied", "heartbeat goes", "no answer", "ARN", "no role", "no role yet", "later", "allowed"]


class Line(NamedTuple):
    """How a kind of finding is told, by the name of Pulumi's function, and in which words."""

    level: Literal["warn", "info"]
    text: str


# docs/check-a-role.md has all lines in a table. A job can fail on warnings that begin with "IAM ": Pulumi's JSON puts
# "warning: " before them.
LINES: Final[Mapping[Kind, Line]] = {
    "denied": Line("warn", "IAM denies {roles} {what}: {why}. This update or a request's network may change that."),
    "heartbeat goes": Line(
        "warn",
        "IAM allows {roles} the heartbeat only by {what}, from which this update takes it: nodes lose their connection "
        "(ConnectionLost), unless this update or Default Host Management grants it.",
    ),
    "no answer": Line("warn", "IAM could not be asked about {roles}{what}. {why}."),
    "ARN": Line("warn", "IAM has {roles} as {what}, not as {why}. If that is the role, write its name or that ARN."),
    "no role": Line(
        "warn",
        "IAM has no {roles} in the provider's account. Correct the name or the provider, or ignore this if this "
        "program makes the role and the component depends on it.",
    ),
    "no role yet": Line(
        "info",
        "IAM has no {roles} in the provider's account yet. A later preview asks; if nothing makes the role, correct "
        "the name.",
    ),
    "later": Line("info", "This preview does not know yet what to ask IAM about {roles}. A later one asks."),
    "allowed": Line("info", "As IAM is now, it allows {roles} {what}.{why}"),
}


class Call(NamedTuple):
    """An action on a resource that a role is granted, or the heartbeat of a node, which it may not be."""

    region: str
    resource: str
    action: str
    is_granted: bool


class Secrets(frozenset[str]):
    """The texts that no line may show: names of roles and policies, and resources."""

    def show(self, name: str) -> str:
        """Return the name or the ARN of a role or a policy as it is shown. IAM ignores the case of names."""
        return SECRET if any(secret.lower() in name.lower() for secret in self) else show(name)

    def show_of(self, resource: str, text: str) -> str:
        """Return what is shown of a resource: a text that is as secret as the resource."""
        return SECRET if resource in self else text


class Finding(NamedTuple):
    """What IAM says of a role, in words without secrets. Roles with equal findings share a line."""

    kind: Kind
    what: str = ""
    why: str = ""


def sentence(finding: Finding, role_names: Iterable[str], secrets: Secrets) -> str:
    """Return the line about a finding and its roles, of which a preview may not know the names."""
    names = [*dict.fromkeys(secrets.show(name) for name in role_names)]
    roles = f"role{'s' if len(names) > 1 else ''} {listed(names)}" if names else "the role"
    return LINES[finding.kind].text.format(roles=roles, what=finding.what, why=finding.why)


def no_answer_finding(error: NoAnswerError, secrets: Secrets) -> Finding:
    """Return the finding of a role about which AWS does not answer."""
    is_denied = error.code.startswith("AccessDenied")
    # AWS's words can name the role and resources: they may be secret, and each role would have a line of its own.
    is_code_enough = bool(secrets) or is_denied or "Throttl" in error.code
    reason = error.code if is_code_enough else error.reason
    remedy = "Allow the deploying identity iam:GetRole and iam:SimulatePrincipalPolicy"
    why = remedy if is_denied else "Correct the cause, or run the preview again"
    return Finding("no answer", f" ({reason})" if reason else "", why)


def findings_in(
    decisions: Sequence[tuple[Call, Decision]], role: IamRole, document: Document, secrets: Secrets
) -> Iterator[Finding]:
    """Yield what IAM's decisions on a role's calls mean. Those denied in one Region for one reason are one finding."""
    denied: dict[tuple[str, str], list[Call]] = defaultdict(list)
    more = ""
    for call, decision in decisions:
        if decision.outcome != "allowed":
            region = secrets.show_of(call.resource, call.region)
            denied[region, _why(call, decision, role, secrets)].append(call)
        elif not call.is_granted:
            more = f" The heartbeat is allowed by {_policies(decision, role, secrets)}: keep that."
    for (region, why), calls in denied.items():
        what = dict.fromkeys(_shown_call(call, secrets) for call in calls)
        yield Finding("denied", f"{listed([*what])} in {region}", why)
    if not any(call.is_granted for calls in denied.values() for call in calls):
        yield _allowed_finding([call for call, _ in decisions if call.is_granted], role, document, secrets, more)


def _allowed_finding(calls: Sequence[Call], role: IamRole, document: Document, secrets: Secrets, more: str) -> Finding:
    """Return the finding of a role to which IAM allows all that it is granted, with what IAM does not see."""
    actions = {call.action for call in calls}
    regions = dict.fromkeys(secrets.show_of(call.resource, call.region) for call in calls)
    resources = [resource for _, resource in grants_in(document) if is_foreign(resource, role.arn)]
    if foreign := dict.fromkeys(secrets.show_of(resource, resource) for resource in resources):
        more += f" It cannot be asked about {listed([*foreign])}, of another account."
    if any(action.startswith(("kms:", "s3:")) for action in actions):
        more += " Its simulator sees no key policies and bucket policies."
    return Finding("allowed", f"all {len(actions)} actions of this policy in {listed([*regions])}", more)


def _shown_call(call: Call, secrets: Secrets) -> str:
    """Return a call without what its line says of all calls: Region and account."""
    if call.resource == "*":
        return f"{call.action} (the heartbeat)" if call.action == UPDATE_INSTANCE_INFORMATION else call.action
    return f"{call.action} on {secrets.show_of(call.resource, call.resource.split(':', 5)[5])}"


def _why(call: Call, decision: Decision, role: IamRole, secrets: Secrets) -> str:
    """Return why a call is denied."""
    is_explicit = decision.outcome == "explicitDeny"
    if is_explicit and decision.policies:
        where = "the permissions boundary " if decision.policies == (role.boundary,) else ""
        return f"it is denied in {where}{_policies(decision, role, secrets)}"
    if is_explicit or (call.is_granted and not role.boundary):
        return "no policy explains it, so an SCP may be the cause"
    limits = f"the permissions boundary {secrets.show(role.boundary)} or an SCP" if role.boundary else "an SCP"
    if call.is_granted:
        return f"{limits} does not allow it"
    name = input_name("allow_update_instance_information")
    remedy = f"Set {name} to True, or to False if this update or Default Host Management grants it"
    return f"no policy allows it on *, or {limits} does not. {remedy}"


def _policies(decision: Decision, role: IamRole, secrets: Secrets) -> str:
    """Return the names of the policies that decide."""
    inline = policy_id(role, "")
    return listed([secrets.show(policy.removeprefix(inline)) for policy in decision.policies])


def policy_id(role: IamRole, name: str) -> str:
    """Return what IAM's simulator calls an inline policy of a role. A managed policy is called by its name."""
    return f"role_{role.arn.rpartition('/')[2]}_{name}"
