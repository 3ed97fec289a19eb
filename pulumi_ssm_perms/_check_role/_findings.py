"""From IAM's results about a role to what a check finds."""

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Union

from pulumi_ssm_perms._aws import ANY_RESOURCE
from pulumi_ssm_perms._document import (
    CHANNEL_ACTIONS,
    DECRYPT,
    PUT_LOG_EVENTS,
    PUT_OBJECT_ACL,
    UPDATE_INSTANCE_INFORMATION,
    Statement,
)
from pulumi_ssm_perms._errors import SECRET, grouped, listed, show
from pulumi_ssm_perms._invokes import Unanswered

from ._causes import Cause, Finding
from ._role import Role, Users
from ._simulation import EvaluationResult, own_resources

_MAY_NOT_ASK: Final = frozenset({"AccessDenied", "AccessDeniedException"})
# Resources that have a Region, by how a message and an ARN call them.
_REGIONAL: Final = {"keys": "kms", "log groups": "logs"}


class State(enum.Enum):
    """What is known of the component's own policy on a role."""

    # An update has not declared it yet.
    UNDECLARED = enum.auto()
    # The update that a preview shows creates or attaches it.
    TO_CREATE = enum.auto()
    # It has this document, by Pulumi's state.
    WRITTEN = enum.auto()
    # This run does not write it, or with another document.
    LEFT_OUT = enum.auto()


@dataclass(frozen=True)
class OwnPolicy:
    """The component's own policy on a role: its state, and its id in IAM's results, empty until its name is known."""

    state: State
    id: str

    def alone(self, result: EvaluationResult) -> bool:
        """Return whether it is the only policy that a result names."""
        return bool(self.id) and set(result.policies) == {self.id}


@dataclass(frozen=True)
class Granted:
    """The statements that a component grants, and whether a message must hide what they and policies name."""

    statements: Sequence[Statement]
    secret: bool

    @property
    def actions(self) -> frozenset[str]:
        """The actions, on whatever resource."""
        return frozenset(action for each in self.statements for action in each.actions)


@dataclass(frozen=True)
class Answer:
    """IAM's results as if the role had the document; without it, those of what other policies seem to allow."""

    results: Sequence[EvaluationResult]
    as_it_is: Sequence[EvaluationResult] = ()
    # Why IAM has not said whether the component's own policy is on the role.
    failure: Unanswered | None = None


Outcome = Union[Answer, Unanswered, None]
"""What IAM says of a role; `None` if a preview cannot ask yet."""


def own_id(role: Role, name: str, *, inline: bool) -> str:
    """Return how the simulator names a policy."""
    return f"role_{role.arn.rpartition('/')[2]}_{name}" if inline else name


def unnamed(answer: Answer, own: OwnPolicy, granted: Granted, *, preview: bool) -> list[EvaluationResult]:
    """Return what IAM allows with the document without naming the own policy for each resource, which has it, too.

    In a preview a new grant looks the same. So only the channels tell, which each document grants.
    """
    if own.state is not State.WRITTEN or not own.id:
        return []
    expected = CHANNEL_ACTIONS if preview else granted.actions
    allowed = [each for each in answer.results if each.allowed and each.call.action in expected]
    return [each for each in allowed if each.is_of_several or own.id not in each.policies]


def find(role: Role | None, outcome: Outcome, own: OwnPolicy, granted: Granted, *, preview: bool) -> list[Finding]:
    """Return what follows for a role."""
    findings: list[Finding] = []
    if isinstance(outcome, Unanswered):
        findings = [_unanswered(role, Cause.NOT_ASKED, outcome, secret=granted.secret)]
    elif outcome is None or role is None:
        findings = [Finding(role, Cause.NOT_YET)]
    else:
        findings = [*_Case(role, outcome, own, granted).findings(preview=preview)]
    if role and role.arn:
        findings += _of_other_accounts(role, granted)
    return findings


def _unanswered(role: Role | None, cause: Cause, error: Unanswered, *, secret: bool) -> Finding:
    remedy = "Run the command again"
    if error.code in _MAY_NOT_ASK:
        remedy = "Let the deploying identity call iam:GetRole and iam:SimulatePrincipalPolicy on it"
    said = error.reason(secret=secret)
    facts = {"answer": f" ({said})" if said else "", "remedy": remedy, "code": error.code}
    return Finding(role, cause, facts)


