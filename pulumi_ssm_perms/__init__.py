"""Give existing IAM roles exactly the permissions that AWS Systems Manager Session Manager needs."""

from ._errors import InvalidInputError
from ._grants import policy_document
from ._managed_policy import SessionManagerManagedPolicy, SessionManagerManagedPolicyArgs
from ._permissions import SessionManagerPermissions, SessionManagerPermissionsArgs

__all__ = [
    "InvalidInputError",
    "SessionManagerManagedPolicy",
    "SessionManagerManagedPolicyArgs",
    "SessionManagerPermissions",
    "SessionManagerPermissionsArgs",
    "policy_document",
]
