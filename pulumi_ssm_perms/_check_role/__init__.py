"""The check of a component's roles: asks IAM whether each can do all that it is granted, and tells what it cannot do.

`check_role` and `check_roles` warn. `require_allowed` ends the run before the policy is written.
"""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pulumi

from pulumi_ssm_perms import _invokes, _run
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._errors import SECRET, NotAllowedError
from pulumi_ssm_perms._input_names import named
from pulumi_ssm_perms._outputs import after, gathered, resolved, then
from pulumi_ssm_perms._roles import RoleInput

from . import _causes, _role
from ._causes import Cause, Finding
from ._grantors import OwnPolicy
from ._judgement import Asked, judge
from ._role import FoundRole, MissingRole, Role, UnansweredRole
from ._simulation import Answer, simulate

__all__ = ["REQUIRE_ALLOWED", "Check", "Denied", "MissingRole", "Role", "look_up"]

REQUIRE_ALLOWED: Final = "require_allowed"

Denied = Mapping[str, Sequence[str]] | None
"""The denied actions by role name; `None` without a check, or if none is known and IAM did not answer about a role."""

_NO_VALUE: Final = "a value that the question needs is missing, because a resource has failed or does not exist"


async def look_up(
    component: Component, roles: Mapping[str, RoleInput], outputs: Collection[str], *, secret: bool
) -> Mapping[str, Role]:
    """Return what IAM says of the roles, by the path of their input.

    The program may create a role whose path is in `outputs`, and each one if the component depends on something.
    """
    if not await _invokes.dependencies_exist(component):
        return {path: _role.unknown(each.name, secret=secret) for path, each in roles.items()}
    new = roles if component.opts.depends_on else outputs
    questions = {
        path: _role.look_up(component, role.name, may_be_new=path in new, secret=secret) for path, role in roles.items()
    }
    return await gathered(questions)


