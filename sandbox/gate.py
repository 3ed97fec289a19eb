"""Who may ask the local AWS: its own run. Everyone else gets 403, and nothing changes."""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from sandbox.calls import Caller, Request, error_body

SERVICES: Final = frozenset(
    {"autoscaling", "cloudtrail", "ec2", "ecs", "eks", "iam", "kms", "logs", "s3", "ssm", "sts"}
)
"""The services that answer, by the name in a signature."""

_ACCOUNT: Final = re.compile(r"[0-9]{12}")
# moto finds the service in the same place of the same header; with a Region such as `sqs`, it would find that service.
_SIGNED: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>\w+)/\d+/(?P<region>[a-z]+(-[a-z]+)+-\d)/(?P<service>[\w-]+)/aws4_request,",
    re.ASCII,
)
# The host of S3 Control begins with the account.
_HOST: Final = r"(127\.0\.0\.1|([0-9]{{12}}\.)?localhost):{}"
_MAKES_A_KEY: Final = ("AssumeRole", "CreateAccessKey")
_ISSUED: Final = re.compile(rb"<AccessKeyId>(\w+)</AccessKeyId>")
_ASSUMED: Final = re.compile(rb":sts::(\d{12}):assumed-role/")
_READ_AT_MOST: Final = 1 << 20

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Keys:
    """The access keys of a run: one for each account, with a random part, and those that IAM and STS have issued."""

    def __init__(self) -> None:
        """Choose the random part."""
        self._prefix, self._part = "AKIASBOX", secrets.token_hex(16).upper()
        self._issued: dict[str, str] = {}

    def of(self, account: str) -> str:
        """Return the id of the access key that makes its caller one of this account.

        Raises:
            ValueError: It is not the id of an account.
        """
        if not _ACCOUNT.fullmatch(account):
            message = f"{account!r} is not an AWS account: an account's id is 12 digits"
            raise ValueError(message)
        return f"{self._prefix}{account}{self._part}"

    def account(self, key: str) -> str | None:
        """Return the account of a key; `None` for a key of anyone else."""
        account = key[len(self._prefix) :][:12]
        own = _ACCOUNT.fullmatch(account) is not None and secrets.compare_digest(key, self.of(account))
        return account if own else self._issued.get(key)

    def note(self, request: Request, answer: bytes) -> None:
        """Take a key that IAM or STS has made for one of this run. Other answers of moto have a key that all know."""
        if request.action in _MAKES_A_KEY:
            assumed = _ASSUMED.search(answer)
            account = assumed[1].decode() if assumed else request.account
            self._issued |= {key.decode(): account for key in _ISSUED.findall(answer)}

    def forget(self) -> None:
        """Forget the keys that were issued."""
        self._issued.clear()


class Gate:
    """Lets the run's own calls through to an application, with the caller as `sandbox.caller`."""

    def __init__(self, inner: Application, keys: Keys) -> None:
        """Guard an application."""
        self._inner, self._keys = inner, keys

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one HTTP request, as a WSGI application does. No answer lets a page of another origin read it."""
        caller = self._caller(environ)
        if isinstance(caller, Caller):
            return self._inner({**environ, "sandbox.caller": caller}, _without_cors(start_response))
        # A connection that is closed before all is read may lose the answer.
        length = environ.get("CONTENT_LENGTH", "")
        environ["wsgi.input"].read(min(int(length), _READ_AT_MOST) if length.isdecimal() else 0)
        message = f"The sandbox's AWS answers only its own run: {caller}."
        return refuse(environ, start_response, HTTPStatus.FORBIDDEN, "AccessDenied", message)

    def _caller(self, environ: Mapping[str, Any]) -> Caller | str:
        """Return the caller, or why the call is refused."""
        signed = _SIGNED.match(environ.get("HTTP_AUTHORIZATION", ""))
        account = self._keys.account(signed["key"]) if signed else None
        if not re.fullmatch(_HOST.format(environ["SERVER_PORT"]), environ.get("HTTP_HOST", "")):
            return "the host is another one"
        if "HTTP_ORIGIN" in environ:
            return "a web page asks"
        if signed is None or account is None:
            return "the access key is not of this run"
        if signed["service"] not in SERVICES:
            return f"it does not have {signed['service']}"
        if environ.get("PATH_INFO", "").startswith("/moto-api"):
            return "a test resets it in its own process"
        return Caller(signed["service"], account, signed["region"])


def refuse(
    environ: Mapping[str, Any], start_response: Callable[..., Any], status: int, code: str, message: str
) -> Iterable[bytes]:
    """Answer a request that is not a call with an error, in the form of the protocol that it seems to be of."""
    body, kind = error_body("json" if "HTTP_X_AMZ_TARGET" in environ else "query", code, message)
    start_response(f"{status:d} Sandbox", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def _without_cors(start_response: Callable[..., Any]) -> Callable[..., Any]:
    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
        return start_response(status, kept, *more)

    return start
