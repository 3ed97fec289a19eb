"""AWS on a port of this process: moto's server, the record of calls, and the faults and answers that a test scripts."""

import contextlib
import functools
import io
import json
import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from unittest import mock
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import boto3
from botocore.config import Config
from botocore.loaders import Loader
from moto.core.parse import QueryParser
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend, Role, iam_backends
from moto.iam.responses import IamResponse
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from sandbox import simulator
from sandbox.aws_client import CONFIG, AwsClient
from sandbox.simulator import as_list, default_text

ACCOUNT_ID: Final = "123456789012"
REGION: Final = "eu-west-1"
# Whatever begins otherwise is a write, so that no test overlooks one.
_READS: Final = ("Get", "List", "Describe", "Simulate")
_SERVICES: Final = ("iam", "kms", "sts")
# Marks the requests of a test.
_UNRECORDED: Final = "x-sandbox-unrecorded"
_TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
Policies = dict[str, dict[str, Any]]


@dataclass
class Call:
    """One call of the provider's, and what became of it.

    `params` are those of boto3, with documents as texts. `error` is AWS's code, or `ConnectionDropped`. `changed` says
    that AWS did it, and that it changes something; `policies_after` then has the texts of all policies of each role.
    """

    account: str
    action: str
    params: Mapping[str, Any]
    error: str | None = None
    changed: bool = False
    policies_after: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """The name of the role, or the ARN or the name of the policy that the call is about."""
        return next((self.params[key] for key in ("RoleName", "PolicyArn", "PolicyName") if key in self.params), "")


@dataclass(frozen=True)
class Fault:
    """How a call fails: with AWS's code, message and status. Without a code the connection is closed.

    `applied`: AWS does what was asked all the same.
    """

    code: str = ""
    message: str = "the sandbox refuses it"
    status: int = 400
    applied: bool = False


Answer = Callable[[Mapping[str, Any]], Mapping[str, Any] | Fault | None]


class _Handler(MotoRequestHandler):
    wbufsize = 2**16  # an answer is one packet

    def run_wsgi(self) -> None:
        """Answer, and keep the connection: werkzeug closes each one, after waiting for 10 ms.

        What an application leaves of a request would be taken for the next one, be refused and end the connection. A
        client then loses whatever it hasn't read yet, so all of the request is read before the answer.
        """
        environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0)))
        response: Response = self.server.app(environ)  # type: ignore[assignment, call-arg]
        data = response.get_data()
        self.send_response(response.status_code)
        response.headers["Content-Length"] = str(len(data))
        for name, value in response.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def log(self, *_: Any) -> None:
        """Print nothing."""


