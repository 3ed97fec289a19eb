"""The check of a component's roles: when IAM is asked, what ends the run, and what is told."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import pulumi

from pulumi_ssm_perms import _outputs
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._document import Statement
from pulumi_ssm_perms._errors import NotAllowedError
from pulumi_ssm_perms._iam_role import IamRole
from pulumi_ssm_perms._invokes import InvokeError, pauses
from pulumi_ssm_perms._outputs import Resolved
from pulumi_ssm_perms._validators import EnforcementLevel

from . import _findings
from ._findings import Allowed, Finding, NotAsked, NotYet, Policy
from ._simulation import simulate_calls

DeniedActions = Mapping[str, Sequence[str]] | None
"""The denied actions by role name. `None` without a check, or if no denial is known and IAM did not answer."""

# Stands for the roles of a preview that does not know their names.
_NOT_KNOWN: Final = IamRole("", secret=False, may_be_new=True)


@dataclass(frozen=True)
class Check:
    """Asks IAM about a component's roles, once in a run: what stands in the way of the component's policy?

    An update asks before the policy is declared. A preview writes nothing, so it declares the policy first: then the
    name of a policy that exists is known.
    """

    component: Component
    level: EnforcementLevel
    # By the path of their input, such as `roles[1]`; unknown in a preview that does not know a role's name.
    roles: pulumi.Output[Mapping[str, IamRole]]
    statements: pulumi.Output[tuple[Statement, ...]]
    exact_name: pulumi.Output[str | None]
    is_inline: bool

    def hold_back(self, document: "pulumi.Output[str]") -> "pulumi.Output[str]":
        """Return the document once a mandatory check lets an update write it; it fails with `NotAllowedError`."""
        if self.level != "mandatory" or pulumi.runtime.is_dry_run():
            return document
        return _outputs.hold_back(document, until=self._answer_in_update)

    def denied_actions(self, policy_name: "pulumi.Output[str]") -> "pulumi.Output[DeniedActions]":
        """Return what IAM denies, once the policy is declared. It fails with `NotAllowedError` if the check does."""
        if self.level == "disabled":
            return pulumi.Output.from_input(None)
        return self._answer(policy_name) if pulumi.runtime.is_dry_run() else self._answer_in_update

    @cached_property
    def _answer_in_update(self) -> "pulumi.Output[DeniedActions]":
        # A generated name is not known yet: then no policy is taken for the component's own.
        return self._answer(self.exact_name)

    def _answer(self, policy_name: "pulumi.Output[str] | pulumi.Output[str | None]") -> "pulumi.Output[DeniedActions]":
        return _outputs.apply_to_resolved(self._ask_and_tell, self.roles, self.statements, policy_name, self.exact_name)

    async def _ask_and_tell(
        self, roles: Resolved, statements: Resolved, policy_name: Resolved, exact_name: Resolved
    ) -> DeniedActions:
        """Ask about all roles, tell what follows, and end the run for what a mandatory check ends it for."""
        secret = roles.secret or statements.secret or policy_name.secret
        is_exact = exact_name.value is not None
        policy = Policy(policy_name.value, is_exact, self.is_inline, statements.value or (), secret)
        roles_to_ask = roles.value.values() if roles.known else [_NOT_KNOWN]
        by_role = await asyncio.gather(*(self._lasting_findings(role, policy) for role in roles_to_ask))
        findings = [finding for of_role in by_role for finding in of_role]
        is_mandatory = self.level == "mandatory"
        ending = [finding for finding in findings if is_mandatory and _findings.ends_mandatory_run(finding)]
        others = [finding for finding in findings if not (is_mandatory and _findings.ends_mandatory_run(finding))]
        self._tell(others, run_ends=bool(ending))
        denied = _findings.denied_actions(findings)
        if ending:
            raise NotAllowedError(self.component.owner, _findings.error_lines(ending), denied)
        if any(isinstance(finding, NotYet) for finding in findings):
            return pulumi.UNKNOWN  # type: ignore[return-value]
        return denied or (None if any(isinstance(finding, NotAsked) for finding in findings) else {})

    def _tell(self, findings: Sequence[Finding], *, run_ends: bool) -> None:
        # A run that ends writes no policy, so that nothing is allowed with it.
        told = [finding for finding in findings if not (run_ends and isinstance(finding, Allowed))]
        for finding, line in _findings.lines(told):
            log = pulumi.log.info if isinstance(finding, Allowed | NotYet) else pulumi.log.warn
            log(line, resource=self.component.resource)

    async def _lasting_findings(self, role: IamRole, policy: Policy) -> Sequence[Finding]:
        """Return what follows from IAM's answer. An update asks again, for ten seconds, while the run may change it."""
        waits: Iterator[float] = iter(()) if pulumi.runtime.is_dry_run() else pauses()
        while True:
            findings = await self._findings_now(role, policy)
            pause = next(waits, None) if any(map(_findings.run_may_change, findings)) else None
            if pause is None:
                return findings
            await asyncio.sleep(pause)

    async def _findings_now(self, role: IamRole, policy: Policy) -> Sequence[Finding]:
        try:
            calls = await simulate_calls(self.component, role, policy.statements)
            return list(_findings.findings_of(role, policy, calls))
        except InvokeError as error:
            return [NotAsked(role, error, policy.secret)]
        except pulumi.RunError:  # the run ends, so that nothing is to be said of the role
            raise
        except Exception as error:  # noqa: BLE001 - whatever an answer holds, an advisory check ends no run
            return [NotAsked(role, InvokeError(f"{type(error).__name__}: {error}"), policy.secret)]
