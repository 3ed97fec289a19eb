"""AWS in this process: moto, the record of the provider's calls, and the faults and answers that a test scripts."""

import functools
import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from unittest import mock

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError, ConnectionClosedError
from moto import mock_aws
from moto.iam.models import Role, iam_backends

from sandbox import simulator
from sandbox.evaluation import as_list

ACCOUNT_ID: Final = "123456789012"
REGION: Final = "eu-west-1"
# Whatever begins otherwise is a write, so that no test overlooks one.
_READS: Final = ("Get", "List", "Describe", "Simulate")
_TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
Policies = dict[str, dict[str, Any]]
Answer = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]


@dataclass
class Call:
    """One call of the provider's, and what became of it.

    `error` is AWS's code, or `ConnectionDropped`. `write` says that AWS did it, and that it changes something.
    `policies_after` has, after a write, the policies of the roles that it touched, by name if inline and else by ARN.
    """

    account: str
    action: str
    params: Mapping[str, Any]
    error: str | None = None
    write: bool = False
    policies_after: Mapping[str, Policies] = field(default_factory=dict)

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


class Cloud:
    """An AWS of this process. Every account exists from the beginning, and is empty.

    The provider's calls reach moto one at a time, so the record has the order in which they took effect.
    """

    account_id, region = ACCOUNT_ID, REGION

    def __init__(self) -> None:
        """Keep nothing yet; nothing is answered before `start`."""
        self._mock = mock_aws()
        self._lock = threading.RLock()
        self.client = functools.cache(self._client)
        self._empty()

    def _empty(self) -> None:
        self._calls: list[Call] = []
        self._faults: dict[str, list[Fault]] = {}
        self._answers: dict[str, Answer] = {}

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

    def _client(self, service: str, region: str = REGION, account: str = ACCOUNT_ID) -> Any:
        """Return a boto3 client of an account, for a test: its calls are no part of the record."""
        with self._lock:
            client = self._session.client(service, region_name=region)
        # moto takes the account from this header.
        client.meta.events.register(
            "before-call", lambda params, **_: params["headers"].update({"x-moto-account-id": account})
        )
        return client

    def call(self, service: str, region: str, account: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make one call of the provider's, once: keep it in the record, and let it meet its fault."""
        call = Call(account, action, params)
        with self._lock:
            fault = self._faults[action].pop(0) if self._faults.get(action) else None
        script = self._answers.get(action)
        answer = script(params) if script and (fault is None or fault.applied) else None  # it may wait for others
        with self._lock:
            self._calls.append(call)
            if fault is None or fault.applied:
                try:
                    if answer is None:
                        answer = self._ask(service, region, account, action, params)
                except ClientError as error:
                    call.error = error.response["Error"]["Code"]
                    raise
                call.write = not action.startswith(_READS)
                call.policies_after = _touched(call) if call.write else {}
            if fault:
                call.error = fault.code or "ConnectionDropped"
                raise _error(fault, call)
        return dict(answer or {})

    def _ask(self, service: str, region: str, account: str, action: str, params: Mapping[str, Any]) -> Any:
        role = _find_role(params.get("RoleName", ""), account)
        stored = {"RoleName": role.name} if role else {}
        return getattr(self.client(service, region, account), xform_name(action))(**{**params, **stored})

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
        return _inline(_existing_role(role, account))

    def attached_policies(self, role: str, account: str = ACCOUNT_ID) -> Policies:
        """Return the default documents of the role's managed policies as IAM has them now, by ARN."""
        return _attached(_existing_role(role, account))

    @property
    def calls(self) -> list[Call]:
        """Every call of the provider since the beginning or `reset`, in the order in which AWS did them."""
        with self._lock:
            return list(self._calls)

    @property
    def writes(self) -> list[Call]:
        """The calls that changed something, without those that AWS refused."""
        return [call for call in self.calls if call.write]

    def gaps(self, role: str, action: str) -> list[Call]:
        """List the writes after which a role lacked an action that one of its policies had allowed before.

        A policy allows it with a statement that lists exactly this action. Denials and boundaries do not count.

        Raises:
            LookupError: There is no such role, or no write gave the role the action, so that there is nothing to lack.

        """
        gaps, was_allowed = [], False
        touched = [call for call in self.calls if call.account == ACCOUNT_ID]
        names = {name for call in touched for name in call.policies_after if name.lower() == role.lower()}
        stored_name = names.pop() if names else _existing_role(role, ACCOUNT_ID).name
        for call in touched:
            if stored_name in call.policies_after:
                is_allowed = any(_allows(document, action) for document in call.policies_after[stored_name].values())
                if was_allowed and not is_allowed:
                    gaps.append(call)
                was_allowed = was_allowed or is_allowed
        if not was_allowed:
            raise LookupError(f"no call of the provider gave {role!r} exactly {action}")
        return gaps

    def fail(self, action: str, fault: Fault, *, times: int = 1) -> None:
        """Let the next calls of an action meet a fault, whatever they are about.

        The provider repeats a call up to four times, as AWS's SDK does, if AWS is throttling, fails or doesn't answer.
        """
        self._require(action)
        self._faults.setdefault(action, []).extend([fault] * times)

    def answer(self, action: str, answer: Answer) -> None:
        """Let a function answer the provider's calls of an action; if it returns `None`, AWS answers."""
        self._require(action)
        self._answers[action] = answer

    def _require(self, action: str) -> None:
        """Refuse an action that no call can have: the fault or the answer would never be met."""
        clients = [self.client(service) for service in ("iam", "kms", "sts")]
        if not any(action in client.meta.service_model.operation_names for client in clients):
            raise LookupError(f"IAM, KMS and STS have no action {action!r}: write it like 'PutRolePolicy'")


def _error(fault: Fault, call: Call) -> ClientError | ConnectionClosedError:
    if not fault.code:
        return ConnectionClosedError(endpoint_url="sandbox")
    error = {"Code": fault.code, "Message": fault.message}
    return ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": fault.status}}, call.action)


def _find_role(name: str, account: str) -> Role | None:
    return simulator.find_role(name, iam_backends[account]["aws"])


def _existing_role(name: str, account: str) -> Role:
    if (role := _find_role(name, account)) is None:
        raise LookupError(f"the local AWS has no role {name!r} in account {account}")
    return role


def _inline(role: Role) -> Policies:
    return {name: json.loads(document) for name, document in role.policies.items()}


def _attached(role: Role) -> Policies:
    return {arn: simulator.default_document(policy) for arn, policy in role.managed_policies.items()}


def _touched(call: Call) -> dict[str, Policies]:
    """Return all policies of the roles that a write touches: the role that it names, or those with its policy."""
    if name := call.params.get("RoleName"):
        role = _find_role(name, call.account)
        return {role.name: {**_inline(role), **_attached(role)}} if role else {name: {}}
    roles = iam_backends[call.account]["aws"].roles.values()
    attached = [role for role in roles if call.params.get("PolicyArn") in role.managed_policies]
    return {role.name: {**_inline(role), **_attached(role)} for role in attached}


def _allows(document: Mapping[str, Any], action: str) -> bool:
    statements = as_list(document["Statement"])
    return any(item["Effect"] == "Allow" and action in as_list(item.get("Action")) for item in statements)
