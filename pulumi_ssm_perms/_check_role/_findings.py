"""What IAM is to be asked about a role, and what follows from its results."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Union

import pulumi

from pulumi_ssm_perms._aws import ANY_RESOURCE, arn_account, arn_region
from pulumi_ssm_perms._document import UPDATE_INSTANCE_INFORMATION, Statement
from pulumi_ssm_perms._errors import SECRET, grouped, listed, show
from pulumi_ssm_perms._invokes import Unanswered

from ._causes import Cause, Finding
from ._role import Role
from ._simulation import Call, Result

_MAY_NOT_ASK: Final = frozenset({"AccessDenied", "AccessDeniedException"})
_GRANT: Final = "Allow the deploying identity iam:GetRole and iam:SimulatePrincipalPolicy"
_OF_RESOURCES: Final = ("kms:", "s3:")

Outcome = Union[Sequence[Result], Unanswered, None]
"""What IAM says of a role; `None` if a preview cannot ask yet."""


@dataclass(frozen=True)
class RoleCheck:
    """The check of one role."""

    # `None` if the role is not known.
    role: Role | None
    # Empty if they are not known.
    statements: Sequence[Statement]
    # Matches how IAM's results call the component's own policy.
    policy_id: re.Pattern[str] | None
    # Whether a message must hide what the statements and policies name.
    secret: bool
    # Whether IAM is asked about the role with the component's document, and not as it is.
    with_document: bool

    @property
    def actions(self) -> set[str]:
        """The actions that the statements grant, on whatever resource."""
        return {action for each in self.statements for action in each.actions}

    @property
    def foreign_resources(self) -> list[str]:
        """The resources of other accounts than the role's: IAM cannot be asked about them."""
        own = ("", arn_account(self.role.arn)) if self.role and self.role.arn else None
        resources = dict.fromkeys(resource for each in self.statements for resource in each.resources)
        return [each for each in resources if own and each != ANY_RESOURCE and arn_account(each) not in own]

    def calls(self, region: str) -> list[Call]:
        """Return what is granted, each in its resource's Region or this one, and the heartbeat if nodes may need it."""
        pairs = [
            (action, resource) for each in self.statements for action in each.actions for resource in each.resources
        ]
        if self.role and self.role.of_nodes is not False:
            pairs.append((UPDATE_INSTANCE_INFORMATION, ANY_RESOURCE))
        foreign, granted = self.foreign_resources, self.actions
        return [
            Call((resource != ANY_RESOURCE and arn_region(resource)) or region, action, resource, action in granted)
            for action, resource in dict.fromkeys(pairs)
            if resource not in foreign
        ]

    def other_policies(self, result: Result) -> list[str]:
        """Return the policies that a result names beside the component's own one."""
        return [each for each in result.policies if not (self.policy_id and self.policy_id.fullmatch(each))]

    def shown(self, text: str) -> str:
        """Return a text for a message."""
        return SECRET if self.secret else text

    def shown_call(self, call: Call) -> str:
        """Return a call for a message."""
        return call.action if call.resource == ANY_RESOURCE else f"{call.action} on {self.shown(call.resource)}"

    def shown_policies(self, ids: Iterable[str]) -> str:
        """Return the names of policies for a message, by their ids in results."""
        prefix = self.role.inline_policy_id("") if self.role else ""
        return self.shown(listed([show(each.removeprefix(prefix)) for each in ids]))


def findings(check: RoleCheck, outcome: Outcome) -> Iterator[Finding]:
    """Yield what follows for a role."""
    role = check.role
    if isinstance(outcome, Unanswered):
        said = outcome.reason(secret=check.secret)
        remedy = _GRANT if outcome.code in _MAY_NOT_ASK else "Run the command again"
        facts = {"answer": f" ({said})" if said else "", "remedy": remedy, "code": outcome.code}
        yield Finding(role, Cause.NOT_ASKED, facts)
    elif outcome is None or role is None:
        yield Finding(role, Cause.NOT_YET)
    else:
        yield from _denials(check, role, outcome)
        yield from _allowances(check, role, outcome)
    for resource in check.foreign_resources:
        if ":log-group:" in resource:
            yield Finding(role, Cause.UNREACHABLE_GROUP, {"group": check.shown(resource.removesuffix(":*"))})


