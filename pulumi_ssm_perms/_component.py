"""What both components do: from their arguments to a resolved document, their children and their outputs."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

import pulumi
from pulumi_aws import iam

from ._accounts import find_foreign_arns
from ._check import Declared, start_check
from ._document import Document, build_document, to_json
from ._errors import InvalidInputError, Problem, format_value, hide_values
from ._grants import COMPONENT_GRANT_SPECS, GRANT_SPECS
from ._inputs import Spec, merge_arguments
from ._judge import SizeLimit, find_excess, parse_and_judge
from ._options import split_import
from ._pending import as_lists_and_str, as_one_output
from ._preferences import look_up_grants
from ._roles import Role
from ._run import has_dependencies

PolicyT = TypeVar("PolicyT", bound=iam.RolePolicy | iam.Policy)


class GrantingComponent(pulumi.ComponentResource, ABC, Generic[PolicyT]):
    """Grants roles what its inputs say, by a policy that it declares as its child.

    An input is `raw` as the program wrote it, and `parsed` as the package uses it, if it is known. Of each input that
    the constructor does not know, there is one Output.
    """

    _resource_type: ClassVar[str]
    _specs: ClassVar[Mapping[str, Spec]]
    _roles_input: ClassVar[str]
    _role_path: ClassVar[str]
    """How errors name a role: the input, and the role's number in a list."""
    _size_limit: ClassVar[SizeLimit]

    def __init__(self, name: str, args: Any, opts: pulumi.ResourceOptions | None, keywords: Mapping[str, Any]) -> None:
        """Judge what is plain, and declare the component and its children; what resolves later is judged then."""
        name = as_lists_and_str(name)
        owner = f"{type(self).__name__} {format_value(name)}"
        raw = merge_arguments(owner, args, keywords)
        parsed, problems = parse_and_judge(raw, self._specs, self._size_limit)
        if problems:
            raise InvalidInputError(owner, problems)
        import_, opts = split_import(opts)
        super().__init__(self._resource_type, name, None, opts)
        outputs = {name: as_one_output(raw[name]) for name in self._specs if name not in parsed}
        judged = asyncio.ensure_future(self._judge_resolved(owner, raw, outputs))
        roles = self._resolve_roles(judged, outputs)
        document = self._resolve_document(owner, judged, outputs, opts)
        self.policy_json = document.apply(to_json)
        self.policy: PolicyT
        inputs = {**parsed, **outputs}
        own_outputs = self._declare_children(inputs, roles, opts, import_)
        lines_logged = start_check(Declared(self, self.policy, inputs, opts), roles, document)
        self.register_outputs({**own_outputs, "policy_json": lines_logged.apply(lambda _: self.policy_json)})

    @abstractmethod
    def _declare_children(
        self, inputs: Mapping[str, Any], roles: pulumi.Output[list[Role]], opts: pulumi.ResourceOptions, import_: Any
    ) -> dict[str, pulumi.Output[str]]:
        """Declare the policy and what attaches it, and return the component's own outputs.

        `inputs` has each input parsed or, if the constructor does not know it, its Output.
        """

    async def _judge_resolved(
        self, owner: str, raw: Mapping[str, Any], outputs: Mapping[str, pulumi.Output[Any]]
    ) -> dict[str, Any]:
        """Return each input parsed that is known by now, once AWS has confirmed the account of roles and log groups."""
        resolved: Any = await pulumi.Output.from_input(outputs).future(with_unknowns=True)
        parsed, problems = parse_and_judge({**raw, **resolved}, self._specs, self._size_limit)
        if not problems:
            roles = {
                self._role_path.format(number): role for number, role in enumerate(parsed.get(self._roles_input, ()))
            }
            problems = await find_foreign_arns(self, roles, parsed.get("cloudwatch_log_group_arns") or ())
        if problems:
            raise await _late_error(owner, problems, outputs)
        return parsed

    def _resolve_roles(
        self, judged: Awaitable[Mapping[str, Any]], outputs: Mapping[str, pulumi.Output[Any]]
    ) -> pulumi.Output[list[Role]]:
        """Return the role or the roles, once all inputs are judged. Another input never makes it unknown or secret."""

        async def resolve(_: object) -> list[Role]:
            roles: list[Role] = (await judged).get(self._roles_input, pulumi.UNKNOWN)
            return roles

        own = pulumi.Output.from_input(outputs.get(self._roles_input))
        return own.apply(resolve, run_with_unknowns=True)

    def _resolve_document(
        self,
        owner: str,
        judged: Awaitable[Mapping[str, Any]],
        outputs: Mapping[str, pulumi.Output[Any]],
        opts: pulumi.ResourceOptions,
    ) -> pulumi.Output[Document]:
        """Return the document, once all inputs are judged. A role never makes it unknown or secret."""
        own = {name: output for name, output in outputs.items() if name in COMPONENT_GRANT_SPECS}
        given_preferences = pulumi.Output.from_input(own.get("session_preferences"))

        async def resolve(_: object) -> Document:
            parsed = await judged
            if not parsed.keys() >= COMPONENT_GRANT_SPECS.keys():
                return pulumi.UNKNOWN  # type: ignore[return-value]
            grants = {name: parsed[name] for name in GRANT_SPECS}
            if preferences := parsed["session_preferences"]:
                may_create_key = await has_dependencies(given_preferences, opts)
                secret = await given_preferences.is_secret()
                named, problems = await look_up_grants(self, preferences, may_create_key=may_create_key, secret=secret)
                if problems:
                    raise await _late_error(owner, problems, outputs)
                if not named:
                    return pulumi.UNKNOWN  # type: ignore[return-value]
                grants |= {**named, "kms_key_arns": [*named["kms_key_arns"], *(grants["kms_key_arns"] or ())]}
            document = build_document(**grants)
            if problems := find_excess(document, self._size_limit):
                raise await _late_error(owner, problems, outputs)
            return document

        return pulumi.Output.from_input(own).apply(resolve, run_with_unknowns=True)


async def _late_error(
    owner: str, problems: Sequence[Problem], outputs: Mapping[str, pulumi.Output[Any]]
) -> InvalidInputError:
    """Return the error about inputs that have resolved. It shows no value of a secret one."""
    secret = [name for name, output in outputs.items() if await output.is_secret()]
    return InvalidInputError(owner, hide_values(problems, secret))
