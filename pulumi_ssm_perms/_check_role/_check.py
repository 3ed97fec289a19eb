"""The check of a component's roles: when IAM is asked, what ends the run, and what is told."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pulumi

from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._document import Statement
from pulumi_ssm_perms._errors import NotAllowedError
from pulumi_ssm_perms._iam_role import Role
from pulumi_ssm_perms._invokes import InvokeError, pauses
from pulumi_ssm_perms._outputs import Resolved, apply_to_resolved
from pulumi_ssm_perms._validators import EnforcementLevel

from ._findings import (
    Allowed,
    Finding,
    NotAsked,
    NotYet,
    Policy,
    denied_actions,
    ends_mandatory_run,
    error_lines,
    findings_of,
    lines,
    may_pass,
)
from ._simulation import simulate_calls

DeniedActions = Mapping[str, Sequence[str]] | None
"""The denied actions by role name. `None` without a check, or if no denial is known and IAM did not answer."""

# Stands for the roles of a preview that does not know their names.
_NOT_KNOWN: Final = Role("", secret=False, may_be_new=True)


@dataclass(frozen=True)
class Check:
    """Asks IAM about a component's roles, once in a run: what stands in the way of the component's policy?

    An update asks before the policy is declared. A preview writes nothing, so it declares the policy first: then the
    name of a policy that exists is known.
    """

    component: Component
    level: EnforcementLevel
    # By the path of their input, such as `roles[1]`; unknown in a preview that does not know a role's name.
    roles: pulumi.Output[Mapping[str, Role]]
    statements: pulumi.Output[tuple[Statement, ...]]
    exact_name: pulumi.Output[str | None]
    is_inline: bool

    @property
    def before_write(self) -> "pulumi.Output[Any]":
        """What the document waits for, whatever its value: that the roles exist, or a mandatory update's check.

        It fails if a role is not confirmed, or with `NotAllowedError`.
        """
        return self._in_update if self.level == "mandatory" and not pulumi.runtime.is_dry_run() else self.roles

    def denied_actions(self, policy_name: "pulumi.Output[str]") -> "pulumi.Output[DeniedActions]":
        """Return what IAM denies, once the policy is declared. It fails with `NotAllowedError` if the check does."""
        if self.level == "disabled":
            return pulumi.Output.from_input(None)
        return self._ask(policy_name) if pulumi.runtime.is_dry_run() else self._in_update

    @cached_property
    def _in_update(self) -> "pulumi.Output[DeniedActions]":
        return self._ask(self.exact_name)

    def _ask(self, policy_name: "pulumi.Output[Any]") -> "pulumi.Output[DeniedActions]":
        return apply_to_resolved(self._ask_and_tell, self.roles, self.statements, policy_name)

    async def _ask_and_tell(self, roles: Resolved, statements: Resolved, policy_name: Resolved) -> DeniedActions:
        """Ask about all roles, tell what follows, end the run for what a mandatory check ends it for."""
        secret = roles.secret or statements.secret or policy_name.secret
        policy = Policy(policy_name.value, self.is_inline, statements.value or (), secret)
        roles_to_ask = roles.value.values() if roles.known else [_NOT_KNOWN]
        by_role = await asyncio.gather(*(self._findings(role, policy) for role in roles_to_ask))
        findings = [finding for of_role in by_role for finding in of_role]
        ending = [*filter(ends_mandatory_run, findings)] if self.level == "mandatory" else []
        denied = denied_actions(findings)
        for finding, line in lines(finding for finding in findings if finding not in ending):
            if not (ending and isinstance(finding, Allowed)):
                log = pulumi.log.info if isinstance(finding, Allowed | NotYet) else pulumi.log.warn
                log(line, resource=self.component.resource)
        if ending:
            raise NotAllowedError(self.component.owner, error_lines(ending), denied)
        if any(isinstance(finding, NotYet) for finding in findings):
            return pulumi.UNKNOWN  # type: ignore[return-value]
        return denied or (None if any(isinstance(finding, NotAsked) for finding in findings) else {})

    async def _findings(self, role: Role, policy: Policy) -> Sequence[Finding]:
        """Return what follows from IAM's answer. An update asks again, for ten seconds, while that may pass."""
        waits: Iterator[float] = iter(()) if pulumi.runtime.is_dry_run() else pauses()
        while True:
            findings = await self._ask_once(role, policy)
            if not any(map(may_pass, findings)) or (pause := next(waits, None)) is None:
                return findings
            await asyncio.sleep(pause)

    async def _ask_once(self, role: Role, policy: Policy) -> Sequence[Finding]:
        try:
            calls = await simulate_calls(self.component, role, policy.statements)
            return list(findings_of(role, policy, calls))
        except InvokeError as error:
            return [NotAsked(role, error, policy.secret)]
        except pulumi.RunError:  # the run ends, so that nothing is to be said of the role
            raise
        except Exception as error:  # noqa: BLE001 - whatever an answer holds, an advisory check ends no run
            return [NotAsked(role, InvokeError(f"{type(error).__name__}: {error}"), policy.secret)]
