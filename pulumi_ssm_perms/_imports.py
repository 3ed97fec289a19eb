"""`import_` on a component: refused, with the command that imports its policy."""

import json
from collections.abc import Iterator
from typing import Final

import pulumi

from ._errors import Problem, show
from ._roles import GivenRole

_ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
_POLICY: Final = "aws:iam/policy:Policy"
_RULE: Final = "Pulumi cannot import for a component, and would overwrite the policy"
_URNS: Final = "`pulumi stack --show-urns` prints URNs"


def import_of_exact_name(opts: pulumi.ResourceOptions | None, role: object, policy_name: object) -> Iterator[Problem]:
    """Yield the problem of an import of an inline policy, whose entry in the state has the policy's exact name."""
    name = policy_name if isinstance(policy_name, str) else "POLICY_NAME"
    given = role.name if isinstance(role, GivenRole) else "ROLE"
    entry = f"/{given.lower() if isinstance(role, GivenRole) else given}/{name}"
    provider = " --provider NAME=URN" if _provider(opts, _ROLE_POLICY) else ""
    named = "" if policy_name else "set policy_name to the policy's name in IAM, "
    remedy = (
        f"{named}remove import_, and first run `pulumi import {_ROLE_POLICY} {entry} {given}:{name}{provider}`, or "
        f"`pulumi state rename URN {entry}` if it is a RolePolicy of this stack ({_URNS})"
    )
    yield from _import(opts, remedy)


def import_of_managed_policy(
    opts: pulumi.ResourceOptions | None, token: str, name: str, policy: str
) -> Iterator[Problem]:
    """Yield the problem of an import of a managed policy, which must be imported together with its component."""
    parent = {"parent": "parent"} if opts and opts.parent else {}
    provider = {"provider": "provider"} if _provider(opts, _POLICY) else {}
    file = {
        "resources": [
            {"type": token, "name": name, "component": True, **parent},
            {"type": _POLICY, "name": policy, "id": opts and opts.import_, "parent": name, **provider},
        ],
        "nameTable": dict.fromkeys({**parent, **provider}, "URN"),
    }
    remedy = (
        f"remove import_, write the file import.json with {json.dumps(file)}, and first run `pulumi import --file "
        f"import.json` ({_URNS})"
    )
    yield from _import(opts, remedy)


def _import(opts: pulumi.ResourceOptions | None, remedy: str) -> Iterator[Problem]:
    if opts and opts.import_:
        yield Problem("opts.import_", show(opts.import_), _RULE, remedy)


def _provider(opts: pulumi.ResourceOptions | None, token: str) -> object:
    """Return whether the component has a provider, or a parent with one."""
    return opts and (opts.provider or opts.providers or (opts.parent and opts.parent.get_provider(token)))
