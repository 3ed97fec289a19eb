"""`Cloud`: moto in this process, as AWS: clients, roles, the record of the calls, faults, and scripted answers."""

import functools
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError
from moto import mock_aws

from sandbox import iam, record
from sandbox.evaluation import NotEvaluatedError
from sandbox.record import ACCOUNT_ID, Call, Fault, Policies, RefusedError, Rule

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
Handler = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]


class Cloud:
    """An AWS of this process. Every account exists from the beginning, and is empty.

    Calls reach moto one at a time, so the record has the order in which they took effect.
    """

    account_id = ACCOUNT_ID
    region = "eu-west-1"

    def __init__(self) -> None:
        """Keep nothing yet; nothing is answered before `start`."""
        self._mock = mock_aws()
        self._session = boto3.Session(aws_access_key_id="local", aws_secret_access_key="local")  # noqa: S106
        self._lock = threading.RLock()
        self.client = functools.cache(self._client)
        self._empty()

    def _empty(self) -> None:
        self._calls: list[Call] = []
        self._rules: list[Rule] = []
        self._answers: dict[str, Handler] = {}
        self._scps: Sequence[Sequence[Mapping[str, Any]]] = ()

    def start(self) -> None:
        """Answer all clients of boto3 in this process from now on."""
        self._mock.start()

    def stop(self) -> None:
        """Answer them no longer."""
        self._mock.stop()

    def reset(self) -> None:
        """Empty AWS, the record, the faults and the answers."""
        with self._lock:
            self._mock.reset()
            self._empty()

    def _client(
        self, service: str, region: str | None = None, account: str = ACCOUNT_ID, *, recorded: bool = True
    ) -> Any:
        """Return a boto3 client of an account and Region. Its calls are recorded and meet faults."""
        config = Config(retries={"total_max_attempts": 1})
        with self._lock:
            made = self._session.client(service, region_name=region or self.region, config=config)
        events = made.meta.events
        # moto takes the account from this header.
        events.register("before-call", lambda params, **_: params["headers"].update({"x-moto-account-id": account}))
        if recorded:
            where = {"service": service, "account": account, "region": region or self.region}
            events.register("before-parameter-build", lambda params, context, **_: context.update(asked=params))
            events.register("before-call", functools.partial(self._begin, where))
            events.register("after-call", self._end)
            events.register("after-call-error", self._break_off)
        return made

    def _begin(self, where: Mapping[str, str], model: Any, params: Any, context: Any, **_: Any) -> Any:
        """Decide before a call what becomes of it: an answer, or `None` to leave it to moto."""
        call = Call(**where, action=model.name, params=_sent(params))
        with self._lock:
            fault = next((rule.fault for rule in self._rules if rule.takes(call)), None)
        answer = None
        if call.action in self._answers and (fault is None or fault.applied):
            answer = self._answers[call.action](call.params)  # it may wait for other calls
        self._lock.acquire()  # until `_end`: the record and moto's state belong together
        context["call"], context["fault"] = call, fault
        try:
            if fault and not fault.applied:
                raise fault.refusal(call)
            if answer is None and call.action == "SimulatePrincipalPolicy":
                answer = iam.simulate(context["asked"], call.account, self._scps)
            iam.refuse(call)
        except (RefusedError, NotEvaluatedError) as error:
            code, status = (error.code, error.status) if isinstance(error, RefusedError) else ("NotImplemented", 400)
            said = {"Type": "Sender", "Code": code, "Message": str(error)}
            answer = {"Error": said, "ResponseMetadata": {"HTTPStatusCode": status}}
        if answer is None:
            _use_stored_name(call, params)
            return None
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 200)
        return AWSResponse("", status, {}, None), {"ResponseMetadata": {"HTTPStatusCode": status}, **answer}

    def _end(self, http_response: Any, parsed: Mapping[str, Any], context: Any, **_: Any) -> None:
        """Record a call that has an answer, and lose the answer if it meets such a fault."""
        call, fault = context["call"], context["fault"]
        dropped = fault is not None and fault.drop
        try:
            call.status, call.error = http_response.status_code, parsed.get("Error", {}).get("Code")
            call.write = call.changes and call.status < 400 and (fault is None or fault.applied)
            if call.write and call.service == "iam":
                call.policies_after = iam.touched(call)
            if dropped:
                call.status, call.error = 0, "ConnectionDropped"
            self._calls.append(call)
        finally:
            self._lock.release()
        if dropped:
            raise ConnectionClosedError(endpoint_url=call.service)

    def _break_off(self, exception: Exception, context: Any, **_: Any) -> None:
        """Record a call that moto cannot do."""
        if "call" in context:
            context["call"].error = type(exception).__name__
            self._calls.append(context["call"])
            self._lock.release()

    def create_role(
        self,
        name: str,
        path: str = "/",
        policies: Mapping[str, Mapping[str, Any]] | None = None,
        boundary: str | None = None,
        account: str = ACCOUNT_ID,
    ) -> str:
        """Make a role that EC2 may assume, with these inline policies; return its ARN. Not part of the record."""
        setup = self.client("iam", None, account, recorded=False)
        if iam.find_role(name, account):
            raise setup.exceptions.EntityAlreadyExistsException({"Error": {"Code": "EntityAlreadyExists"}}, "CreateRole")
        extra = {"PermissionsBoundary": boundary} if boundary else {}
        role = setup.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(_TRUST), **extra)
        for policy, document in (policies or {}).items():
            setup.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
        return str(role["Role"]["Arn"])

    def role_policies(self, role: str, account: str = ACCOUNT_ID) -> Policies:
        """Return the role's inline policies as IAM has them now, by name."""
        return iam.inline(self._role(role, account))

    def attached_policies(self, role: str, account: str = ACCOUNT_ID) -> Policies:
        """Return the default documents of the role's managed policies as IAM has them now, by ARN."""
        return iam.attached(self._role(role, account))

    def _role(self, name: str, account: str) -> Any:
        role = iam.find_role(name, account)
        if role is None:
            raise LookupError(f"the local AWS has no role {name!r} in account {account}")
        return role

    @property
    def calls(self) -> list[Call]:
        """Every call since the beginning, or since `forget` or `reset`, in the order in which AWS did them."""
        with self._lock:
            return list(self._calls)

    @property
    def writes(self) -> list[Call]:
        """The calls that changed something, without those that AWS refused."""
        return [call for call in self.calls if call.write]

    def gaps(self, role: str, action: str, resource: str = "*") -> list[Call]:
        """List the writes after which the role lacked an action that it had had: `record.gaps`."""
        return record.gaps(self.calls, role, action, resource)

    def forget(self) -> None:
        """Empty the record. `gaps` then starts again."""
        with self._lock:
            self._calls.clear()

    def fail(
        self,
        action: str,
        fault: Fault,
        *,
        times: int | None = None,
        skip: int = 0,
        where: Mapping[str, str] | None = None,
    ) -> None:
        """Let calls of an action (`*`: of any) meet a fault: `times` of them, after `skip`, with these parameters."""
        self._rules.append(Rule(action, fault, times, skip, where or {}))

    @property
    def faults_left(self) -> int:
        """How many of the counted faults no call has met yet."""
        return sum(rule.left or 0 for rule in self._rules)

    def clear_faults(self) -> None:
        """Answer every call normally again."""
        self._rules.clear()

    def answer(self, action: str, handler: Handler) -> None:
        """Let a function answer an action: a parsed answer, or `None` to leave the call to moto."""
        self._answers[action] = handler

    def limit_account(self, *levels: Sequence[Mapping[str, Any]]) -> None:
        """Give the account SCPs, level by level of its organization, until `reset`. Only the simulator obeys."""
        self._scps = levels


def _sent(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters of a call as they are sent."""
    body = params["body"]
    if isinstance(body, dict):
        return {key: value for key, value in body.items() if key not in ("Action", "Version")}
    return dict(json.loads(body)) if body and "X-Amz-Target" in params["headers"] else {}


def _use_stored_name(call: Call, params: Mapping[str, Any]) -> None:
    """Let moto find a role that is named in another case."""
    if call.service == "iam" and (role := iam.find_role(str(call.params.get("RoleName", "")), call.account)):
        params["body"]["RoleName"] = role.name
