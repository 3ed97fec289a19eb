"""AWS in this process: moto, and the one function that calls it for the provider: record, faults, account."""

import functools
import json
import os
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final
from unittest import mock

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from moto import mock_aws
from moto.iam.models import Role, iam_backends

from sandbox import calls, simulator
from sandbox.calls import ACCOUNT_ID, Call, Fault, Policies, Rule

_TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
Handler = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]


class Cloud:
    """An AWS of this process. Every account exists from the beginning, and is empty.

    The provider's calls reach moto one at a time, so the record has the order in which they took effect.
    """

    account_id = ACCOUNT_ID
    region = "eu-west-1"

    def __init__(self) -> None:
        """Keep nothing yet; nothing is answered before `start`."""
        self._mock = mock_aws()
        self._lock = threading.RLock()
        self.client = functools.cache(self._client)
        self._empty()

    def _empty(self) -> None:
        self._calls: list[Call] = []
        self._rules: list[Rule] = []
        self._answers: dict[str, Handler] = {}

    def start(self) -> None:
        """Answer all of boto3's clients in this process, which no longer sees the user's settings of AWS and Pulumi."""
        self._environ = mock.patch.dict(os.environ)
        self._environ.start()
        for key in [key for key in os.environ if key.startswith(("AWS_", "PULUMI_"))]:
            del os.environ[key]
        os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        self._session = boto3.Session("sandbox", "sandbox")
        self._mock.start()
        simulator.install()

    def stop(self) -> None:
        """Answer them no longer."""
        self._mock.stop()
        self._environ.stop()

    def reset(self) -> None:
        """Empty AWS, the record, the faults and the answers."""
        with self._lock:
            self._mock.reset()
            self._empty()

    def _client(self, service: str, region: str | None = None, account: str = ACCOUNT_ID) -> Any:
        """Return a boto3 client of an account and Region, for a test: its calls are no part of the record."""
        with self._lock:
            # As a bucket's host, a name such as "logs" would be that of another service for moto.
            config = Config(s3={"addressing_style": "path"})
            made = self._session.client(service, region_name=region or self.region, config=config)
        # moto takes the account from this header.
        made.meta.events.register(
            "before-call", lambda params, **_: params["headers"].update({"x-moto-account-id": account})
        )
        return made

    def ask(self, service: str, region: str, account: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make one call of the provider's, once: keep it in the record, and let it meet its fault."""
        call = Call(service, account, region, action, params)
        with self._lock:
            fault = next((rule.fault for rule in self._rules if rule.takes(call)), None)
        handler = self._answers.get(action)
        answer = handler(params) if handler and (fault is None or fault.applied) else None  # it may wait for others
        with self._lock:
            self._calls.append(call)
            try:
                if fault and not fault.applied:
                    raise _lost(call) if fault.drop else fault.error_of(call)
                if answer is None:
                    method = getattr(self.client(service, region, account), xform_name(action))
                    answer = method(**_with_stored_name(params, account))
            except ClientError as error:
                call.error = error.response["Error"]["Code"]
                raise
            call.write = call.changes
            if call.write and service == "iam":
                call.policies_after = _touched(call)
            if fault:
                raise _lost(call)
        return dict(answer)

    def create_role(
        self,
        name: str,
        path: str = "/",
        policies: Mapping[str, Mapping[str, Any]] | None = None,
        boundary: str | None = None,
        account: str = ACCOUNT_ID,
    ) -> str:
        """Make a role that EC2 may assume, with these inline policies; return its ARN."""
        iam = self.client("iam", None, account)
        extra = {"PermissionsBoundary": boundary} if boundary else {}
        role = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(_TRUST), **extra)
        for policy, document in (policies or {}).items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
        return str(role["Role"]["Arn"])

    def role_policies(self, role: str, account: str = ACCOUNT_ID) -> Policies:
        """Return the role's inline policies as IAM has them now, by name."""
        return _inline(_role(role, account))

    def attached_policies(self, role: str, account: str = ACCOUNT_ID) -> Policies:
        """Return the default documents of the role's managed policies as IAM has them now, by ARN."""
        return _attached(_role(role, account))

    @property
    def calls(self) -> list[Call]:
        """Every call of the provider since the beginning, `forget` or `reset`, in the order in which AWS did them."""
        with self._lock:
            return list(self._calls)

    @property
    def writes(self) -> list[Call]:
        """The calls that changed something, without those that AWS refused."""
        return [call for call in self.calls if call.write]

    def gaps(self, role: str, action: str, resource: str = "*") -> list[Call]:
        """List the writes after which the role lacked an action that it had had: `calls.gaps`."""
        return calls.gaps(self.calls, role, action, resource)

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
        where: Mapping[str, str] | None = None,
    ) -> None:
        """Let calls of an action (`*`: of any) meet a fault: `times` of them, with these parameters."""
        self._rules.append(Rule(action, fault, times, where or {}))

    @property
    def faults_left(self) -> int:
        """How many of the counted faults no call has met yet."""
        return sum(rule.left or 0 for rule in self._rules)

    def answer(self, action: str, handler: Handler) -> None:
        """Let a function answer the provider's calls of an action; `None` leaves a call to AWS."""
        self._answers[action] = handler


def _lost(call: Call) -> ConnectionClosedError:
    call.error = "ConnectionDropped"
    return ConnectionClosedError(endpoint_url=call.service)


def _find_role(name: str, account: str) -> Role | None:
    """Return the role of this name, in upper or lower case: for IAM they are one role, for moto two."""
    roles = iam_backends[account]["aws"].roles.values()
    return next((role for role in roles if role.name.lower() == name.lower()), None)


def _role(name: str, account: str) -> Role:
    if (role := _find_role(name, account)) is None:
        raise LookupError(f"the local AWS has no role {name!r} in account {account}")
    return role


def _with_stored_name(params: Mapping[str, Any], account: str) -> Mapping[str, Any]:
    role = _find_role(str(params.get("RoleName", "")), account)
    return {**params, "RoleName": role.name} if role else params


def _inline(role: Role) -> Policies:
    return {name: json.loads(document) for name, document in role.policies.items()}


def _attached(role: Role) -> Policies:
    return {arn: simulator.document_of(policy) for arn, policy in role.managed_policies.items()}


def _touched(call: Call) -> dict[str, Policies]:
    """Return all policies of the roles that a write touches: the role that it names, or those with its policy."""
    if name := call.params.get("RoleName"):
        role = _find_role(name, call.account)
        return {role.name: {**_inline(role), **_attached(role)}} if role else {name: {}}
    roles = iam_backends[call.account]["aws"].roles.values()
    own = [each for each in roles if call.params.get("PolicyArn") in each.managed_policies]
    return {role.name: {**_inline(role), **_attached(role)} for role in own}
