"""From IAM's results about a role to what a check finds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Union

from pulumi_ssm_perms._aws import ANY_RESOURCE
from pulumi_ssm_perms._document import CHANNEL_ACTIONS, DECRYPT, PUT_LOG_EVENTS, PUT_OBJECT_ACL
from pulumi_ssm_perms._errors import SECRET, grouped, listed, show
from pulumi_ssm_perms._invokes import Unanswered

from ._causes import Cause, Finding
from ._role import Role, Users
from ._simulation import EvaluationResult, Simulation, own_resources
from ._subject import State, Subject, id_in_results

_MAY_NOT_ASK: Final = frozenset({"AccessDenied", "AccessDeniedException"})
# An SCP that denies a heartbeat hides what else IAM would say of it.
_UNKNOWN_HEARTBEAT: Final = (
    " So the check cannot tell whether a policy of the role allows the heartbeat, or whether this update takes it away."
)
# Resources that have a Region, by how a message and an ARN call them.
_REGIONAL: Final = {"keys": "kms", "log groups": "logs"}


@dataclass(frozen=True)
class Answer:
    """What IAM says of a role as if it had the document; without it, of what other policies seem to allow."""

    simulated: Simulation
    as_it_is: Sequence[EvaluationResult] = ()
    # Why IAM has not said whether the component's own policy is on the role.
    failure: Unanswered | None = None


Outcome = Union[Answer, Unanswered, None]
"""What IAM says of a role; `None` if a preview cannot ask yet."""


def unnamed(subject: Subject, simulated: Simulation) -> list[EvaluationResult]:
    """Return what IAM allows with the document without naming the own policy, which has it, too.

    In a preview a new grant looks the same. So only the channels tell, which each document grants.
    """
    if not subject.own_id or subject.state not in (State.EXPECTED, State.WRITTEN):
        return []
    expected = CHANNEL_ACTIONS if subject.state is State.EXPECTED else subject.actions
    allowed = [each for each in simulated.granted if each.allowed and each.call.action in expected]
    return [each for each in allowed if subject.own_id not in each.policies]


def find(subject: Subject, outcome: Outcome) -> list[Finding]:
    """Return what follows for a role."""
    role = subject.role
    if isinstance(outcome, Unanswered):
        findings = [_unanswered(role, Cause.NOT_ASKED, outcome, secret=subject.secret)]
    elif outcome is None or role is None:
        findings = [Finding(role, Cause.NOT_YET)]
    else:
        findings = [*_Case(role, subject, outcome).findings()]
    return [*findings, *(_of_other_accounts(role, subject) if role and role.arn else ())]


def _unanswered(role: Role | None, cause: Cause, error: Unanswered, *, secret: bool) -> Finding:
    remedy = "Run the command again"
    if error.code in _MAY_NOT_ASK:
        remedy = "Allow the deploying identity iam:GetRole and iam:SimulatePrincipalPolicy"
    said = error.reason(secret=secret)
    facts = {"answer": f" ({said})" if said else "", "remedy": remedy, "code": error.code}
    return Finding(role, cause, facts)


@dataclass(frozen=True)
class _Case:
    """A role, what the component gives it, and what IAM has answered about that."""

    role: Role
    subject: Subject
    answer: Answer

    def findings(self) -> Iterator[Finding]:
        """Yield what denies or is missing, then the heartbeat; if nothing is, that all is allowed."""
        found = [*self._denied(), *self._missing(), *self._by_others(), *self._heartbeat()]
        yield from found
        if self.subject.state is State.LEFT_OUT:
            yield Finding(self.role, Cause.NOT_WRITTEN)
        elif self.answer.failure:
            yield _unanswered(self.role, Cause.NOT_CONFIRMED, self.answer.failure, secret=self.subject.secret)
        elif all(each.allowed for each in (*self.answer.simulated.granted, *self.answer.as_it_is)):
            yield self._allowed()
        if self._keys and not any("not_told" in each.facts for each in found):
            yield Finding(self.role, Cause.NOT_TOLD, {"keys": self._keys})

    def _why(self, result: EvaluationResult) -> Cause:
        """Return why a call is denied."""
        if self.subject.is_own(result):
            return Cause.OWN_DENY
        if result.by_boundary:
            return Cause.BOUNDARY
        if result.policies:
            return Cause.DENIED
        return Cause.NO_HEARTBEAT if result.by_nobody else Cause.SCP

    def _denied(self) -> Iterator[Finding]:
        """Yield what is granted and denied, and a heartbeat that an SCP denies: a finding for each cause and Region."""
        granted, heartbeat = self.answer.simulated
        denied = [each for each in granted if not each.allowed]
        if heartbeat and self._is_missed(heartbeat) and self._why(heartbeat) is Cause.SCP:
            denied.append(heartbeat)

        def key(each: EvaluationResult) -> object:
            return self._why(each), self._region(each), not each.by_boundary and frozenset(each.policies)

        for group in grouped(denied, key):
            yield from self._denial(self._why(group[0]), group)

    def _denial(self, cause: Cause, group: Sequence[EvaluationResult]) -> Iterator[Finding]:
        facts = {"calls": self._calls(group), "region": self._region(group[0])}
        if cause is Cause.OWN_DENY:
            yield from self._own_denial(facts, _actions(group))
        elif cause is Cause.SCP:
            boundary = ", or perhaps the permissions boundary," if self.role.boundary else ""
            heartbeat = _UNKNOWN_HEARTBEAT if self.answer.simulated.heartbeat in group else ""
            yield Finding(self.role, cause, {**facts, "boundary": boundary, "heartbeat": heartbeat})
        else:
            yield Finding(self.role, cause, {**facts, **self._reason(group[0])}, _actions(group))

    def _own_denial(self, facts: Mapping[str, str], actions: tuple[str, ...]) -> Iterator[Finding]:
        """Yield that the own policy denies something: only after an update is it known that this stays so."""
        if self.subject.state is not State.LEFT_OUT:
            yield Finding(self.role, Cause.OWN_DENY, facts, actions if self.subject.state is State.WRITTEN else ())

    def _missing(self) -> Iterator[Finding]:
        """Yield what IAM denies without the document, which the component's own policy should have."""
        if lost := [each for each in self.answer.as_it_is if not each.allowed]:
            actions = _actions(lost) if self.subject.state is State.WRITTEN else ()
            yield Finding(self.role, Cause.NOT_SHOWN, {"calls": self._calls(lost)}, actions)

    def _by_others(self) -> Iterator[Finding]:
        """Yield what IAM allows without the document, but by other policies.

        Of several resources IAM's answer names none here, and the answers of mocks name none at all.
        """
        others = [each for each in self.answer.as_it_is if each.allowed and each.policies]
        without_own = [each for each in others if self.subject.own_id not in each.policies]
        for group in grouped(without_own, lambda each: frozenset(each.policies)):
            facts = {"policies": self._policies(group[0].policies), "calls": self._calls(group)}
            yield Finding(self.role, Cause.ONLY_OTHERS, facts)

    def _heartbeat(self) -> Iterator[Finding]:
        """Yield why the role cannot send the heartbeat, or that this update takes it away."""
        each = self.answer.simulated.heartbeat
        if each is None:
            return
        denied = _actions([each])
        if each.allowed:
            if self.subject.is_own(each) and self.subject.state is not State.LEFT_OUT:
                yield Finding(self.role, Cause.TAKEN_AWAY, denied=denied)
            return
        cause = self._why(each)
        if cause is Cause.OWN_DENY:
            facts = {"calls": each.call.action, "region": each.call.region}
            yield from self._own_denial(facts, denied if self._is_missed(each) else ())
        elif self._is_missed(each) and cause is not Cause.SCP:
            facts = {"region": each.call.region, "not_told": self._otherwise}
            if cause is Cause.NO_HEARTBEAT:
                yield Finding(self.role, cause, facts, denied)
            else:
                yield Finding(self.role, Cause.HEARTBEAT_DENIED, {**facts, **self._reason(each)}, denied)

    def _allowed(self) -> Finding:
        """Return that all is allowed, and who allows the heartbeat, if the component does not grant it."""
        granted, heartbeat = self.answer.simulated
        others = [heartbeat] if heartbeat and heartbeat.allowed and not self.subject.is_own(heartbeat) else []
        by = [policy for each in others for policy in each.policies if policy != self.subject.own_id]
        must_stay = "one of which must stay" if len(by) > 1 else "which must stay"
        region = granted[0].call.region
        resources = [resource for each in self.subject.statements for resource in each.resources]
        facts = {
            "count": str(len(_actions([*granted, *others]))),
            "asked": "" if own_resources(self.role, resources) == resources else " that it was asked about",
            "region": region,
            "resources": self._resources(region),
            "heartbeat": f" (the heartbeat by {self._policies(by)}, {must_stay})" if by else "",
        }
        return Finding(self.role, Cause.ALLOWED, facts)

    def _resources(self, region: str) -> str:
        """Return for which Regions IAM was asked about resources."""
        arns = [each.call.resource for each in self.answer.simulated.granted if each.call.resource != ANY_RESOURCE]
        services = {arn.split(":")[2] for arn in arns}
        regional = [kind for kind, service in _REGIONAL.items() if service in services]
        own = f", {' and '.join(regional)} in their Regions" if regional else ""
        return f"{own}, buckets as if in {region}" if "s3" in services else own

    def _is_missed(self, heartbeat: EvaluationResult) -> bool:
        """Return whether nodes need the heartbeat, and may not send it."""
        return not heartbeat.allowed and self.role.users is Users.NODES

    def _reason(self, result: EvaluationResult) -> dict[str, str]:
        """Return the facts of a denial by the boundary or by policies: why, and how to change that."""
        if result.by_boundary:
            boundary = "" if self.subject.secret else f" {self.role.boundary}"
            why = f"the permissions boundary{boundary} does not allow it"
            change = "Allow it there, and look for a Deny there"
        else:
            why, change = f"it is denied in {self._policies(result.policies)}", "Make an exception there"
        return {"why": why, "change": change, "not_told": self._otherwise}

    @property
    def _otherwise(self) -> str:
        return self._keys and f" IAM was not told {self._keys}: a real request may be decided otherwise."

    @property
    def _keys(self) -> str:
        """The context keys that IAM was not told: the AWS provider has them in the order of their hashes."""
        granted, heartbeat = self.answer.simulated
        results = [*granted, *([heartbeat] if heartbeat else [])]
        return _listed(sorted(key for each in results for key in each.missing_context_keys))

    def _policies(self, ids: Iterable[str]) -> str:
        """Return the names of policies, sorted: the AWS provider has them in the order of their hashes."""
        prefix = id_in_results(self.role, "", inline=True)
        return SECRET if self.subject.secret else _listed(sorted(show(each.removeprefix(prefix)) for each in ids))

    def _calls(self, results: Iterable[EvaluationResult]) -> str:
        def shown(action: str, resource: str) -> str:
            on = "" if resource == ANY_RESOURCE else f" on {SECRET if self.subject.secret else resource}"
            return f"{action}{on}"

        return _listed(shown(each.call.action, each.call.resource) for each in results)

    def _region(self, result: EvaluationResult) -> str:
        """Return the Region of a result; the ARN of a secret resource tells it."""
        hidden = self.subject.secret and result.call.resource != ANY_RESOURCE
        return "its Region" if hidden else result.call.region


def _of_other_accounts(role: Role, subject: Subject) -> Iterator[Finding]:
    """Yield policies of other accounts, which the simulator cannot see, and log groups that are out of reach."""

    def elsewhere(action: str) -> list[str]:
        asked = [
            each for statement in subject.statements if action in statement.actions for each in statement.resources
        ]
        own = own_resources(role, asked)
        return [SECRET if subject.secret else each for each in dict.fromkeys(asked) if each not in own]

    buckets = [each.resources[0] for each in subject.statements if PUT_OBJECT_ACL in each.actions]
    policies = [f"the key policy of {key}" for key in elsewhere(DECRYPT)]
    policies += [f"the bucket policy of {SECRET if subject.secret else each.partition('/')[0]}" for each in buckets]
    if policies:
        yield Finding(role, Cause.OTHER_ACCOUNT, {"policies": listed(policies, " and ")})
    for group in elsewhere(PUT_LOG_EVENTS):
        yield Finding(role, Cause.UNREACHABLE_GROUP, {"group": group.removesuffix(":*")})


def _actions(results: Iterable[EvaluationResult]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.call.action for each in results))


def _listed(texts: Iterable[str]) -> str:
    """Return texts for a message, each once."""
    return listed(list(dict.fromkeys(texts)))
