"""`check_role` and `check_roles`: ask IAM whether roles exist and can do all that they are granted, and warn."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_ssm_perms import _lookups, _run
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._outputs import gathered
from pulumi_ssm_perms._roles import GivenRole

from . import _role, _warnings
from ._role import Role
from ._simulation import simulate


@dataclass(frozen=True)
class Check:
    """The check of a component's roles. `option` is the input that asks for it; if empty, IAM is asked nothing."""

    component: Component
    option: str

    async def find(
        self, roles: Mapping[str, GivenRole], outputs: Collection[str], *, secret: bool
    ) -> Mapping[str, Role] | None:
        """Return what IAM says of the roles, by the path of their input; `None` if it is not asked, or not yet.

        The program may create a role whose path is in `outputs`, and each one if the component depends on something.
        """
        if not self.option or not await _lookups.is_preceded(self.component):
            return None
        new = roles if self.component.opts.depends_on else outputs
        asked = {
            path: _role.find(self.component, role.name, may_be_new=path in new, secret=secret)
            for path, role in roles.items()
        }
        return await gathered(asked)

    async def denied_actions(self, both: Sequence[Any], *, secret: bool) -> Mapping[str, Sequence[str]] | None:
        """Return the denied actions by role name, as if the roles that were found had the document, and warn of them.

        Roles without a denied action are left out. `None` if IAM could not tell. Unknown in a preview if a role does
        not exist yet. Each cause is one warning on the component.
        """
        roles: Mapping[str, Role] | None = both[0]
        if roles is None or any(role.failure is None and not role.arn for role in roles.values()):
            return pulumi.UNKNOWN  # type: ignore[return-value]
        granted = json.loads(both[1])
        judged = await gathered({path: self._judge(role, granted, secret=secret) for path, role in roles.items()})
        self._tell([finding for _, findings in judged.values() for finding in findings], empty=not roles)
        if any(denied is None for denied, _ in judged.values()):
            return None
        return {roles[path].name: denied for path, (denied, _) in judged.items() if denied}

    async def _judge(
        self, role: Role, document: Mapping[str, Any], *, secret: bool
    ) -> tuple[list[str] | None, list[_warnings.Finding]]:
        """Return the denied actions (`None` if unknown) and what there is to tell."""
        if role.failure is not None:
            return None, [_warnings.could_not_ask(role, role.failure, self.option)]
        elsewhere = list(_warnings.other_accounts(role, document, secret=secret))
        try:
            answers = await simulate(self.component, role, document)
        except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
            failure = _lookups.reason(error, secret=secret)
            return None, [_warnings.could_not_ask(role, failure, self.option), *elsewhere]
        told = list(_warnings.explain(role, answers, document, secret=secret))
        return _warnings.denied_actions(answers), [*told, *elsewhere]

    def _tell(self, findings: Sequence[_warnings.Finding], *, empty: bool) -> None:
        """Log the findings, and once in a run what the simulator does not see."""
        run = _run.current()
        if empty:
            pulumi.log.warn(_warnings.NO_ROLES, resource=self.component.resource)
        for cause, text in _warnings.merge(findings):
            log = pulumi.log.info if cause in _warnings.INFORMATION else pulumi.log.warn
            log(text, resource=self.component.resource)
        if not run.noted and any(finding.cause not in _warnings.ENOUGH_SAID for finding in findings):
            run.noted = True
            pulumi.log.info(_warnings.UNSEEN, resource=self.component.resource)