class LocalAws:
    """An AWS of this process. Every account exists from the beginning, and is empty.

    moto does one call at a time, so the record has the order in which they took effect. An access key is the number of
    its account.
    """

    account_id, region = ACCOUNT_ID, REGION

    def __init__(self) -> None:
        """Keep nothing yet; nothing is answered before `start`."""
        self._lock = threading.RLock()
        self.client = functools.cache(self._client)
        self._empty()

    def _empty(self) -> None:
        self._calls: list[Call] = []
        self._faults: dict[str, list[Fault]] = {}
        self._answers: dict[str, Answer] = {}
        self._failed: list[Exception] = []

    def start(self) -> None:
        """Serve AWS, for this process as well, which no longer sees the user's settings of AWS and Pulumi."""
        self._patches = contextlib.ExitStack()
        self._patches.enter_context(mock.patch.dict(os.environ))
        self._patches.enter_context(mock.patch.object(Loader, "CUSTOMER_DATA_PATH", os.devnull))  # not ~/.aws/models
        for key in [key for key in os.environ if re.match("AWS_|PULUMI_|TF_|GRPC_|.*_proxy$", key, re.IGNORECASE)]:
            del os.environ[key]
        IamResponse.simulate_principal_policy = simulator.answer  # type: ignore[attr-defined]
        IAMBackend.get_role = _get_role  # type: ignore[assignment, method-assign]
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True, request_handler=_Handler)  # type: ignore[arg-type]
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        os.environ |= self.settings()
        self._session = boto3.Session()
        threading.Thread(target=self._server.serve_forever, daemon=True, name="aws_server").start()

    def settings(self) -> dict[str, str]:
        """Return the environment with which an SDK of AWS finds this AWS, and nothing of the user's."""
        files = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
        keys = {"AWS_ACCESS_KEY_ID": ACCOUNT_ID, "AWS_SECRET_ACCESS_KEY": "sandbox", "AWS_REGION": REGION}
        return {**files, **keys, "AWS_ENDPOINT_URL": self.url, "AWS_EC2_METADATA_DISABLED": "true"}

    def stop(self) -> None:
        """Serve it no longer, and empty it."""
        self._server.shutdown()
        self._server.server_close()
        moto_api_backend.reset()
        self._patches.close()

    def reset(self) -> None:
        """Empty AWS, the record, the faults and the answers.

        Raises:
            LookupError: No call met a fault or an answer, or an answer failed: a test has not seen what it was to see.
        """
        with self._lock:
            missed, failed = self._missed(), self._failed
            moto_api_backend.reset()
            self._empty()
        refuse(missed, failed)

    def _missed(self) -> set[str]:
        never_made = self._answers.keys() - {call.action for call in self._calls}
        return never_made | {action for action, faults in self._faults.items() if faults}

    def _client(self, service: str, region: str = REGION, account: str = ACCOUNT_ID, *, recorded: bool = False) -> Any:
        """Return a boto3 client of an account, for a test: its calls are no part of the record."""
        keys = {"aws_access_key_id": account, "aws_secret_access_key": "sandbox"}
        with self._lock:
            config = CONFIG if recorded else Config(proxies={})
            client = self._session.client(service, region, endpoint_url=self.url, config=config, **keys)
        if not recorded:
            mark = {_UNRECORDED: "yes"}
            client.meta.events.register("before-call", lambda params, **_: params["headers"].update(mark))
        return client

    def connect(self, config: Mapping[str, Any]) -> AwsClient:
        """Return the AWS of a configured provider."""
        region, account = config.get("region") or REGION, config.get("accessKey") or ACCOUNT_ID
        return AwsClient(functools.partial(self.client, region=region, account=account, recorded=True), region)

    def _serve(self, environ: dict[str, Any]) -> Response:
        """Answer a request: of a test as moto does, of a program's provider with the record, faults and answers."""
        scope = re.search(r"Credential=([^/]+)/\d+/[^/]+/(\w+)/", environ.get("HTTP_AUTHORIZATION", ""))
        if scope:
            account = scope[1] if re.fullmatch(r"\d{12}", scope[1]) else ACCOUNT_ID
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
        if not scope or scope[2] not in _SERVICES or "HTTP_X_SANDBOX_UNRECORDED" in environ:
            return self._ask_moto(environ)
        body, target = environ["wsgi.input"].getvalue(), environ.get("HTTP_X_AMZ_TARGET", "")
        form = {} if target else dict(parse_qsl(body.decode(), keep_blank_values=True))
        action = target.rpartition(".")[2] or form["Action"]
        params = json.loads(body) if target else _params(scope[2], action, form)
        return self._answer(scope[2], Call(account, action, params), environ)

    def _ask_moto(self, environ: dict[str, Any]) -> Response:
        return Response.from_app(self._moto, environ, buffered=True)

    def _answer(self, service: str, call: Call, environ: dict[str, Any]) -> Response:
        """Keep a call in the record, and let it meet its fault."""
        with self._lock:
            fault = self._faults[call.action].pop(0) if self._faults.get(call.action) else None
        script = self._answers.get(call.action)
        try:  # it may wait for others
            scripted = script(call.params) if script and (fault is None or fault.applied) else None
        except Exception as error:  # noqa: BLE001 - the run fails with the test's words
            self._failed.append(error)
            scripted = Fault("TheAnswerFailed", repr(error))
        if isinstance(scripted, Fault):
            fault, scripted = scripted, None
        with self._lock:
            self._calls.append(call)
            if fault is None or fault.applied:
                response = _scripted(service, call.action, scripted) if scripted is not None else None
                response = response or self._ask_moto(environ)
                if response.status_code >= 400:  # noqa: PLR2004
                    call.error = _code(response.get_data(as_text=True))
                    return response
                call.changed = not call.action.startswith(_READS)
                call.policies_after = _policies_by_role(call.account) if call.changed else {}
                if fault is None:
                    return response
            call.error = fault.code or "ConnectionDropped"
            if not fault.code:
                raise ConnectionAbortedError
            return _refusal(service, fault)

    def create_role(
        self,
        name: str,
        path: str = "/",
        policies: Mapping[str, Mapping[str, Any]] | None = None,
        boundary: str | None = None,
        account: str = ACCOUNT_ID,
    ) -> str:
        """Make a role that EC2 may assume, with these inline policies; return its ARN."""
        iam = self.client("iam", account=account)
        extra = {"PermissionsBoundary": boundary} if boundary else {}
        role = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(_TRUST), **extra)
        for policy, document in (policies or {}).items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
        return str(role["Role"]["Arn"])

    def role_policies(self, role: str, account: str = ACCOUNT_ID) -> Policies:
        """Return the role's inline policies as IAM has them now, by name."""
        return {name: json.loads(text) for name, text in _iam(account).get_role(role).policies.items()}

    def attached_policies(self, role: str, account: str = ACCOUNT_ID) -> Policies:
        """Return the default documents of the role's managed policies as IAM has them now, by ARN."""
        managed = _iam(account).get_role(role).managed_policies
        return {arn: json.loads(default_text(policy)) for arn, policy in managed.items()}

    @property
    def calls(self) -> list[Call]:
        """Every call of the provider since the beginning or `reset`, in the order in which AWS did them."""
        with self._lock:
            return list(self._calls)

    @property
    def writes(self) -> list[Call]:
        """The calls that changed something, without those that AWS refused."""
        return [call for call in self.calls if call.changed]

    def writes_losing(self, role: str, action: str) -> list[Call]:
        """List the writes that took an action from a role, for a moment or for good.

        A policy allows it with a statement that lists exactly this action. Denials and boundaries do not count.

        Raises:
            LookupError: After no write did the role have the action, so there was nothing to take.

        """
        losing, was_allowed, was_ever_allowed = [], False, False
        for call in self.writes:
            documents = map(json.loads, call.policies_after.get(role, []))
            is_allowed = any(_allows(document, action) for document in documents)
            if was_allowed and not is_allowed:
                losing.append(call)
            was_allowed, was_ever_allowed = is_allowed, was_ever_allowed or is_allowed
        if not was_ever_allowed:
            raise LookupError(f"after no write of the provider had a role {role!r} exactly {action}")
        return losing

    def fail(self, action: str, fault: Fault, *, times: int = 1) -> None:
        """Let the next calls of an action meet a fault, whatever they are about. One that is not met is an error.

        The provider repeats a call some times, as AWS's SDK does, if AWS is throttling, fails or doesn't answer.
        """
        self._faults.setdefault(action, []).extend([fault] * times)

    def answer(self, action: str, answer: Answer) -> None:
        """Let a function answer the provider's calls of an action, by boto3's parameters, as boto3 would.

        A `Fault` fails the call; if it is `None`, AWS answers. Documents are texts. An answer that no call asks for is
        an error, and so is a function that raises one, even if the program takes it for an error of AWS's.
        """
        self._answers[action] = answer


