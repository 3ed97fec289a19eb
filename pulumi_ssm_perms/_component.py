"""What both components do: from their arguments to a resolved document, their children and their outputs."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Collection, Mapping
from typing import Any, ClassVar, Final, Generic, TypeVar

import pulumi
from pulumi_aws import iam

from ._accounts import find_foreign_arns
from ._check import HEARTBEAT_INPUT, start_check
from ._document import Document, build_document, to_json
from ._errors import InvalidInputError, format_value, hide_values
from ._grants import COMPONENT_GRANT_SPECS, GRANT_SPECS
from ._inputs import PASSED_ON, Spec, merge_arguments, optional
from ._judge import SizeLimit, find_excess, parse_and_judge
from ._options import own_options
from ._parse import BOOLEAN_REMEDY, parse_boolean
from ._pending import as_lists_and_str, as_one_output
from ._preferences import complete_grants
from ._roles import Role

PolicyT = TypeVar("PolicyT", bound=iam.RolePolicy | iam.Policy)

SHARED_SPECS: Final[Mapping[str, Spec]] = {
    **COMPONENT_GRANT_SPECS,
    "check": Spec(optional(parse_boolean), output_remedy=BOOLEAN_REMEDY),
    "policy_name": PASSED_ON,
}
"""The inputs that all components have."""


class GrantingComponent(pulumi.ComponentResource, ABC, Generic[PolicyT]):
    """Grants roles what its inputs say, by a policy that it declares as its child.

    An input is `raw` as the program wrote it, and `parsed` as the package uses it, if it is known. Of each input that
    the constructor does not know, there is one Output.
    """

    _resource_type: ClassVar[str]
    _specs: ClassVar[Mapping[str, Spec]]
    _roles_input: ClassVar[str]
    _role_problem_path: ClassVar[str]
    """How errors name a role: the input, and the role's number in a list."""
    _size_limit: ClassVar[SizeLimit]

    def __init__(self, name: str, args: Any, opts: pulumi.ResourceOptions | None, keywords: Mapping[str, Any]) -> None:
        """Judge what is plain, and declare the component and its children; what resolves later is judged then."""
        name = as_lists_and_str(name)  # a name can be a member of a `str` enumeration
        owner = f"{type(self).__name__} {format_value(name)}"
        raw = merge_arguments(owner, args, keywords)
        parsed, problems = parse_and_judge(raw, self._specs, self._size_limit)
        if problems:
            raise InvalidInputError(owner, problems)
        import_, opts = own_options(opts)
        super().__init__(self._resource_type, name, None, opts)
        pending_inputs = {input_: as_one_output(raw[input_]) for input_ in self._specs if input_ not in parsed}
        resolved = asyncio.ensure_future(self._resolve(owner, raw, pending_inputs, opts))
        roles: pulumi.Output[list[Role]] = _part_of(resolved, "roles", pending_inputs, {self._roles_input})
        document: pulumi.Output[Document] = _part_of(resolved, "document", pending_inputs, COMPONENT_GRANT_SPECS.keys())
        self.policy_json = document.apply(to_json)
        self.policy: PolicyT
        inputs = {**parsed, **pending_inputs}
        own_outputs = self._declare_children(inputs, roles, opts, import_)
        registered_json = self.policy_json
        if parsed["check"] and pulumi.runtime.is_dry_run():
            lines_logged = start_check(
                self, self.policy, roles, document, heartbeat_setting=inputs[HEARTBEAT_INPUT], opts=opts
            )
            registered_json = lines_logged.apply(lambda _: self.policy_json)
        self.register_outputs({**own_outputs, "policy_json": registered_json})

    @abstractmethod
    def _declare_children(
        self, inputs: Mapping[str, Any], roles: pulumi.Output[list[Role]], opts: pulumi.ResourceOptions, import_: Any
    ) -> dict[str, pulumi.Output[str]]:
        """Declare the policy and what attaches it, and return the component's own outputs.

        `inputs` has each input: parsed or, if the constructor does not know it, as an Output.
        """

    async def _resolve(
        self,
        owner: str,
        raw: Mapping[str, Any],
        pending_inputs: Mapping[str, pulumi.Output[Any]],
        opts: pulumi.ResourceOptions,
    ) -> dict[str, Any]:
        """Judge all inputs once the Outputs have resolved, and return the roles and the document.

        Each of the two is `pulumi.UNKNOWN` while a preview does not know what makes it.
        """
        values: Any = await pulumi.Output.from_input(pending_inputs).future(with_unknowns=True)
        parsed, problems = parse_and_judge({**raw, **values}, self._specs, self._size_limit)
        if not problems:
            roles = parsed.get(self._roles_input, ())
            role_by_path = {self._role_problem_path.format(position): role for position, role in enumerate(roles)}
            problems = await find_foreign_arns(self, role_by_path, parsed.get("cloudwatch_log_group_arns") or ())
        document: Any = pulumi.UNKNOWN
        if not problems and parsed.keys() >= COMPONENT_GRANT_SPECS.keys():
            grants, preferences = {name: parsed[name] for name in GRANT_SPECS}, parsed["session_preferences"]
            if preferences:
                preferences_output = pending_inputs.get("session_preferences")
                grants, problems = await complete_grants(self, grants, preferences, preferences_output, opts)
            if grants:
                document = build_document(**grants)
                problems = find_excess(document, self._size_limit)
        if problems:
            secret = [name for name, output in pending_inputs.items() if await output.is_secret()]
            raise InvalidInputError(owner, hide_values(problems, secret))
        return {"roles": parsed.get(self._roles_input, pulumi.UNKNOWN), "document": document}


def _part_of(
    resolved: Awaitable[Mapping[str, Any]],
    part: str,
    pending_inputs: Mapping[str, pulumi.Output[Any]],
    names: Collection[str],
) -> pulumi.Output[Any]:
    """Return the Output of a part of what has resolved. Only the named inputs make it secret or dependent."""

    async def take() -> object:
        return (await resolved)[part]

    relevant = {name: output for name, output in pending_inputs.items() if name in names}
    return pulumi.Output.from_input(relevant).apply(lambda _: take(), run_with_unknowns=True)