@dataclass(frozen=True)
class _Case:
    """A role, what IAM has answered about it, and what the component gives it."""

    role: Role
    answer: Answer
    own: OwnPolicy
    granted: Granted

    def findings(self, *, preview: bool) -> Iterator[Finding]:
        """Yield what denies or is missing, then the heartbeat; if nothing is, that all is allowed."""
        obstacles = [*self._denied(), *self._missing(preview=preview)]
        heartbeat = [*self._heartbeat(doubtful=any(each.cause is Cause.SCP for each in obstacles))]
        yield from (*obstacles, *self._by_others(), *heartbeat)
        if self.own.state is State.LEFT_OUT:
            yield Finding(self.role, Cause.NOT_WRITTEN)
        elif self.answer.failure:
            yield _unanswered(self.role, Cause.NOT_CONFIRMED, self.answer.failure, secret=self.granted.secret)
        elif not obstacles:
            yield self._allowed()
        if self._keys and not any("{not_told}" in each.cause.value.text for each in (*obstacles, *heartbeat)):
            yield Finding(self.role, Cause.NOT_TOLD, {"keys": self._keys})

    def _denied(self) -> Iterator[Finding]:
        """Yield what is granted and denied: a finding for each cause and Region."""
        denied = [each for each in self.answer.results if not each.allowed and each.call.action in self.granted.actions]
        for group in grouped(denied, lambda each: (self._cause(each), self._region(each), self._why(each))):
            cause = self._cause(group[0])
            if cause is Cause.OWN_DENY and self.own.state is State.LEFT_OUT:
                continue
            facts = {
                "calls": self._calls(group),
                "region": self._region(group[0]),
                "boundary": ", and perhaps the permissions boundary," if self.role.boundary else "",
                **self._denial(group[0]),
            }
            yield Finding(self.role, cause, facts, () if cause is Cause.SCP else _actions(group))

    def _cause(self, result: EvaluationResult) -> Cause:
        if self.own.alone(result):
            return Cause.OWN_DENY
        if result.by_boundary:
            return Cause.BOUNDARY
        return Cause.DENIED if result.policies else Cause.SCP

    def _denial(self, result: EvaluationResult) -> dict[str, str]:
        """Return the facts of a denial: what IAM was not told; if somebody can change it, why and how."""
        not_told = self._keys and f" IAM was not told {self._keys}: a real request may be decided otherwise."
        if not (result.by_boundary or result.policies):
            return {"not_told": not_told}
        allow = "Allow it there, and look for a Deny there"
        change = allow if result.by_boundary else "Make an exception there"
        return {"why": self._why(result), "change": change, "not_told": not_told}

    def _missing(self, *, preview: bool) -> Iterator[Finding]:
        """Yield what IAM denies without the document, which the component's own policy should have."""
        if lost := [each for each in self.answer.as_it_is if not each.allowed]:
            cause = Cause.NOT_THERE if preview else Cause.NOT_SHOWN
            yield Finding(self.role, cause, {"calls": self._calls(lost)}, () if preview else _actions(lost))

    def _by_others(self) -> Iterator[Finding]:
        """Yield what IAM allows without the document, but by other policies; in the answers of mocks it names none."""
        others = [each for each in self.answer.as_it_is if each.allowed and each.policies]
        unnamed = [each for each in others if self.own.id not in each.policies]
        for group in grouped(unnamed, lambda each: frozenset(each.policies)):
            facts = {"policies": self._policies(group[0].policies), "calls": self._calls(group)}
            yield Finding(self.role, Cause.ONLY_OTHERS, facts)

    def _heartbeat(self, *, doubtful: bool) -> Iterator[Finding]:
        """Yield why the role cannot send a heartbeat, or by this update not any more.

        Where an SCP seems to deny what is granted, it may be what denies the heartbeat, so that is doubtful, too.
        """
        each = self._result_of_heartbeat
        if each is None:
            return
        facts, denied = {"region": each.call.region, **self._denial(each)}, _actions([each])
        if each.allowed:
            if self.own.alone(each) and self.own.state is not State.LEFT_OUT:
                yield Finding(self.role, Cause.TAKEN_AWAY, denied=denied)
        elif self.own.alone(each):
            if self.own.state is not State.LEFT_OUT:
                listed_too = denied if self.role.users is Users.NODES else ()
                yield Finding(self.role, Cause.OWN_DENY, {**facts, "calls": each.call.action}, listed_too)
        elif self.role.users is Users.NODES and (each.by_boundary or each.policies):
            yield Finding(self.role, Cause.HEARTBEAT_DENIED, facts, denied)
        elif self.role.users is Users.NODES:
            yield Finding(self.role, Cause.NO_HEARTBEAT, facts, () if doubtful else denied)

    def _allowed(self) -> Finding:
        """Return that all is allowed, and who allows the heartbeat, if the component does not grant it."""
        heartbeat = self._result_of_heartbeat
        by = [each for each in heartbeat.policies if each != self.own.id] if heartbeat and heartbeat.allowed else []
        is_taken_away = heartbeat is not None and self.own.alone(heartbeat)
        allowed = [each for each in self.answer.results if each.allowed and not (each is heartbeat and is_taken_away)]
        region = next(each.call.region for each in allowed if each.call.resource == ANY_RESOURCE)
        resources = [resource for each in self.granted.statements for resource in each.resources]
        facts = {
            "count": str(len(_actions(allowed))),
            "asked": "" if own_resources(self.role, resources) == resources else " that it was asked about",
            "region": region,
            "resources": self._resources(region),
            "heartbeat": f" (the heartbeat by {self._policies(by)}, which must stay)" if by else "",
        }
        return Finding(self.role, Cause.ALLOWED, facts)

    def _resources(self, region: str) -> str:
        """Return for which Regions IAM was asked about resources."""
        names = [each.call.resource for each in self.answer.results if each.call.resource != ANY_RESOURCE]
        regional = [kind for kind, service in _REGIONAL.items() if any(arn.split(":")[2] == service for arn in names)]
        own = f", {' and '.join(regional)} in their Regions" if regional else ""
        return f"{own}, buckets as if in {region}" if any(arn.split(":")[2] == "s3" for arn in names) else own

    @property
    def _result_of_heartbeat(self) -> EvaluationResult | None:
        """The result about the heartbeat, if the component does not grant it and IAM was asked."""
        others = (each for each in self.answer.results if each.call.action not in self.granted.actions)
        return next((each for each in others if each.call.action == UPDATE_INSTANCE_INFORMATION), None)

    @property
    def _keys(self) -> str:
        """The context keys that IAM was not told: the AWS provider has them in the order of their hashes."""
        return _listed(sorted(key for each in self.answer.results for key in each.missing_context_keys))

    def _why(self, result: EvaluationResult) -> str:
        if result.by_boundary:
            boundary = "" if self.granted.secret else f" {self.role.boundary}"
            return f"the permissions boundary{boundary} does not allow it"
        return f"it is denied in {self._policies(result.policies)}" if result.policies else ""

    def _policies(self, ids: Iterable[str]) -> str:
        """Return the names of policies, sorted: the AWS provider has them in the order of their hashes."""
        prefix = own_id(self.role, "", inline=True)
        return SECRET if self.granted.secret else _listed(sorted(show(each.removeprefix(prefix)) for each in ids))

    def _calls(self, results: Iterable[EvaluationResult]) -> str:
        def shown(action: str, resource: str) -> str:
            on = "" if resource == ANY_RESOURCE else f" on {SECRET if self.granted.secret else resource}"
            return f"{action}{on}"

        return _listed(shown(each.call.action, each.call.resource) for each in results)

    def _region(self, result: EvaluationResult) -> str:
        """Return the Region of a result; the ARN of a secret resource tells it."""
        hidden = self.granted.secret and result.call.resource != ANY_RESOURCE
        return "its Region" if hidden else result.call.region


def _of_other_accounts(role: Role, granted: Granted) -> Iterator[Finding]:
    """Yield policies of other accounts, which the simulator cannot see, and log groups that are out of reach."""

    def elsewhere(action: str) -> list[str]:
        asked = [
            each for statement in granted.statements if action in statement.actions for each in statement.resources
        ]
        own = own_resources(role, asked)
        return [SECRET if granted.secret else each for each in dict.fromkeys(asked) if each not in own]

    buckets = [each.resources[0] for each in granted.statements if PUT_OBJECT_ACL in each.actions]
    policies = [f"the key policy of {key}" for key in elsewhere(DECRYPT)]
    policies += [f"the bucket policy of {SECRET if granted.secret else each.partition('/')[0]}" for each in buckets]
    if policies:
        yield Finding(role, Cause.OTHER_ACCOUNT, {"policies": listed(policies, " and ")})
    for group in elsewhere(PUT_LOG_EVENTS):
        yield Finding(role, Cause.UNREACHABLE_GROUP, {"group": group.removesuffix(":*")})


def _actions(results: Iterable[EvaluationResult]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.call.action for each in results))


def _listed(texts: Iterable[str]) -> str:
    """Return texts for a message, each once."""
    return listed(list(dict.fromkeys(texts)))
