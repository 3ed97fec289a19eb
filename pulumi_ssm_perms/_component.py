"""What both components do: from their arguments to a resolved document, their children and their outputs."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, Generic, TypeVar

import pulumi
from pulumi_aws import iam

from ._check import start_check
from ._document import Document, build_document, to_json
from ._errors import InvalidInputError, Rejected, format_value, hide_values
from ._grants import COMPONENT_GRANT_SPECS, GRANT_SPECS
from ._inputs import UNPARSED, Spec, given_inputs
from ._judge import SizeLimit, judge, size_problems
from ._options import split_import
from ._pending import UNDECIDED, as_lists_and_str, resolve, reveal_or_none
from ._preferences import look_up_grants
from ._roles import Role, confirm_accounts
from ._run import may_be_created_by_this_update

T = TypeVar("T")
PolicyT = TypeVar("PolicyT", bound=iam.RolePolicy | iam.Policy)


class GrantingComponent(pulumi.ComponentResource, ABC, Generic[PolicyT]):
    """Grants roles what its inputs say, by a policy that it declares as its child."""

    _resource_type: ClassVar[str]
    _specs: ClassVar[Mapping[str, Spec]]
    _role_input_name: ClassVar[str]
    _size_limit: ClassVar[SizeLimit]

    def __init__(self, name: str, args: Any, opts: pulumi.ResourceOptions | None, keywords: Mapping[str, Any]) -> None:
        """Judge what is plain, and declare the component and its children; what resolves later is judged then."""
        name = as_lists_and_str(name)
        owner = f"{type(self).__name__} {format_value(name)}"
        given, unknown_inputs = given_inputs(owner, args, keywords, self._specs)
        values, problems = judge(given, self._specs, self._size_limit)
        if unknown_inputs or problems:
            raise InvalidInputError(owner, [*unknown_inputs, *problems])
        import_, opts = split_import(opts)
        super().__init__(self._resource_type, name, None, opts)
        outputs = {name: resolve(given[name]) for name, value in values.items() if value is UNDECIDED}
        given, values = {**given, **outputs}, {**values, **outputs}
        roles = self._resolve_roles(owner, given[self._role_input_name])
        document = self._resolve_document(owner, given, roles, opts)
        self.policy_json = document.apply(to_json)
        self.policy: PolicyT
        own_outputs = self._declare_children(values, roles, opts, import_)
        lines_logged = start_check(self, self.policy, values, roles, document, opts)
        self.register_outputs({**own_outputs, "policy_json": lines_logged.apply(lambda _: self.policy_json)})

    @abstractmethod
    def _declare_children(
        self, values: Mapping[str, Any], roles: pulumi.Output[list[Role]], opts: pulumi.ResourceOptions, import_: Any
    ) -> dict[str, pulumi.Output[str]]:
        """Declare the policy and what attaches it, and return the component's own outputs.

        `values` has each plain input parsed, and of each other one its Output.
        """

    def _resolve_roles(self, owner: str, given: object) -> pulumi.Output[list[Role]]:
        """Return the role or the roles, once AWS has confirmed their account."""
        name = self._role_input_name

        async def confirm(values: Mapping[str, Any]) -> list[Role]:
            roles: list[Role] = values[name]
            await confirm_accounts(self, roles)
            return roles

        return self._when_resolved(owner, {name: given}, {name: self._specs[name]}, confirm)

    def _resolve_document(
        self, owner: str, given: Mapping[str, Any], roles: pulumi.Output[list[Role]], opts: pulumi.ResourceOptions
    ) -> pulumi.Output[Document]:
        """Return the document, once the roles are confirmed and all inputs resolved.

        Its own inputs make it unknown or secret; a role never does.
        """
        name, preferences = self._role_input_name, given.get("session_preferences")

        async def build(values: Mapping[str, Any]) -> Document:
            grants = {name: values[name] for name in GRANT_SPECS}
            if named := values["session_preferences"]:
                may_create = await may_be_created_by_this_update(preferences, opts)
                secret = await pulumi.Output.from_input(preferences).is_secret()
                looked_up = await look_up_grants(self, named, may_create_key=may_create, secret=secret)
                if looked_up is None:
                    return pulumi.UNKNOWN  # type: ignore[return-value]
                grants |= {**looked_up, "kms_key_arns": [*looked_up["kms_key_arns"], *(grants["kms_key_arns"] or ())]}
            document = build_document(**grants)
            if problems := size_problems(document, self._size_limit):
                raise Rejected(*problems)
            return document

        inputs = {name: given[name] for name in COMPONENT_GRANT_SPECS if name in given}
        specs = {name: UNPARSED, **COMPONENT_GRANT_SPECS}
        return self._when_resolved(owner, {name: reveal_or_none(roles), **inputs}, specs, build)

    def _when_resolved(
        self,
        owner: str,
        inputs: Mapping[str, Any],
        specs: Mapping[str, Spec],
        function: Callable[[Mapping[str, Any]], Awaitable[T]],
    ) -> pulumi.Output[T]:
        """Return the Output of what the function makes of the parsed inputs, or of the public error about them.

        It is unknown while a preview does not know one of them. The error shows no value of an input that is secret.
        """

        async def judge_and_call(resolved: Mapping[str, Any]) -> T:
            values, problems = judge(resolved, specs, self._size_limit)
            if not problems:
                if UNDECIDED in values.values():
                    return pulumi.UNKNOWN  # type: ignore[return-value]
                try:
                    return await function(values)
                except Rejected as rejected:
                    problems = [*rejected.problems]
            # Not in the handler, because a traceback would have the values of what was rejected.
            secret = [name for name in inputs if await pulumi.Output.from_input(inputs[name]).is_secret()]
            raise InvalidInputError(owner, hide_values(problems, secret))

        together: pulumi.Output[Any] = pulumi.Output.all(**inputs)
        return together.apply(judge_and_call, run_with_unknowns=True)