def _denials(check: RoleCheck, role: Role, results: Iterable[Result]) -> Iterator[Finding]:
    """Yield what is denied, by cause and Region; a heartbeat that is not granted, only if nodes use the role."""
    denied = [each for each in results if not each.allowed and (each.call.is_granted or role.of_nodes)]
    limits = f"the permissions boundary {check.shown(role.boundary)} or an SCP" if role.boundary else "an SCP"
    for group in grouped(denied, lambda each: (_cause(check, each), each.policies, each.call.region)):
        cause = _cause(check, group[0])
        keys = listed(sorted({key for each in group for key in each.missing_context_keys}))
        facts = {
            **_tense(check, group[0]),
            "calls": listed([check.shown_call(each.call) for each in group]),
            "policies": check.shown_policies(group[0].policies),
            "boundary": check.shown(role.boundary) or check.shown_policies(group[0].policies),
            "limits": limits,
            "not_told": keys and f" IAM was not told {keys}: a real request may be decided otherwise.",
        }
        actions = () if cause is Cause.SCP else dict.fromkeys(each.call.action for each in group)
        yield Finding(role, cause, facts, tuple(actions))


def _cause(check: RoleCheck, result: Result) -> Cause:
    """Return why a call is denied, as far as its result tells."""
    if result.policies and not check.other_policies(result):
        return Cause.OWN_DENY
    if result.policies and not result.call.is_granted:
        return Cause.HEARTBEAT_DENIED
    if result.policies:
        return Cause.BOUNDARY if result.is_by_boundary else Cause.DENIED
    if result.decision == "implicitDeny" and not result.call.is_granted:
        return Cause.NO_HEARTBEAT
    return {"document": Cause.MISSING, "boundary": Cause.BOUNDARY, None: Cause.SCP}[result.lifted_by]


def _allowances(check: RoleCheck, role: Role, results: Sequence[Result]) -> Iterator[Finding]:
    """Yield that all is allowed; that only the component's policy allows a heartbeat that it no longer grants."""
    granted = [each for each in results if each.call.is_granted]
    heartbeat = [each for each in results if not each.call.is_granted and each.allowed]
    others = [policy for each in heartbeat for policy in check.other_policies(each)]
    if any(each.policies for each in heartbeat) and not others:
        # After the write, IAM shows it late.
        if pulumi.runtime.is_dry_run():
            yield Finding(role, Cause.TAKEN_AWAY, denied_actions=(UPDATE_INSTANCE_INFORMATION,))
        heartbeat = []
    if not all(each.allowed for each in granted):
        return
    foreign = listed([check.shown(each) for each in check.foreign_resources])
    is_unseen = any(each.startswith(_OF_RESOURCES) for each in check.actions)
    facts = {
        **_tense(check, granted[0]),
        "count": str(len({each.call.action for each in [*granted, *heartbeat]})),
        "regions": ", or in the Region of its resource" if len({each.call.region for each in granted}) > 1 else "",
        "heartbeat": f" (the heartbeat by {check.shown_policies(others)}, which must stay)" if others else "",
        "foreign": f" It cannot be asked about {foreign}, of another account." if foreign else "",
        "unseen": " Its simulator does not see key policies and bucket policies." if is_unseen else "",
    }
    yield Finding(role, Cause.ALLOWED, facts)


def _tense(check: RoleCheck, result: Result) -> dict[str, str]:
    """Return the words for a role as it is, or as it would be with the policy."""
    iam, allows, denies = "IAM", "allows", "denies"
    if check.with_document:
        iam, allows, denies = "With this component's policy, IAM", "would allow", "would deny"
    return {"iam": iam, "allows": allows, "denies": denies, "region": check.shown(result.call.region)}
