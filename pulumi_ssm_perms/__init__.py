"""Give existing IAM roles exactly the permissions that AWS Systems Manager Session Manager needs."""

from ._errors import InvalidInputError, NotAllowedError, Problem
from ._grants_to_document import policy_document
from ._inline import SessionManagerPermissions, SessionManagerPermissionsArgs
from ._managed import SessionManagerManagedPolicy, SessionManagerManagedPolicyArgs

__all__ = [
    "InvalidInputError",
    "NotAllowedError",
    "Problem",
    "SessionManagerManagedPolicy",
    "SessionManagerManagedPolicyArgs",
    "SessionManagerPermissions",
    "SessionManagerPermissionsArgs",
    "policy_document",
]
