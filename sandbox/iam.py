"""IAM in moto, in this process: a role's policies, and what AWS refuses although moto does not.

All that `refuse` and `as_stored` do is ours, written after AWS's documentation. The rest is moto's state as it is.
"""

import functools
import json
import os
import urllib.parse
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import botocore.session
from botocore.loaders import Loader

from sandbox import moto_internals
from sandbox.calls import Policies, RefusedError, Request
from sandbox.moto_internals import IAMBackend, ManagedPolicy, Role

# Also for moto: no model of an API in the user's ~/.aws/models, which may be broken.
Loader.CUSTOMER_DATA_PATH = os.devnull

_MANAGED_POLICIES_PER_ROLE = 10
_INLINE_CHARACTERS = 10_240
_MANAGED_CHARACTERS = 6_144


def find_role(name: str, region: str, account: str) -> Role | None:
    """Return the role of this name, in upper or lower case."""
    roles = _backend(region, account).roles.values()
    return next((role for role in roles if role.name.lower() == name.lower()), None)


def inline_policies(role: Role) -> Policies:
    """Return the documents of a role's inline policies by name."""
    return {name: json.loads(document) for name, document in role.policies.items()}


def attached_policies(role: Role) -> Policies:
    """Return the default documents of a role's managed policies by ARN."""
    return {arn: json.loads(default_document(policy)) for arn, policy in role.managed_policies.items()}


def default_document(policy: ManagedPolicy) -> str:
    """Return the document of a managed policy's default version."""
    return next(str(version.document) for version in policy.versions if version.version_id == policy.default_version_id)


def policies_of_touched_roles(request: Request) -> dict[str, Policies]:
    """Return all policies of the roles that an IAM write touches: the role it names, or all roles with its policy."""
    if request.service != "iam" or not request.changes:
        return {}
    if "RoleName" not in request.params:
        return {role.name: _all_policies(role) for role in _attached_to(request)}
    role = _named(request)
    return {role.name: _all_policies(role)} if role else {str(request.params["RoleName"]): {}}


def as_stored(request: Request, body: bytes) -> bytes:
    """Return the body of a call, with the role's name in the stored case.

    For IAM, two names that differ only in case are one role. For moto they are two.
    """
    role = _named(request) if request.service == "iam" else None
    if role is None or role.name == request.params["RoleName"]:
        return body
    pairs = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)
    return urllib.parse.urlencode([(key, role.name if key == "RoleName" else value) for key, value in pairs]).encode()


def refuse(request: Request) -> None:
    """Raise if AWS refuses what moto would do.

    Raises:
        RefusedError: With AWS's words.
    """
    rule = _RULES.get(request.action) if request.service == "iam" else None
    if rule:
        rule(request)


@functools.cache
def apart() -> botocore.session.Session:
    """Return a botocore session, always the same, that reads no configuration and no profile of the user's."""
    return botocore.session.Session(
        {
            "profile": (None, [], None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )


@functools.cache
def _partition(region: str) -> str:
    partition: str = apart().get_partition_for_region(region)
    return partition


def _backend(region: str, account: str) -> IAMBackend:
    return moto_internals.backend(account, _partition(region))


def _asked(request: Request) -> IAMBackend:
    return _backend(request.region, request.account)


def _named(request: Request) -> Role | None:
    return find_role(str(request.params.get("RoleName", "")), request.region, request.account)


def _attached_to(request: Request) -> Iterator[Role]:
    arn = request.params.get("PolicyArn")
    return (role for role in _asked(request).roles.values() if arn in role.managed_policies)


def _all_policies(role: Role) -> Policies:
    return {**inline_policies(role), **attached_policies(role)}


def _characters(document: str) -> int:
    """Count characters as IAM does: without white space."""
    return len("".join(document.split()))


def _conflict(code: str, message: str) -> RefusedError:
    return RefusedError(code, message, HTTPStatus.CONFLICT)


def _name_is_taken(request: Request) -> None:
    name = str(request.params.get("PolicyName", ""))
    own = (policy for policy in _asked(request).managed_policies.values() if ":aws:policy/" not in policy.arn)
    if name.casefold() in {policy.name.casefold() for policy in own}:
        raise _conflict(
            "EntityAlreadyExists", f"A policy called {name} already exists. Duplicate names are not allowed."
        )
    _managed_too_long(request)


def _managed_too_long(request: Request) -> None:
    if _characters(str(request.params.get("PolicyDocument", ""))) > _MANAGED_CHARACTERS:
        raise _conflict("LimitExceeded", f"Cannot exceed quota for PolicySize: {_MANAGED_CHARACTERS}")


def _inline_too_long(request: Request) -> None:
    role = _named(request)
    if role is None:
        return
    written = {**role.policies, str(request.params.get("PolicyName")): str(request.params.get("PolicyDocument", ""))}
    if sum(_characters(document) for document in written.values()) > _INLINE_CHARACTERS:
        message = f"Maximum policy size of {_INLINE_CHARACTERS} bytes exceeded for role {role.name}"
        raise _conflict("LimitExceeded", message)


def _still_attached(request: Request) -> None:
    backend = _asked(request)
    policy = backend.managed_policies.get(str(request.params.get("PolicyArn", "")))
    if policy is None:
        return
    # moto's count takes a policy that is attached twice to one role for two.
    holders: list[Any] = [*backend.roles.values(), *backend.users.values(), *backend.groups.values()]
    if any(policy.arn in each.managed_policies for each in holders):
        raise _conflict("DeleteConflict", "Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        message = (
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
        raise _conflict("DeleteConflict", message)


def _too_many_attached(request: Request) -> None:
    role = _named(request)
    if role is None or request.params.get("PolicyArn") in role.managed_policies:
        return
    if len(role.managed_policies) >= _MANAGED_POLICIES_PER_ROLE:
        raise _conflict("LimitExceeded", f"Cannot exceed quota for PoliciesPerRole: {_MANAGED_POLICIES_PER_ROLE}")


_RULES = {
    "CreatePolicy": _name_is_taken,
    "CreatePolicyVersion": _managed_too_long,
    "PutRolePolicy": _inline_too_long,
    "DeletePolicy": _still_attached,
    "AttachRolePolicy": _too_many_attached,
}
