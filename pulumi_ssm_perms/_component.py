"""What both components do with their inputs: judge them, resolve them to roles and a document, and check those."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Final

import pulumi
from pulumi_aws import iam

from ._accounts import account_problems
from ._check import start_check
from ._document import to_json
from ._errors import InvalidInputError, format_value, hide_values
from ._grants import COMPONENT_GRANT_SPECS
from ._inputs import Spec, merge_arguments
from ._judge import SizeLimit, build_within, judge
from ._lines import HEARTBEAT_INPUT
from ._parse import BOOLEAN_REMEDY, parse_boolean, pass_on
from ._pending import as_lists_and_str, as_one_output
from ._preferences import complete_grants

SHARED_SPECS: Final[Mapping[str, Spec]] = {
    **COMPONENT_GRANT_SPECS,
    "check": Spec(parse_boolean, plain_only=BOOLEAN_REMEDY),
    "policy_name": Spec(pass_on),
}
"""The inputs that both components have."""


class Inputs:
    """The inputs of a component: `raw` as the program wrote them, then parsed or, if they resolve later, as an Output.

    All that is plain is judged at once, before the component is declared, and everything again when it has resolved.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - a component's arguments, and what they may be
        self,
        component: pulumi.ComponentResource,
        name: str,
        args: Any,
        keywords: Mapping[str, Any],
        specs: Mapping[str, Spec],
        limit: SizeLimit,
    ) -> None:
        """Judge what is plain, or raise an `InvalidInputError`."""
        self.component_name = as_lists_and_str(name)  # a name can be a member of a `str` enumeration
        self._owner = f"{type(component).__name__} {format_value(self.component_name)}"
        self._component, self._specs, self._limit = component, specs, limit
        self._raw = merge_arguments(self._owner, args, keywords, specs)
        parsed, _, _, problems = judge(self._raw, specs, limit)
        if problems:
            raise InvalidInputError(self._owner, problems)
        self._outputs = {name: as_one_output(self._raw[name]) for name in specs if name not in parsed}
        self.values: Mapping[str, Any] = {**parsed, **self._outputs}
        """Each input: parsed or, if the constructor does not know it, as an Output."""

    def resolve(self, opts: pulumi.ResourceOptions) -> None:
        """Set the Outputs of the roles and the document. Only its own inputs make each secret or dependent."""
        resolved = asyncio.ensure_future(self._resolve(opts))

        def part_of_resolved(position: int, names: Collection[str]) -> pulumi.Output[Any]:
            async def take(_: object) -> object:
                return (await resolved)[position]

            own = {name: output for name, output in self._outputs.items() if name in names}
            return pulumi.Output.from_input(own).apply(take, run_with_unknowns=True)

        self._opts = opts
        self.roles = part_of_resolved(0, ["role"])
        self._document = part_of_resolved(1, COMPONENT_GRANT_SPECS)
        self.policy_json = self._document.apply(to_json)

    async def _resolve(self, opts: pulumi.ResourceOptions) -> tuple[Any, Any]:
        """Judge all inputs once the Outputs have resolved, and return the roles and the document.

        Each of the two is `pulumi.UNKNOWN` while a preview does not know what makes it.
        """
        values: Any = await pulumi.Output.from_input(self._outputs).future(with_unknowns=True)
        parsed, grants, document, problems = judge({**self._raw, **values}, self._specs, self._limit)
        roles = [parsed["role"]] if "role" in parsed else parsed.get("roles")
        if not problems:
            groups = parsed.get("cloudwatch_log_group_arns")
            problems = await account_problems(self._component, roles or [], groups or [])
        if not problems and grants and (preferences := parsed["session_preferences"]):
            output = self._outputs.get("session_preferences")
            grants, problems = await complete_grants(self._component, grants, preferences, output, opts)
            if grants:
                document, problems = build_within(self._limit, grants)
        if problems:
            secret = [name for name, output in self._outputs.items() if await output.is_secret()]
            raise InvalidInputError(self._owner, hide_values(problems, secret))
        return pulumi.UNKNOWN if roles is None else roles, pulumi.UNKNOWN if document is None else document

    def register(self, policy: iam.RolePolicy | iam.Policy, **outputs: pulumi.Output[str]) -> None:
        """Register the component's outputs, in a preview with `check` once the check has logged its lines.

        A plugin drops the lines that come after `register_outputs`.
        """
        policy_json = self.policy_json
        if self.values["check"] and pulumi.runtime.is_dry_run():
            setting = self.values[HEARTBEAT_INPUT]
            lines_logged = start_check(self._component, policy, self.roles, self._document, setting, self._opts)
            policy_json = lines_logged.apply(lambda _: self.policy_json)
        self._component.register_outputs({**outputs, "policy_json": policy_json})
