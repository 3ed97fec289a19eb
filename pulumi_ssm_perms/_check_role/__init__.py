"""`check_role` and `check_roles`: ask IAM whether roles can do all that they are granted, and warn; never end a run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_ssm_perms import _lookups, _run
from pulumi_ssm_perms._outputs import gathered, then
from pulumi_ssm_perms._roles import GivenRole

from . import _role, _warnings
from ._role import Role
from ._simulation import simulate


@dataclass(frozen=True)
class Check:
    """The check of a component's roles, for which the input `option` asks, once all that it depends on exists."""

    component: pulumi.Resource
    option: str
    depends_on: pulumi.Input[Any] | None

    async def find(self, roles: Mapping[str, GivenRole], *, secret: bool) -> Mapping[str, Role] | None:
        """Return what IAM says of the roles, by the path of their input; `None` if it is too early to ask."""
        if self.depends_on and not await _lookups.known_after(self.component, self.depends_on).is_known():
            return None
        asked = {path: _role.find(self.component, role.name, secret=secret) for path, role in roles.items()}
        return await gathered(asked)

    def denied_actions(
        self, found: pulumi.Output[Mapping[str, Role] | None], document: pulumi.Output[str]
    ) -> pulumi.Output[Any]:
        """Return the denied actions by role name, as if the roles had the policy, and warn of them.

        Roles without a denied action are left out. `None` if IAM could not tell. Unknown if a role does not
        exist yet. Each cause is one warning on the component.
        """

        async def judge(both: Sequence[Any], secret: bool) -> Any:  # noqa: FBT001 - as `then` calls it
            roles: Mapping[str, Role] | None = both[0]
            if roles is None or any(role.failure is None and not role.arn for role in roles.values()):
                return pulumi.UNKNOWN
            granted = json.loads(both[1])
            judged = await gathered({path: self._judge(role, granted, secret=secret) for path, role in roles.items()})
            self._tell([finding for _, findings in judged.values() for finding in findings], empty=not roles)
            if any(denied is None for denied, _ in judged.values()):
                return None
            return {roles[path].name: denied for path, (denied, _) in judged.items() if denied}

        return then(pulumi.Output.all(found, document), judge)

    async def _judge(
        self, role: Role, document: Mapping[str, Any], *, secret: bool
    ) -> tuple[Sequence[str] | None, Sequence[_warnings.Finding]]:
        """Return the denied actions (`None` if unknown) and the warnings."""
        if role.failure is not None:
            return None, [_warnings.could_not_ask(role, role.failure, self.option)]
        elsewhere = _warnings.other_accounts(role, document, secret=secret)
        try:
            answers = await simulate(self.component, role, document)
        except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
            failure = _lookups.reason(error, secret=secret)
            return None, [_warnings.could_not_ask(role, failure, self.option), *elsewhere]
        told = _warnings.explain(role, answers, document, secret=secret)
        return _warnings.denied_actions(answers), [*told, *elsewhere]

    def _tell(self, findings: Sequence[_warnings.Finding], *, empty: bool) -> None:
        """Log the findings, and once in a run what the simulator does not see."""
        run = _run.current()
        if empty:
            pulumi.log.warn(_warnings.NO_ROLES, resource=self.component)
        for cause, text in _warnings.merge(findings):
            log = pulumi.log.info if cause is _warnings.Cause.OTHER_ACCOUNT else pulumi.log.warn
            log(text, resource=self.component)
        if not run.noted and any(finding.cause not in _warnings.NOT_SIMULATED for finding in findings):
            run.noted = True
            pulumi.log.info(_warnings.UNSEEN, resource=self.component)
