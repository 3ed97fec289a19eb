"""The record: one AWS call, and what a series of calls says about a role. Pure: no server, no moto."""

import dataclasses
import json
import re
import urllib.parse
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

Policies = dict[str, dict[str, Any]]

ACCOUNT_ID = "123456789012"

# Whatever begins otherwise is a write, so that no test overlooks one.
_READS = ("Get", "List", "Describe", "Simulate", "AssumeRole", "Decrypt", "Encrypt", "Generate", "Filter")
_TARGETS = (
    "RoleName",
    "PolicyArn",
    "PolicyName",
    "PolicySourceArn",
    "KeyId",
    "Name",
    "TargetKeyId",
    "logGroupName",
    "RoleArn",
)


@dataclasses.dataclass(frozen=True)
class Request:
    """What a call asks for.

    Args:
        service: AWS's short name: `iam`, `kms`.
        account: The caller's account, from the access key of the signature.
        region: The Region that the caller signed for.
        action: `PutRolePolicy`; for S3, which has no action in its requests, the HTTP method.
        target: The object of the call: a role's name, a policy's ARN or name, a key's id; empty if there is none.
        params: The parameters as sent; IAM's lists are flat (`Tags.member.1.Key`).
        protocol: `query`, `json` or `rest`: the service's protocol, which also decides the form of its errors.
    """

    service: str
    account: str
    region: str
    action: str
    target: str
    params: Mapping[str, Any]
    protocol: str

    @property
    def changes(self) -> bool:
        """Whether the action changes something, by its name."""
        if self.protocol == "rest":
            return self.action not in ("GET", "HEAD")
        return not self.action.startswith(_READS)


@dataclasses.dataclass(frozen=True)
class Call(Request):
    """One AWS call that was made to the sandbox: the request, and its answer.

    Args:
        time: When AWS did it (`time.monotonic()`); the calls of a record are in this order.
        status: The HTTP status; 0 if the connection was closed without an answer.
        error: AWS's error code, `ConnectionDropped` for the closed connection, or `None`.
        write: Whether AWS did it, and the action is a write. True even if the answer got lost.
        policies_after: After an IAM write, for each role that it touched, every inline policy (by name) and attached
            policy (by ARN) with its document, as they were right after this write and before any other call.
    """

    time: float
    status: int
    error: str | None
    write: bool
    policies_after: Mapping[str, Policies]


class RefusedError(Exception):
    """A refused call, with AWS's code and message."""

    def __init__(self, code: str, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        """Keep code and status beside the message."""
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Caller(NamedTuple):
    """Who asks which service: from the signature of a call."""

    service: str
    account: str
    region: str


def parse(  # noqa: PLR0913 - the parts of a request, and who asks
    caller: Caller, method: str, path: str, query: str, *, headers: Mapping[str, str], body: bytes
) -> Request:
    """Read a call from its HTTP request. A malformed one is a ValueError."""
    if target_header := headers.get("x-amz-target"):
        params = json.loads(body or b"{}")
        if not isinstance(params, dict):
            raise ValueError("its parameters are not a JSON object")
        return Request(*caller, target_header.rpartition(".")[2], _target(params), params, "json")
    form = body.decode() if "form-urlencoded" in headers.get("content-type", "") else query
    params = dict(urllib.parse.parse_qsl(form, keep_blank_values=True))
    action = params.pop("Action", None)
    if action is None:
        return Request(*caller, method, path, params, "rest")
    params.pop("Version", None)
    return Request(*caller, action, _target(params), params, "query")


def error_body(protocol: str, code: str, message: str) -> tuple[bytes, str]:
    """Write an error in the service's protocol; return the body and its content type."""
    if protocol == "json":
        return json.dumps({"__type": code, "message": message}).encode(), "application/x-amz-json-1.1"
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if protocol == "rest":
        return f"<Error>{error}</Error>".encode(), "text/xml"
    wrapped = f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>sandbox</RequestId></ErrorResponse>"
    return wrapped.encode(), "text/xml"


def error_code(body: bytes) -> str | None:
    """Find AWS's error code in the body of an answer that is not a success."""
    found = re.search(rb"<Code>([^<]+)</Code>|\"__type\":\s*\"(?:[^\"#]*#)?([^\"]+)\"", body)
    return (found[1] or found[2]).decode() if found else None


def gaps(calls: Iterable[Call], role: str, action: str, resource: str = "*") -> list[Call]:
    """List the writes after which a role of the sandbox's own account lacked an action that it had had before.

    A role has the action if one of its inline or attached policies has a statement with `Effect: Allow`, without a
    condition, that lists exactly this action, on exactly this resource or on `*`. Wildcards in actions and in ARNs are
    not expanded. Denying statements and boundaries do not count: the question is whether *a policy that says so* was
    there. The count begins with the first write after which the role had the action. An empty list means: never
    without it since then.
    """
    found: list[Call] = []
    had = False
    for call in calls:
        if call.account != ACCOUNT_ID or role not in call.policies_after:
            continue
        has = any(_allows(document, action, resource) for document in call.policies_after[role].values())
        if had and not has:
            found.append(call)
        had = had or has
    return found


def _allows(document: Mapping[str, Any], action: str, resource: str) -> bool:
    return any(
        statement.get("Effect") == "Allow"
        and "Condition" not in statement
        and action in _listed(statement.get("Action"))
        and not {resource, "*"}.isdisjoint(_listed(statement.get("Resource")))
        for statement in _listed(document.get("Statement"))
    )


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _target(params: Mapping[str, Any]) -> str:
    return next((str(params[key]) for key in _TARGETS if key in params), "")
