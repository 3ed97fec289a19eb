"""From IAM's results to what a check finds: causes with their texts, and lines that name the roles of each."""

import enum
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Union

from pulumi_ssm_perms import _document
from pulumi_ssm_perms._aws import ANY_RESOURCE
from pulumi_ssm_perms._document import CHANNEL_ACTIONS, Statement
from pulumi_ssm_perms._errors import SECRET, grouped, listed, show
from pulumi_ssm_perms._input_names import named
from pulumi_ssm_perms._invokes import Unanswered
from pulumi_ssm_perms._outputs import Resolved
from pulumi_ssm_perms._validators import AGENT_NAMES_THE_GROUP

from ._role import Role
from ._simulation import EvaluationResult, own_resources

# "Testing IAM policies with the IAM policy simulator" (IAM User Guide).
UNSEEN: Final = "IAM's simulator does not see key policies, bucket policies, endpoint policies or RCPs."
NO_ROLES: Final = (
    "roles is empty, so the policy is attached to no role. If a search made the list, it found nothing: check the "
    "search."
)
STILL_DENIED: Final = (
    'If this update deletes that policy, or if real requests pass, run `pulumi up` with «check»="advisory": Pulumi '
    "deletes last."
)
# A policy that was imported or changed so that it allows no channel has an id in a preview, after a refresh, too.
STILL_THERE: Final = "If IAM has the policy, with none of these actions, add --skip-preview."
_HEARTBEAT: Final = f"{_document.UPDATE_INSTANCE_INFORMATION}, the heartbeat"
_NOBODY: Final = "no policy of the role allows it, or an SCP of the organization denies it"
# IAM judges the conditions of SCPs without the keys of a real request, and names none of these keys.
_UNNAMED: Final = "an SCP of the organization denies it, as far as IAM is told, or a deny that IAM does not name"
_OF_RESOURCES: Final = ("kms:", "s3:")
_MAY_NOT_ASK: Final = frozenset({"AccessDenied", "AccessDeniedException"})

Outcome = Union[list[EvaluationResult], Unanswered, None]
"""What IAM says of a role; `None` if a preview cannot ask yet."""


class Cause(enum.Enum):
    """What IAM allows a role or why it doesn't, or why that is unknown: a text with places for facts."""

    DENIED = "{roles} may not call {calls}{where}: {why}. Make an exception there.{not_told}"
    TAKEN_AWAY = (
        f"This update takes {_HEARTBEAT}, away from {{roles}}: only this component's policy allows it. Nodes with this "
        "role lose their connection to Systems Manager (ConnectionLost). Leave «allow_update_instance_information» on, "
        "or ignore this if Default Host Management is on."
    )
    NO_HEARTBEAT = (
        f"{{roles}} may not call {_HEARTBEAT}{{where}}: {{why}}. Nodes with this role do not register with Systems "
        "Manager (TargetNotConnected). Set «allow_update_instance_information», or ignore this if Default Host "
        "Management is on."
    )
    LOST = (
        "Pulumi's state has this component's policy on {roles}, but IAM does not name it: it was deleted or detached "
        "outside of Pulumi. Run `pulumi up --refresh`, which writes it again."
    )
    CHANGED = (
        "{roles} may call {calls}{where} only by other policies, if at all: this component's own policy, as IAM has "
        "it, does not allow it. If this update does not write the policy, run `pulumi up --refresh`."
    )
    OWN_DENIES = (
        "{roles} may not call {calls}{where}: this component's own policy, as IAM has it, denies it. If this update "
        "does not write the policy, run `pulumi up --refresh`."
    )
    ALLOWED = "IAM allows {roles} all {count} actions{where}{grantors}."
    NOT_TOLD = "IAM was not told {keys}, which policies of {roles} name: a real request may be decided otherwise."
    OTHER_ACCOUNT = "IAM cannot be asked about another account: {policies} must allow {roles} as well."
    UNREACHABLE_GROUP = (
        f"{{roles}} cannot write to the log group {{group}} of another account: {AGENT_NAMES_THE_GROUP}."
    )
    NOT_ASKED = "IAM could not be asked about {roles}{answer}. {remedy}, or leave «check» out."
    NOT_YET = (
        "IAM was not asked about {roles} in this preview, because the role, or something else that the answer depends "
        "on, does not exist yet. `pulumi up` asks."
    )


INFORMATION: Final = frozenset({Cause.ALLOWED, Cause.NOT_TOLD, Cause.OTHER_ACCOUNT, Cause.NOT_YET})