class Check:
    """The check of a component's roles as if they had its document already; `option` is the input that asks for it.

    IAM is asked after the policy is declared: its name is known then, so that nothing is taken for allowed which only
    the policy's present document allows. In an update in which all must be allowed, IAM is asked before, and the
    policy's document waits for the answers.
    """

    def __init__(
        self,
        component: Component,
        option: str,
        roles: "pulumi.Output[Mapping[str, Role]]",
        document_json: pulumi.Output[str],
        *,
        inline: bool,
    ) -> None:
        """Take the confirmed roles, the document that they get, and whether it becomes an inline policy."""
        self._component, self._option, self._inline = component, option, inline
        self._roles, self._document_json = roles, document_json
        self._required = option == REQUIRE_ALLOWED
        # In an update in which all must be allowed, what IAM says before the policy is declared.
        self._first: pulumi.Output[Asked] | None = None
        if self._required and not pulumi.runtime.is_dry_run():
            known = pulumi.Output.all(roles, document_json)
            self._first = then(known, self._ask_until_allowed, run_with_unknowns=True)

    def when_allowed(self, document: pulumi.Output[str], exact_name: object) -> pulumi.Output[str]:
        """Return the document: in an update in which all must be allowed, once IAM allows it.

        A policy with an exact name is known by that name already, one with a generated name is not.
        """
        if self._first is None:
            return document
        name: pulumi.Output[Any] = pulumi.Output.from_input(exact_name)
        return after(document, then(self._first, partial(self._require, name)))

    def denied_actions(self, name: pulumi.Output[str]) -> "pulumi.Output[Denied]":
        """Return the actions that IAM denies each role with the policy of this name, and tell why.

        Roles without a denied action are left out. Unknown in a preview if a role does not exist yet.
        """
        known = pulumi.Output.all(after(self._roles, name), self._document_json)
        asked = after(self._first, name) if self._first else then(known, self._ask, run_with_unknowns=True)
        return then(asked, partial(self._judge, name))

    async def _ask(self, _: object, *, secret: bool) -> Asked:
        """Return what IAM says, or of a value that is not known why it says nothing."""
        roles, document_json = await resolved(self._roles), await resolved(self._document_json)
        every: list[Role | None] = list(roles.value.values()) if roles.known else [None]
        if not (roles.known and document_json.known):
            failure = _NO_VALUE if self._first else None
            return Asked({}, [(role, failure) for role in every], secret)
        document = json.loads(document_json.value)
        answers = await asyncio.gather(*(self._simulated(role, document, secret=secret) for role in every))
        return Asked(document, list(zip(every, answers, strict=True)), secret)

    async def _simulated(
        self, role: Role | None, document: Mapping[str, Any], *, secret: bool
    ) -> Sequence[Answer] | str | None:
        """Return the simulator's answers, a failure, or `None` if a preview cannot ask yet."""
        if not isinstance(role, FoundRole):
            return role.failure if isinstance(role, UnansweredRole) else None
        try:
            return await simulate(self._component, role, document)
        except _invokes.Unanswered as error:
            return _invokes.reason(error, secret=secret)

    async def _ask_until_allowed(self, values: object, *, secret: bool) -> Asked:
        """Ask again, for ten seconds, about roles that are denied something: IAM shows late what this run has made."""
        asked = await self._ask(values, secret=secret)
        for pause in _invokes.pauses():
            findings, _ = judge(asked, OwnPolicy(self._inline, None), self._option)
            ends = _causes.ends_run(may_change=False) & _causes.DENIALS
            denied = [each.role for each in findings if each.role and each.role.may_be_new and each.cause in ends]
            if not denied:
                break
            await asyncio.sleep(pause)
            again = await asyncio.gather(*(self._simulated(role, asked.document, secret=secret) for role in denied))
            newer: dict[Role | None, Sequence[Answer] | str | None] = dict(zip(denied, again, strict=True))
            asked = replace(asked, answers=[(role, newer.get(role, answers)) for role, answers in asked.answers])
        return asked

    async def _require(self, name: pulumi.Output[Any], asked: Asked, *, secret: bool) -> None:  # noqa: ARG002
        findings, denied = judge(asked, await self._own_policy(name), self._option)
        ends = _causes.ends_run(may_change=False)
        if any(finding.cause in ends for finding in findings):
            self._tell(findings, ends, denied)

    async def _judge(self, name: pulumi.Output[Any], asked: Asked, *, secret: bool) -> Denied:  # noqa: ARG002
        findings, denied = judge(asked, await self._own_policy(name), self._option)
        may_change = any(role is None or role.may_be_new for role, _ in asked.answers)
        # What ends an update has ended it before the policy was declared.
        ends: Collection[Cause] = ()
        if self._required and not self._first:
            ends = _causes.ends_run(may_change=may_change)
        if not asked.answers:
            pulumi.log.warn(_causes.NO_ROLES, resource=self._component.resource)
        self._tell(findings, ends, denied)
        if any(answers is None for _, answers in asked.answers):
            return pulumi.UNKNOWN  # type: ignore[return-value]
        no_answer = any(isinstance(answers, str) for _, answers in asked.answers)
        return {role.name: actions for role, actions in denied.items()} or (None if no_answer else {})

    async def _own_policy(self, name: pulumi.Output[Any]) -> OwnPolicy:
        known = await resolved(name)
        return OwnPolicy(self._inline, known.value if known.known else None, known.secret)

    def _tell(self, findings: Sequence[Finding], ends: Collection[Cause], denied: Mapping[Role, Sequence[str]]) -> None:
        """Log the findings, and once in a run what the simulator does not see; raise those that end the run."""
        run, resource = _run.current(), self._component.resource
        errors: list[str] = []
        for cause, text in _causes.merge(findings):
            if cause in ends:
                errors.append(f"{text}{named(_causes.REMEDIES.get(cause, ''))}")
            else:
                (pulumi.log.info if cause in _causes.INFORMATION else pulumi.log.warn)(text, resource=resource)
        if not run.noted and any(finding.cause in _causes.UNCERTAIN for finding in findings):
            run.noted = True
            pulumi.log.info(_causes.UNSEEN, resource=resource)
        if errors:
            names = {SECRET if role.shown == SECRET else role.name: actions for role, actions in denied.items()}
            raise NotAllowedError(self._component.owner, errors, names)
