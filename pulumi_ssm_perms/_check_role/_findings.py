"""What IAM is to be asked about a role, and what follows from its results."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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
class RoleQuestion:
    """What IAM is asked about one role, and what its answer is worded with."""

    # `None` if the role is not known.
    role: Role | None
    # Empty if they are not known.
    statements: Sequence[Statement]
    # Matches the id of the component's own policy in IAM's results.
    own_policy: re.Pattern[str] | None
    # Whether a message must hide what the statements and policies name.
    secret: bool
    # Whether IAM is asked about the role with the component's document, and not as it is.
    with_document: bool

    @cached_property
    def actions(self) -> set[str]:
        """The actions that the statements grant, on whatever resource."""
        return {action for each in self.statements for action in each.actions}

    @cached_property
    def foreign_resources(self) -> list[str]:
        """The resources of other accounts than the role's: IAM cannot be asked about them."""
        if not (self.role and self.role.arn):
            return []
        # The ARN of a bucket names no account.
        not_foreign = ("", arn_account(self.role.arn))
        resources = dict.fromkeys(resource for each in self.statements for resource in each.resources)
        return [each for each in resources if each != ANY_RESOURCE and arn_account(each) not in not_foreign]

    def calls(self, region: str) -> list[Call]:
        """Return what is granted, each in its resource's Region or this one, and the heartbeat if nodes may need it."""
        pairs = [
            (action, resource) for each in self.statements for action in each.actions for resource in each.resources
        ]
        if self.role and self.role.of_nodes is not False:
            pairs.append((UPDATE_INSTANCE_INFORMATION, ANY_RESOURCE))
        return [
            Call(arn_region(resource) or region, action, resource, is_granted=action in self.actions)
            for action, resource in dict.fromkeys(pairs)
            if resource not in self.foreign_resources
        ]

    def other_policies(self, result: Result) -> list[str]:
        """Return the policies that a result names beside the component's own one."""
        return [each for each in result.policies if not (self.own_policy and self.own_policy.fullmatch(each))]

    def shown(self, text: str) -> str:
        """Return the text, or `[secret]` if statements or policies are secret."""
        return SECRET if self.secret else text

    def shown_call(self, call: Call) -> str:
        """Return a call for a message."""
        return call.action if call.resource == ANY_RESOURCE else f"{call.action} on {self.shown(call.resource)}"

    def shown_policies(self, ids: Iterable[str]) -> str:
        """Return the names of policies for a message, by their ids in results."""
        prefix = self.role.inline_policy_id("") if self.role else ""
        return self.shown(listed([show(each.removeprefix(prefix)) for each in ids]))


def findings(question: RoleQuestion, outcome: Outcome) -> Iterator[Finding]:
    """Yield what an outcome means: denials, that all is allowed, log groups that cannot be reached."""
    role = question.role
    if isinstance(outcome, Unanswered):
        said = outcome.reason(secret=question.secret)
        remedy = (
            _GRANT if outcome.code in _MAY_NOT_ASK else f"{'Correct that, or run' if said else 'Run'} the command again"
        )
        facts = {"answer": f" ({said})" if said else "", "remedy": remedy, "code": outcome.code}
        yield Finding(role, Cause.NOT_ASKED, facts)
    elif outcome is None or role is None:
        yield Finding(role, Cause.NOT_YET)
    else:
        yield from _denials(question, role, outcome)
        yield from _allowances(question, role, outcome)
    for resource in question.foreign_resources:
        if ":log-group:" in resource:
            yield Finding(role, Cause.UNREACHABLE_GROUP, {"group": question.shown(resource.removesuffix(":*"))})


def _denials(question: RoleQuestion, role: Role, results: Iterable[Result]) -> Iterator[Finding]:
    """Yield what is denied, by cause and Region; a heartbeat that is not granted, only if nodes use the role."""
    denied = [each for each in results if not each.allowed and (each.call.is_granted or role.of_nodes)]
    limits = f"the permissions boundary {question.shown(role.boundary)} or an SCP" if role.boundary else "an SCP"
    for group in grouped(denied, lambda each: (_cause(question, each), each.policies, each.call.region)):
        cause, policies = _cause(question, group[0]), question.shown_policies(group[0].policies)
        keys = listed(sorted({key for each in group for key in each.missing_context_keys}))
        facts = {
            **_tense(question, group[0]),
            "calls": listed([question.shown_call(each.call) for each in group]),
            "policies": policies,
            "boundary": question.shown(role.boundary) or policies,
            "limits": limits,
            "not_told": keys and f" IAM was not told {keys}: a real request may be decided otherwise.",
        }
        actions = () if cause is Cause.SCP else dict.fromkeys(each.call.action for each in group)
        yield Finding(role, cause, facts, tuple(actions))


def _cause(question: RoleQuestion, result: Result) -> Cause:
    """Return why a call is denied, as far as its result tells."""
    is_granted = result.call.is_granted
    if result.decision == "implicitDeny":
        lifted_by: Mapping[str | None, Cause] = {"document": Cause.MISSING, "boundary": Cause.BOUNDARY, None: Cause.SCP}
        return lifted_by[result.lifted_by] if is_granted else Cause.NO_HEARTBEAT
    if not result.policies:
        return Cause.SCP
    if not question.other_policies(result):
        return Cause.OWN_DENY
    if is_granted and result.is_by_boundary:
        return Cause.BOUNDARY
    return Cause.DENIED if is_granted else Cause.HEARTBEAT_DENIED


def _allowances(question: RoleQuestion, role: Role, results: Sequence[Result]) -> Iterator[Finding]:
    """Yield that all is allowed; that only the component's policy allows a heartbeat that it no longer grants."""
    granted = [each for each in results if each.call.is_granted]
    heartbeat = [each for each in results if not each.call.is_granted and each.allowed]
    others = [policy for each in heartbeat for policy in question.other_policies(each)]
    if any(each.policies for each in heartbeat) and not others:
        # After the write, IAM shows it late.
        if pulumi.runtime.is_dry_run():
            yield Finding(role, Cause.TAKEN_AWAY, denied_actions=(UPDATE_INSTANCE_INFORMATION,))
        heartbeat = []
    if not all(each.allowed for each in granted):
        return
    foreign = listed([question.shown(each) for each in question.foreign_resources])
    is_unseen = any(each.startswith(_OF_RESOURCES) for each in question.actions)
    facts = {
        **_tense(question, granted[0]),
        "count": str(len({each.call.action for each in [*granted, *heartbeat]})),
        "regions": ", or in the Region of its resource" if len({each.call.region for each in granted}) > 1 else "",
        "heartbeat": f" (the heartbeat by {question.shown_policies(others)}, which must stay)" if others else "",
        "foreign": f" It cannot be asked about {foreign}, of another account." if foreign else "",
        "unseen": " Its simulator does not see key policies and bucket policies." if is_unseen else "",
    }
    yield Finding(role, Cause.ALLOWED, facts)


def _tense(question: RoleQuestion, result: Result) -> dict[str, str]:
    """Return the words for a role as it is, or as it would be with the policy."""
    iam, allows, denies = "IAM", "allows", "denies"
    if question.with_document:
        iam, allows, denies = "With this component's policy, IAM", "would allow", "would deny"
    return {"iam": iam, "allows": allows, "denies": denies, "region": question.shown(result.call.region)}