class When(enum.Enum):
    """When findings are told, and which causes then end a mandatory run.

    No preview shows whether it follows a refresh, after which the update overwrites an own policy that was changed.
    """

    PREVIEW = frozenset({Cause.DENIED, Cause.TAKEN_AWAY, Cause.NOT_ASKED, Cause.LOST})
    BEFORE_THE_WRITE = frozenset({Cause.DENIED, Cause.TAKEN_AWAY, Cause.NOT_ASKED})
    AFTER_THE_WRITE = frozenset({Cause.LOST, Cause.CHANGED, Cause.OWN_DENIES, Cause.NOT_ASKED})


class Finding(NamedTuple):
    """A cause that concerns a role (`None` if the role is not known), with the facts that its text has places for."""

    role: Role | None
    cause: Cause
    facts: Mapping[str, str]
    # What it adds to the denied actions.
    denied: tuple[str, ...] = ()

    def ends(self, when: When) -> bool:
        """Return whether it ends a mandatory run: no preview if the program may still change what is denied."""
        may_change = self.cause is Cause.DENIED and self.role is not None and self.role.may_be_new
        return self.cause in when.value and not (when is When.PREVIEW and may_change)


class Own(NamedTuple):
    """The component's own policy: its name, `None` until that is known, and how a generated one then begins."""

    name: Resolved
    prefix: str
    inline: bool
    # The roles that have it, by Pulumi's state.
    roles: Collection[Role] = ()

    def is_id(self, role: Role, policy: str) -> bool:
        """Return whether this is the id of the policy, or may be, if the name is not known."""
        if self.inline and not policy.startswith(_inline(role)):
            return False
        name = policy.removeprefix(_inline(role)) if self.inline else policy
        return name == self.name.value if self.name.value else name.startswith(self.prefix)

    def denies(self, role: Role, result: EvaluationResult) -> bool:
        """Return whether no other policy denies it."""
        named = bool(result.policies) and not (result.allowed or result.by_boundary)
        return named and all(self.is_id(role, each) for each in result.policies)

    def is_lost(self, role: Role, result: EvaluationResult) -> bool:
        """Return whether a role should have it, and IAM names which policies allow a channel, but not this one."""
        named = role in self.roles and result.by_request and result.allowed and result.action in CHANNEL_ACTIONS
        return named and not any(self.is_id(role, each) for each in result.policies)


def find(role: Role | None, outcome: Outcome, statements: Resolved, own: Own) -> Iterator[Finding]:
    """Yield what follows for a role once the component's own policy has these statements.

    If one of the three is secret, neither resources nor policies are named.
    """
    secret = statements.secret or own.name.secret or (role is not None and role.secret)
    if isinstance(outcome, Unanswered):
        remedy = "Run it again"
        if outcome.code in _MAY_NOT_ASK:
            remedy = "Let the deploying identity call iam:GetRole and iam:SimulatePrincipalPolicy on it"
        said = outcome.reason(secret=secret)
        answer = f" ({said})" if said else ""
        yield Finding(role, Cause.NOT_ASKED, {"answer": answer, "remedy": remedy, "code": outcome.code})
    elif outcome is None or role is None:
        yield Finding(role, Cause.NOT_YET, {})
    else:
        yield from _of_results(role, outcome, statements.value, own, secret=secret)
    if role and role.arn and statements.known:
        yield from _of_other_accounts(role, statements.value, secret=secret)


def has_policies(statements: Iterable[Statement] | None) -> bool:
    """Return whether keys or buckets are granted, which have policies of their own."""
    return any(action.startswith(_OF_RESOURCES) for each in statements or () for action in each.actions)


def lines(findings: Iterable[Finding]) -> Iterator[tuple[list[Finding], str]]:
    """Yield the findings of each line, and the line, which names their roles.

    They have a text in common, or AWS's code, as the texts of failures name roles.
    """

    def key(finding: Finding) -> object:
        return finding.cause, finding.facts.get("code") or finding.cause.value.format(roles="", **finding.facts)

    for group in grouped(findings, key):
        names = [finding.role.shown for finding in group if finding.role]
        roles = f"role{'s' if len(names) > 1 else ''} {listed(names)}" if names else "the role"
        yield group, named(group[0].cause.value).format(roles=roles, **group[0].facts)


