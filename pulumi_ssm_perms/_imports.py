"""`import_` on a component: refused, with the command that imports its policy."""

from collections.abc import Iterator
from typing import Final

import pulumi

from ._aws import ROLE_POLICY
from ._errors import Problem, show
from ._inputs import Later, Read
from ._roles import RoleInput

_RULE: Final = "Pulumi cannot import for a component, and would overwrite the policy"
_URNS: Final = "(`pulumi stack --show-urns` prints URNs)"


def import_of_inline(
    opts: pulumi.ResourceOptions | None,
    role: Read[RoleInput],
    policy_name: Read[str | None],
) -> Iterator[Problem]:
    """Yield the problem of an import of an inline policy, whose entry in the state has the policy's exact name."""
    if opts and opts.import_:
        role_name, folder = ("ROLE", "ROLE") if isinstance(role, Later) else (role.name, role.name.lower())
        name = policy_name if isinstance(policy_name, str) else "POLICY_NAME"
        command = f"pulumi import {ROLE_POLICY} /{folder}/{name} {role_name}:{name}"
        remedy = (
            f"{'' if policy_name else 'set «policy_name» to the name in IAM, '}remove import_, and first run "
            f"`{command}{' --provider NAME=URN' if _has_provider(opts) else ''}`, or "
            f"`pulumi state rename URN /{folder}/{name}` if it is a RolePolicy of this stack without a parent {_URNS}"
        )
        yield Problem("opts.import_", show(opts.import_), _RULE, remedy)


def import_of_managed(opts: pulumi.ResourceOptions | None) -> Iterator[Problem]:
    """Yield the problem of an import of a managed policy, which must be imported together with its component."""
    if opts and opts.import_:
        remedy = 'remove import_, and import it as the page "Adopt or replace a policy" shows in "A managed policy"'
        yield Problem("opts.import_", show(opts.import_), _RULE, remedy)


def _has_provider(opts: pulumi.ResourceOptions) -> bool:
    return bool(opts.provider or opts.providers or (opts.parent and opts.parent.get_provider(ROLE_POLICY)))
