"""All that the sandbox uses of moto, none of which moto documents, each with the reason; no other module imports moto.

It was read in the versions that `KNOWN` lists; the sandbox's tests name any other one that is installed.
"""

from importlib.metadata import version
from typing import Any, Final, Literal

KNOWN: Final = ("5.2.5",)

try:
    # Its own evaluator of policies, with which it enforces IAM; from outside one only sees whether a call is refused.
    from moto.iam.access_control import IAMPolicy, PermissionResult
    from moto.iam.exceptions import MalformedPolicyDocument

    # What roles hold, right after each write. IAM's API tells it in four calls or more for each role, 2 ms apiece: for
    # a change of a policy that 300 roles have, 2 s.
    from moto.iam.models import IAMBackend, ManagedPolicy, Role, iam_backends

    # Its rules of what a policy document is; from outside one needs a role, and a call for each document.
    from moto.iam.policy_validation import IAMPolicyDocumentValidator

    # The server as an application that is asked in this process, one call at a time, and whose errors are Python's.
    # The documented `ThreadedMotoServer` leaves its socket open when it ends, prints each call, and answers what moto
    # cannot do with a page of HTML.
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
except ImportError as error:
    raise ImportError(
        f"{error}: moto is {version('moto')}, and sandbox/moto_internals.py was read in {', '.join(KNOWN)}"
    ) from None

__all__ = ["KNOWN", "Decision", "IAMBackend", "ManagedPolicy", "Role"]

Decision = Literal["allowed", "explicitDeny", "implicitDeny"]

_DECISIONS: Final[dict[PermissionResult, Decision]] = {
    PermissionResult.PERMITTED: "allowed",
    PermissionResult.DENIED: "explicitDeny",
    PermissionResult.NEUTRAL: "implicitDeny",
}


def application() -> Any:
    """Return moto as a WSGI application; what it holds belongs to the process, and all applications share it."""
    return DomainDispatcherApplication(create_backend_app)


def backend(account: str, partition: str) -> IAMBackend:
    """Return an account's IAM."""
    return iam_backends[account][partition]


def refusal(document: str) -> str:
    """Return why IAM's calls refuse a policy document; nothing if they take it."""
    try:
        IAMPolicyDocumentValidator(document).validate()
    except MalformedPolicyDocument as error:
        return str(error)
    return ""


def decide(document: str, action: str, resource: str) -> Decision:
    """Return what a policy says about an action on a resource."""
    return _DECISIONS[IAMPolicy(document).is_action_permitted(action, resource)]
