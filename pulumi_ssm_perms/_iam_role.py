"""What IAM says of a role: its ARN, its permissions boundary, and who uses it by its trust policy."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from . import _invokes
from ._component import Component
from ._errors import SECRET, show
from ._outputs import gather_by_key
from ._role_inputs import RoleInput

# Mocks can answer anything.
_ROLE_ARN: Final = re.compile(r"arn:[^:]+:iam::[^:]*:role/.+")

# "Configure instance permissions required for Systems Manager" and "Create the IAM service role required for Systems
# Manager in hybrid and multicloud environments" (AWS Systems Manager User Guide). Partitions differ in what follows.
_SERVICES_OF_NODES: Final = frozenset({"ec2", "ssm"})


@dataclass(frozen=True)
class IamRole:
    """A role, and what IAM says of it. Without an ARN, IAM was not asked about the role yet, or has not answered."""

    name: str
    secret: bool
    # Whether the same program may create it, or what it depends on.
    may_be_new: bool
    arn: str = ""
    boundary: str = ""
    # Whether nodes use it, which send a heartbeat; `None` if that is not known.
    used_by_nodes: bool | None = None
    failure: _invokes.InvokeError | None = None

    @property
    def shown(self) -> str:
        """The name as a message shows it."""
        return SECRET if self.secret else show(self.name)


async def get_roles(
    component: Component, roles: Mapping[str, RoleInput], may_be_new: Collection[str], *, secret: bool
) -> Mapping[str, IamRole | None]:
    """Return what IAM says of the roles in the provider's account, by the path of their input.

    `None` is a role that IAM does not have. `may_be_new` has the paths of roles that the program may create.
    """
    unasked = {path: IamRole(role.name, secret, may_be_new=path in may_be_new) for path, role in roles.items()}
    if not await _invokes.dependencies_exist(component):
        return unasked
    return await gather_by_key({path: _get_role(component, role) for path, role in unasked.items()})


async def _get_role(component: Component, role: IamRole) -> IamRole | None:
    try:
        answer = await _invokes.retry_until_found(
            lambda: _invokes.invoke(component, _invokes.GET_ROLE, {"name": role.name}), may_be_new=role.may_be_new
        )
    except _invokes.InvokeError as error:
        return None if error.is_not_found else replace(role, failure=error)
    answer = answer or {}
    arn = str(answer.get("arn") or "")
    if arn and not _ROLE_ARN.fullmatch(arn):
        return replace(role, failure=_invokes.without_field(_invokes.GET_ROLE, "the arn of a role"))
    boundary = str(answer.get("permissionsBoundary") or "")
    return replace(role, arn=arn, boundary=boundary, used_by_nodes=_is_used_by_nodes(answer.get("assumeRolePolicy")))


def _is_used_by_nodes(trust: object) -> bool | None:
    """Return whether nodes use a role with this trust policy; `None` if that is not known."""
    try:
        principals = _trusted_principals(json.loads(str(trust)))
        kinds = {kind for principal in principals for kind in principal}
        services = [name for principal in principals for name in _as_list(principal.get("Service", []))]
        if any(name.partition(".")[0] in _SERVICES_OF_NODES for name in services):
            return True
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return False if kinds == {"Service"} else None


def _trusted_principals(trust: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return who may assume a role, by kind: `*` is every AWS principal."""
    statements = _as_list(trust["Statement"])
    allowed = [statement["Principal"] for statement in statements if statement["Effect"] == "Allow"]
    return [{"AWS": principal} if isinstance(principal, str) else principal for principal in allowed]


def _as_list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]