def _of_results(
    role: Role, results: Sequence[EvaluationResult], statements: Sequence[Statement], own: Own, *, secret: bool
) -> Iterator[Finding]:
    granted = {action for each in statements for action in each.actions}
    heartbeat = next((each for each in results if each.action not in granted), None)
    known = own.name.value is not None
    others = [each for each in heartbeat.policies if not (known and own.is_id(role, each))] if heartbeat else []
    only_own = heartbeat is not None and bool(heartbeat.policies) and not others
    denied = [each for each in results if not each.allowed and each is not heartbeat]
    of_own = list(_of_own_policy(role, results, own, secret=secret))
    keys = _sorted(key for each in results for key in each.missing_context_keys)

    def policies(ids: Iterable[str]) -> str:
        return SECRET if secret else _sorted(show(each.removeprefix(_inline(role))) for each in ids)

    def why(result: EvaluationResult) -> str:
        if result.by_boundary:
            return f"the permissions boundary{'' if secret else f' {role.boundary}'} does not allow it"
        return f"it is denied in {policies(result.policies)}" if result.policies else _UNNAMED

    yield from of_own
    by_others = [each for each in denied if not own.denies(role, each)]
    for group in grouped(by_others, lambda each: (each.region, why(each))):
        not_told = keys and f" IAM was not told {keys}: a real request may be decided otherwise."
        calls, where = _listed(_call(each, secret=secret) for each in group), _where(group, secret=secret)
        facts = {"calls": calls, "where": where, "why": why(group[0]), "not_told": not_told}
        yield Finding(role, Cause.DENIED, facts, _actions(group))
    if heartbeat and heartbeat.allowed and only_own:
        yield Finding(role, Cause.TAKEN_AWAY, {}, (heartbeat.action,))
    elif heartbeat and not heartbeat.allowed:
        by_nobody = only_own if heartbeat.by_boundary else not heartbeat.policies
        facts = {"where": _where([heartbeat], secret=False), "why": _NOBODY if by_nobody else why(heartbeat)}
        yield Finding(role, Cause.NO_HEARTBEAT, facts)
    if not denied and not of_own:
        allowed = [each for each in results if each.allowed and not (each is heartbeat and only_own)]
        by = f" (the heartbeat by {policies(others)}, which must stay)" if others and heartbeat in allowed else ""
        count = str(len({each.action for each in allowed}))
        yield Finding(role, Cause.ALLOWED, {"count": count, "where": _where(allowed, secret=secret), "grantors": by})
        if keys:
            yield Finding(role, Cause.NOT_TOLD, {"keys": keys})


def _of_own_policy(role: Role, results: Sequence[EvaluationResult], own: Own, *, secret: bool) -> Iterator[Finding]:
    """Yield what shows that the component's own policy is not there, or denies something."""
    for group in grouped([each for each in results if own.denies(role, each)], lambda each: each.region):
        calls, where = _listed(_call(each, secret=secret) for each in group), _where(group, secret=secret)
        yield Finding(role, Cause.OWN_DENIES, {"calls": calls, "where": where}, _actions(group))
    lost = [each for each in results if own.is_lost(role, each)]
    if lost:
        is_there = any(own.is_id(role, policy) for each in results if each.allowed for policy in each.policies)
        calls, where = _listed(_call(each, secret=secret) for each in lost), _where(lost, secret=secret)
        facts = {"calls": calls, "where": where} if is_there else {}
        cause = Cause.CHANGED if is_there else Cause.LOST
        yield Finding(role, cause, facts, _actions(each for each in lost if not each.policies))


def _of_other_accounts(role: Role, statements: Sequence[Statement], *, secret: bool) -> Iterator[Finding]:
    """Yield policies of other accounts, which the simulator cannot see, and log groups that are out of reach."""

    def elsewhere(action: str) -> list[str]:
        asked = [each for statement in statements if action in statement.actions for each in statement.resources]
        own = own_resources(role, asked)
        return [SECRET if secret else each for each in dict.fromkeys(asked) if each not in own]

    policies = [f"the key policy of {key}" for key in elsewhere(_document.DECRYPT)]
    buckets = [each.resources for each in statements if _document.PUT_OBJECT_ACL in each.actions]
    policies += [f"the bucket policy of {SECRET if secret else each.partition('/')[0]}" for each, *_ in buckets]
    if policies:
        yield Finding(role, Cause.OTHER_ACCOUNT, {"policies": listed(policies, " and ")})
    for group in elsewhere("logs:PutLogEvents"):
        yield Finding(role, Cause.UNREACHABLE_GROUP, {"group": group.removesuffix(":*")})


def _actions(results: Iterable[EvaluationResult]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.action for each in results))


def _call(result: EvaluationResult, *, secret: bool) -> str:
    on = "" if result.resource == ANY_RESOURCE else f" on {SECRET if secret else result.resource}"
    return f"{result.action}{on}"


def _where(results: Iterable[EvaluationResult], *, secret: bool) -> str:
    """Return in which Regions; of secret resources, none is told but the provider's."""
    told = [each.region for each in results if not secret or each.resource == ANY_RESOURCE]
    return f" in {_listed(told)}" if told else ""


def _listed(texts: Iterable[str]) -> str:
    """Return texts for a message, each once."""
    return listed(list(dict.fromkeys(texts)))


def _sorted(texts: Iterable[str]) -> str:
    """Return texts in the order of the alphabet: the AWS provider has keys and policies in that of their hashes."""
    return _listed(sorted(texts))


def _inline(role: Role) -> str:
    """Return how the id of an inline policy of the role begins."""
    return f"role_{role.arn.rpartition('/')[2]}_"
