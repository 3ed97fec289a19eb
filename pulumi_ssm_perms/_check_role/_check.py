"""The check of a component's roles: when IAM is asked, and what is told, raised and returned.

A preview, and a mandatory update before its write, ask about the roles with the component's document. An update, after
the write, asks about the roles as they are.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import pulumi

from pulumi_ssm_perms import _invokes
from pulumi_ssm_perms._component import SUFFIX, Component
from pulumi_ssm_perms._document import Statement, to_json
from pulumi_ssm_perms._errors import SECRET, NotAllowedError, with_input_names
from pulumi_ssm_perms._outputs import Resolved, settled
from pulumi_ssm_perms._validators import EnforcementLevel

from ._causes import ADVISORY, DENIALS, ENDING, INFORMATION, Cause, Finding, lines
from ._findings import Outcome, RoleQuestion, findings
from ._role import Role
from ._simulation import Result, simulate_role

DeniedActions = Mapping[str, Sequence[str]] | None
"""The denied actions by role name. `None` without a check, or if no denial is known and IAM did not answer."""

_NO_VALUE: Final = "a value that the question needs is missing, because a resource has failed or does not exist"


@dataclass(frozen=True)
class Check:
    """When IAM is asked about a component's roles, and what becomes of the answers."""

    component: Component
    level: EnforcementLevel
    # By the path of their input, such as `roles[1]`; unknown in a preview that does not know a role's name.
    roles: "pulumi.Output[Mapping[str, Role]]"
    statements: "pulumi.Output[tuple[Statement, ...]]"
    is_inline: bool

    def before_write(self, exact_name: "pulumi.Output[str | None]") -> "pulumi.Output[Any]":
        """Return what the document has to wait for, whatever its value: the roles, and in an update a mandatory check.

        It fails if a role is not confirmed, or with NotAllowedError. An advisory check, and one in a preview, ask
        later, so that no call of theirs keeps the policy back.
        """
        if self.level != "mandatory" or pulumi.runtime.is_dry_run():
            return self.roles
        return settled(partial(self._ask_and_tell, is_before_write=True), self.roles, self.statements, exact_name)

    def after_write(
        self, name: "pulumi.Output[str]", written: "Sequence[pulumi.Output[str]]"
    ) -> "pulumi.Output[DeniedActions]":
        """Return what IAM denies, once all that gives the policy of this name to the roles is `written`."""
        if self.level == "disabled":
            return pulumi.Output.from_input(None)
        return settled(partial(self._ask_and_tell, is_before_write=False), self.roles, self.statements, name, *written)

    async def _ask_and_tell(
        self, roles: Resolved, statements: Resolved, name: Resolved, *_: Resolved, is_before_write: bool
    ) -> DeniedActions:
        """Ask, end the run for what a mandatory check ends it for, tell the findings, and return what is denied.

        Before the write, nothing is told unless it ends the run: it is told after the write.
        """
        with_document = is_before_write or pulumi.runtime.is_dry_run()
        secret = roles.secret or statements.secret or name.secret
        questions = [
            RoleQuestion(role, statements.value or (), self._own_policy(role, name), secret, with_document)
            # Without a role, as long as they are not known.
            for role in (roles.value.values() if roles.known else [None])
        ]
        several = await asyncio.gather(*(_findings_of(self.component, each) for each in questions))
        found = [finding for of_role in several for finding in of_role]
        ending = [each for each in found if self.level == "mandatory" and with_document and _ends(each)]
        if ending or not is_before_write:
            _tell(self.component, found, ending)
        causes = {each.cause for each in found}
        if Cause.NOT_YET in causes:
            return pulumi.UNKNOWN  # type: ignore[return-value]
        return _denied_actions(found) or (None if Cause.NOT_ASKED in causes else {})

    def _own_policy(self, role: Role | None, name: Resolved) -> re.Pattern[str] | None:
        """Return what matches the ids of the component's own policy, unless a preview does not know its name.

        An update knows a generated name only once the policy is written: until then any that has the child's name in it
        matches, because `pulumi:autonaming` may put anything around that.
        """
        if not (role and role.arn) or (pulumi.runtime.is_dry_run() and not name.known):
            return None
        pattern = re.escape(name.value) if name.value else f".*{re.escape(self.component.name + SUFFIX)}.*"
        return re.compile((re.escape(role.inline_policy_id("")) if self.is_inline else "") + pattern)


