"""What IAM says of a role: its ARN, its permissions boundary, and whether its trust policy is that of a node."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from pulumi_ssm_perms import _invokes
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._errors import SECRET, show
from pulumi_ssm_perms._outputs import gathered
from pulumi_ssm_perms._roles import RoleInput

_GET_ROLE: Final = "aws:iam/getRole:getRole"

# "Configure instance permissions required for Systems Manager" and "Create the IAM service role required for Systems
# Manager in hybrid and multicloud environments" (AWS Systems Manager User Guide).
_OF_NODES: Final = {f"{service}.amazonaws.com{end}" for service in ("ec2", "ssm") for end in ("", ".cn")}


@dataclass(frozen=True)
class Role:
    """A role, and what IAM says of it: without an ARN it was not asked yet, or has failed to answer."""

    name: str
    secret: bool
    # Whether the same program may create it, or what it depends on.
    may_be_new: bool
    arn: str = ""
    boundary: str | None = None
    # Whether EC2 or Systems Manager may assume it: nodes send a heartbeat, what else uses a role doesn't.
    is_of_nodes: bool = False
    failure: _invokes.Unanswered | None = None

    @property
    def shown(self) -> str:
        """The name as a message shows it."""
        return SECRET if self.secret else show(self.name)


async def get_roles(
    component: Component, roles: Mapping[str, RoleInput], outputs: Collection[str], *, secret: bool
) -> Mapping[str, Role | None]:
    """Return what IAM says of the roles in the provider's account, by the path of their input; `None` of a missing one.

    The program may create a role whose path is in `outputs`, and each one if the component depends on something.
    """
    new = roles if component.opts.depends_on else outputs
    known = {path: Role(role.name, secret, may_be_new=path in new) for path, role in roles.items()}
    if not await _invokes.dependencies_exist(component):
        return known
    return await gathered({path: _get_role(component, role) for path, role in known.items()})


async def _get_role(component: Component, role: Role) -> Role | None:
    try:
        answer = await _invokes.ask_until_found(
            lambda: _invokes.ask_in_turn(component, _GET_ROLE, {"name": role.name}, "arn"), may_be_new=role.may_be_new
        )
    except _invokes.Unanswered as error:
        return None if error.is_not_found else replace(role, failure=error)
    found = answer or {}
    return replace(
        role,
        arn=found.get("arn") or "",
        boundary=found.get("permissionsBoundary") or None,
        is_of_nodes=not _OF_NODES.isdisjoint(_services(str(found.get("assumeRolePolicy")))),
    )


def _services(trust: str) -> Iterator[str]:
    """Yield the services that a trust policy lets assume the role; none of one that is not as IAM writes it."""
    try:
        document: Any = json.loads(trust)
        for statement in _many(document["Statement"]):
            if statement["Effect"] == "Allow" and isinstance(statement.get("Principal"), dict):
                yield from map(str, _many(statement["Principal"].get("Service", [])))
    except (ValueError, TypeError, KeyError, AttributeError):
        return


def _many(value: Any) -> Sequence[Any]:
    return cast("Sequence[Any]", value) if isinstance(value, list) else [value]
