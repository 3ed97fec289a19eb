"""Give existing IAM roles exactly the permissions that AWS Systems Manager Session Manager needs."""

from ._errors import InvalidInputError
from ._grants import policy_document
from ._permissions import SessionManagerPermissions, SessionManagerPermissionsArgs

__all__ = [
    "InvalidInputError",
    "SessionManagerPermissions",
    "SessionManagerPermissionsArgs",
    "policy_document",
]