def _ends(finding: Finding) -> bool:
    """Return whether a finding ends a mandatory preview, or a mandatory update before the write.

    A program that makes the role or what it depends on may change a denial before it comes to the component, so in a
    preview that is a warning: the update asks again.
    """
    return finding.cause in ENDING and not (pulumi.runtime.is_dry_run() and _may_change(finding))


def _may_change(finding: Finding) -> bool:
    """Return whether this is a denial of a role that the run itself may change."""
    return finding.cause in DENIALS and finding.role is not None and finding.role.may_be_new


async def _findings_of(component: Component, question: RoleQuestion) -> list[Finding]:
    """Return what follows from IAM's answer; an update asks again, for ten seconds, while that may pass.

    IAM shows late what the run has written: this component's policy, and what the role may have got before.
    """
    pauses: Iterator[float] = iter(()) if pulumi.runtime.is_dry_run() else _invokes.pauses()
    while True:
        found = list(findings(question, await _outcome(component, question)))
        may_pass = [each for each in found if each.cause is Cause.MISSING or _may_change(each)]
        if question.with_document:
            may_pass = [each for each in may_pass if each.cause in ENDING]
        if not may_pass or (pause := next(pauses, None)) is None:
            return found
        await asyncio.sleep(pause)


async def _outcome(component: Component, question: RoleQuestion) -> Outcome:
    """Return IAM's results, or why there are none: a failure of any kind, so that none ends an advisory run.

    If something is not known, a preview returns `None`, and an update a failure.
    """
    role = question.role
    if role and role.failure:
        return role.failure
    if not (role and role.arn and question.statements):
        return None if pulumi.runtime.is_dry_run() else _invokes.Unanswered(_NO_VALUE, repeats_nothing=True)

    async def simulate() -> list[Result] | None:
        region = await _invokes.invoke_for_field(component, _invokes.GET_REGION, required=True)
        if not region:
            return None
        document = to_json(question.statements)
        with_document = question.with_document
        return await simulate_role(component, role, question.calls(region), document, with_document=with_document)

    try:
        # IAM may show a new role late to its simulator, too.
        return await _invokes.retry_until_found(simulate, may_be_new=role.may_be_new)
    except _invokes.Unanswered as error:
        return error
    except Exception as error:  # noqa: BLE001 - whatever an answer holds, the check is not worth the run
        return _invokes.Unanswered(f"{type(error).__name__}: {error}")


def _denied_actions(found: Iterable[Finding]) -> dict[str, list[str]]:
    denied: dict[str, dict[str, None]] = {}
    for each in found:
        if each.role and each.denied_actions:
            name = SECRET if each.role.secret else each.role.name
            denied.setdefault(name, {}).update(dict.fromkeys(each.denied_actions))
    return {role: [*actions] for role, actions in denied.items()}


def _tell(component: Component, found: Sequence[Finding], ending: Sequence[Finding]) -> None:
    """Log the findings; raise those that end the run."""
    # A run that ends writes nothing, so that nothing is allowed by it.
    told = [each for each in found if each not in ending and not (ending and each.cause is Cause.ALLOWED)]
    for cause, text in lines(told):
        (pulumi.log.info if cause in INFORMATION else pulumi.log.warn)(text, resource=component.resource)
    if ending:
        errors = [f"{text} {with_input_names(ADVISORY)}" for _, text in lines(ending)]
        raise NotAllowedError(component.owner, errors, _denied_actions(found))
