"""Faults between a program and AWS, and the rules that say which calls meet one."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Self

from sandbox.calls import Request


@dataclasses.dataclass(frozen=True)
class Fault:
    """One way in which AWS answers badly; make one with a class method.

    Args:
        code: AWS's error code; `None` keeps the call's real answer.
        message: AWS's text; `{action}` stands for the action, such as `iam:PutRolePolicy`, `{target}` for its object,
            `{account}` for the caller's account.
        status: The HTTP status.
        json_code: The code of a service with JSON (KMS, SSM, Logs), if it differs.
        drop: Whether the connection is closed without an answer.
        applied: Whether AWS still does what was asked. Possible only if the answer is lost.
    """

    code: str | None = None
    message: str = ""
    status: int = 200
    json_code: str | None = None
    drop: bool = False
    applied: bool = False

    def text(self, request: Request) -> str:
        """Return AWS's text about a request. Braces around anything else stay."""
        values = {
            "action": f"{request.service}:{request.action}",
            "target": f"role {request.target}" if "RoleName" in request.params else request.target or "*",
            "account": request.account,
        }
        return re.sub(r"\{(action|target|account)\}", lambda name: values[name[1]], self.message)

    @classmethod
    def throttling(cls) -> Self:
        """Answer that the caller asks too often (`Throttling`, 400). The AWS SDK repeats such a call."""
        return cls("Throttling", "Rate exceeded", 400, "ThrottlingException")

    @classmethod
    def internal_error(cls) -> Self:
        """Answer that AWS itself failed (`ServiceFailure`, 500). The AWS SDK repeats such a call."""
        return cls(
            "ServiceFailure", "The request processing has failed because of an unknown error.", 500, "InternalFailure"
        )

    @classmethod
    def denied(cls) -> Self:
        """Answer that the caller lacks the permission (`AccessDenied`, 403)."""
        message = (
            "User: arn:aws:iam::{account}:user/sandbox is not authorized to perform: {action} on resource: {target} "
            "because no identity-based policy allows the {action} action"
        )
        return cls("AccessDenied", message, 403, "AccessDeniedException")

    @classmethod
    def dropped(cls, *, applied: bool = False) -> Self:
        """Close the connection without an answer; with `applied`, after AWS has done what was asked."""
        return cls(drop=True, applied=applied)

    @classmethod
    def error(cls, code: str, message: str, status: int = 400) -> Self:
        """Answer with any other of AWS's errors."""
        return cls(code, message, status)


@dataclasses.dataclass
class Rule:
    """Which calls meet a fault: `Sandbox.fail` describes its parts."""

    action: str
    fault: Fault
    left: int | None
    skip: int
    where: Mapping[str, str]

    def takes(self, request: Request) -> bool:
        """Whether this call meets the fault. If so, it is counted."""
        if self.left == 0 or self.action not in ("*", request.action):
            return False
        if any(request.params.get(key) != value for key, value in self.where.items()):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.left is not None:
            self.left -= 1
        return True
