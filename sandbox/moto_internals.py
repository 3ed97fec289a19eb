"""The undocumented parts of moto that the sandbox uses, each with the reason. No other module imports moto.

They were read in the versions in `KNOWN`. The sandbox's tests report any other installed version.
"""

import functools
import json
import os
from collections.abc import Mapping
from typing import Any, Final
from unittest import mock

# Whether Lambda and Batch run in Docker. moto documents it for its decorator, and for a server as a call over HTTP.
from moto.core.config import default_user_config

# moto's evaluator of policies, with which it enforces IAM. From outside, only the refusal of a call shows.
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.exceptions import MalformedPolicyDocument

# The policies of roles, right after each write. IAM's API needs four calls or more for each role, 2 ms each: 2 s
# for a change of a policy that 300 roles have.
from moto.iam.models import IAMBackend, ManagedPolicy, Role, iam_backends

# moto's rules for policy documents. From outside, they need a role, and a call for each document.
from moto.iam.policy_validation import IAMPolicyDocumentValidator

# The server as an application in this process: it takes one call at a time, and raises Python errors. The
# documented `ThreadedMotoServer` leaves its socket open when it ends, prints each call, and answers with an HTML
# page if moto cannot do a call.
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import create_environ, run_wsgi_app

# moto refuses documents of the older version, which is the default. IAM takes them: recorded in pulumi/pulumi-aws,
# "iam-policy-doc-upgrade/6.78.0".
IAMPolicyDocumentValidator._validate_version = IAMPolicyDocumentValidator._validate_version_syntax  # type: ignore[method-assign] # noqa: SLF001

KNOWN: Final = ("5.2.5",)

__all__ = ["KNOWN", "IAMBackend", "ManagedPolicy", "Role"]


def application() -> Any:
    """Return moto as a WSGI application that never uses Docker. All applications of a process share their state."""
    default_user_config.update({"batch": {"use_docker": False}, "lambda": {"use_docker": False}})
    found = DomainDispatcherApplication(create_backend_app)
    # For each call it would list its own folders anew: a third of the call's time.
    found.get_backend_for_host = functools.cache(found.get_backend_for_host)  # type: ignore[method-assign]
    return found


def backend(account: str, partition: str) -> IAMBackend:
    """Return an account's IAM."""
    return iam_backends[account][partition]


def refusal(document: Mapping[str, Any]) -> str:
    """Return in moto's words why IAM refuses a policy document: wrong version, element or ARN. Empty if it is right."""
    try:
        IAMPolicyDocumentValidator(json.dumps(document)).validate()
    except MalformedPolicyDocument as error:
        return str(error)
    return ""


def allows(document: Mapping[str, Any], action: str, resource: str) -> bool:
    """Return whether a policy allows the action on the resource, according to moto's own evaluator.

    moto reads `.` and `?` in a resource as a regular expression, and actions as case-sensitive.
    """
    return IAMPolicy(json.dumps(document)).is_action_permitted(action, resource) is PermissionResult.PERMITTED


def start_instance(application: Any, wanted: str, profile: str, account: str, region: str) -> None:
    """Start an instance with this id, which RunInstances lets nobody choose.

    moto imports EC2 now, which takes a second, and asks for the user's AWS profile, even one that isn't there.
    """
    started = {"Action": "RunInstances", "ImageId": "ami-12345678", "MinCount": 1, "IamInstanceProfile.Name": profile}
    headers = {
        "X-Moto-Account-Id": account,
        "Authorization": f"AWS4-HMAC-SHA256 Credential=key/20260101/{region}/ec2/aws4_request",
    }
    with mock.patch.dict(os.environ):
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
            os.environ.pop(name, None)
        with mock.patch("moto.ec2.models.instances.random_instance_id", return_value=wanted):
            run_wsgi_app(application, create_environ(method="POST", data=started, headers=headers))
