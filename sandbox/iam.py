"""A look into moto's IAM, in its own process: what a role holds, and what AWS would refuse although moto does not.

Everything under `refusal` and `as_stored` is ours, written after AWS's documentation; the rest is moto's state as it
is.
"""

import json
import re
import urllib.parse
from collections.abc import Iterator
from typing import Any

from moto.iam.models import IAMBackend, ManagedPolicy, Role, get_account_id_from, iam_backends
from moto.utilities.utils import get_partition

from sandbox.calls import Request

_ACCESS_KEY = "AKIASBOX{}"
_ACCESS_KEYS = re.compile(_ACCESS_KEY.format(r"(\d{12})"))
_MANAGED_POLICIES_PER_ROLE = 10
_INLINE_CHARACTERS = 10_240
_MANAGED_CHARACTERS = 6_144

Refusal = tuple[int, str, str]


def access_key(account: str) -> str:
    """Return the id of the access key with which a caller is of this account.

    Raises:
        ValueError: It is not the id of an account.
    """
    key = _ACCESS_KEY.format(account)
    if not _ACCESS_KEYS.fullmatch(key):
        message = f"{account!r} is not an AWS account: an account's id is 12 digits"
        raise ValueError(message)
    return key


def account_of(access_key: str) -> str:
    """Return the account of a caller: the one in the sandbox's own key, or else the one in which moto made the key."""
    own = _ACCESS_KEYS.fullmatch(access_key)
    return own[1] if own else get_account_id_from(access_key)


def inline_policies(role: str, region: str, account: str) -> dict[str, dict[str, Any]]:
    """Return the documents of a role's inline policies by name; nothing for a role that does not exist."""
    found = _role(role, region, account)
    return {name: json.loads(document) for name, document in found.policies.items()} if found else {}


def attached_policies(role: str, region: str, account: str) -> dict[str, dict[str, Any]]:
    """Return the default documents of a role's managed policies by ARN; nothing for a role that does not exist."""
    found = _role(role, region, account)
    return {arn: _document(policy) for arn, policy in found.managed_policies.items()} if found else {}


def role_exists(role: str, region: str, account: str) -> bool:
    """Whether there is such a role."""
    return _role(role, region, account) is not None


def policies_of_touched_roles(request: Request) -> dict[str, dict[str, dict[str, Any]]]:
    """Return all policies of the roles that an IAM write touches: the one it names, or those that its policy is on."""
    if request.service != "iam" or not request.changes:
        return {}
    where = (request.region, account_of(request.access_key))
    if "RoleName" in request.params:
        asked = str(request.params["RoleName"])
        found = _role(asked, *where)
        roles = [found.name if found else asked]
    else:
        roles = [role.name for role in _attached_to(request)]
    return {role: {**inline_policies(role, *where), **attached_policies(role, *where)} for role in roles}


def as_stored(request: Request, body: bytes) -> bytes:
    """Return the body of a call with its role's name in the case that the role has it in.

    IAM takes two names that differ in their case alone for one role; moto would know two.
    """
    role = _named(request) if request.service == "iam" else None
    if role is None or role.name == request.params["RoleName"]:
        return body
    pairs = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)
    return urllib.parse.urlencode([(key, role.name if key == "RoleName" else value) for key, value in pairs]).encode()


def refusal(request: Request) -> Refusal | None:
    """Return status, code and message where AWS refuses what moto would do."""
    rule = _RULES.get(request.action) if request.service == "iam" else None
    return rule(request) if rule else None


def _backend(region: str, account: str) -> IAMBackend:
    return iam_backends[account][get_partition(region)]


def _asked(request: Request) -> IAMBackend:
    return _backend(request.region, account_of(request.access_key))


def _role(name: str, region: str, account: str) -> Role | None:
    roles = _backend(region, account).roles.values()
    return next((role for role in roles if role.name.lower() == name.lower()), None)


def _named(request: Request) -> Role | None:
    return _role(str(request.params.get("RoleName", "")), request.region, account_of(request.access_key))


def _attached_to(request: Request) -> Iterator[Role]:
    arn = request.params.get("PolicyArn")
    return (role for role in _asked(request).roles.values() if arn in role.managed_policies)


def _document(policy: ManagedPolicy) -> dict[str, Any]:
    version = next(version for version in policy.versions if version.version_id == policy.default_version_id)
    loaded: dict[str, Any] = json.loads(version.document)
    return loaded


def _characters(document: str) -> int:
    """Count as IAM does: white space is free."""
    return len("".join(document.split()))


def _name_is_taken(request: Request) -> Refusal | None:
    name = str(request.params.get("PolicyName", ""))
    own = (policy for policy in _asked(request).managed_policies.values() if ":aws:policy/" not in policy.arn)
    if name.casefold() in {policy.name.casefold() for policy in own}:
        return 409, "EntityAlreadyExists", f"A policy called {name} already exists. Duplicate names are not allowed."
    return _managed_too_long(request)


def _managed_too_long(request: Request) -> Refusal | None:
    if _characters(str(request.params.get("PolicyDocument", ""))) > _MANAGED_CHARACTERS:
        return 409, "LimitExceeded", f"Cannot exceed quota for PolicySize: {_MANAGED_CHARACTERS}"
    return None


def _inline_too_long(request: Request) -> Refusal | None:
    role = _named(request)
    if role is None:
        return None
    written = {**role.policies, str(request.params.get("PolicyName")): str(request.params.get("PolicyDocument", ""))}
    if sum(_characters(document) for document in written.values()) > _INLINE_CHARACTERS:
        return 409, "LimitExceeded", f"Maximum policy size of {_INLINE_CHARACTERS} bytes exceeded for role {role.name}"
    return None


def _still_attached(request: Request) -> Refusal | None:
    policy = _asked(request).managed_policies.get(str(request.params.get("PolicyArn", "")))
    if policy is None:
        return None
    if policy.attachment_count:
        return 409, "DeleteConflict", "Cannot delete a policy attached to entities."
    if len(policy.versions) > 1:
        message = (
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
        return 409, "DeleteConflict", message
    return None


def _too_many_attached(request: Request) -> Refusal | None:
    role = _named(request)
    if role is None or request.params.get("PolicyArn") in role.managed_policies:
        return None
    if len(role.managed_policies) >= _MANAGED_POLICIES_PER_ROLE:
        return 409, "LimitExceeded", f"Cannot exceed quota for PoliciesPerRole: {_MANAGED_POLICIES_PER_ROLE}"
    return None


_RULES = {
    "CreatePolicy": _name_is_taken,
    "CreatePolicyVersion": _managed_too_long,
    "PutRolePolicy": _inline_too_long,
    "DeletePolicy": _still_attached,
    "AttachRolePolicy": _too_many_attached,
}