def refuse(missed: set[str], failed: list[Exception]) -> None:
    """Raise an error if no call met what was to happen to some actions, or a test's answer failed."""
    if failed:
        raise LookupError(f"an answer failed: {failed[0]!r}") from failed[0]
    if missed:
        raise LookupError(f"no call met the fault or the answer of {', '.join(sorted(missed))}")


def _model(service: str, action: str) -> Any:
    return get_service_model(service).operation_model(action)


def _params(service: str, action: str, form: Mapping[str, str]) -> Mapping[str, Any]:
    """Return a form's fields as the parameters that boto3 made them of."""
    return QueryParser(_model(service, action)).parse({"values": form})  # type: ignore[typeddict-item]


def _scripted(service: str, action: str, answer: Mapping[str, Any]) -> Response:
    """Return an answer as AWS sends it."""
    model = _model(service, action)
    sent = get_serializer_class(service, str(model.service_model.protocol))(model).serialize(dict(answer))
    return Response(sent["body"], sent["status_code"], sent["headers"])


def _refusal(service: str, fault: Fault) -> Response:
    if service == "kms":
        text = json.dumps({"__type": fault.code, "message": fault.message})
        return Response(text, fault.status, content_type="application/x-amz-json-1.1")
    error = f"<Code>{fault.code}</Code><Message>{escape(fault.message)}</Message>"
    text = f"<ErrorResponse><Error>{error}</Error><RequestId>sandbox</RequestId></ErrorResponse>"
    return Response(text, fault.status, content_type="text/xml")


def _code(text: str) -> str:
    """Return the code of an error of AWS's."""
    match = re.search(r'(?:<Code>|"__type": *"(?:[^"#]*#)?)([^<"]+)', text)
    return match[1] if match else "Unknown"


def _iam(account: str) -> IAMBackend:
    return iam_backends[account]["aws"]


def _get_role(iam: IAMBackend, role_name: str) -> Role:
    """Return the role of this name, in upper or lower case: for IAM they are one role, for moto two."""
    for role in iam.roles.values():
        if role.name.lower() == role_name.lower():
            return role
    raise NotFoundException(f"Role {role_name} not found")


def _policies_by_role(account: str) -> dict[str, list[str]]:
    texts = {}
    for role in _iam(account).roles.values():
        managed = [default_text(policy) for policy in role.managed_policies.values()]
        texts[role.name] = [*role.policies.values(), *managed]
    return texts


def _allows(document: Mapping[str, Any], action: str) -> bool:
    statements = as_list(document["Statement"])
    return any(item["Effect"] == "Allow" and action in as_list(item.get("Action")) for item in statements)
