"""`Cloud`: what a test does with the local AWS: its roles, the record of the calls, faults, and scripted answers."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox import calls, environment, iam
from sandbox.aws import SETUP_AGENT, Answer, LocalAws
from sandbox.calls import ACCOUNT_ID, Call, Policies
from sandbox.faults import Fault, Rule
from sandbox.moto_internals import Role
from sandbox.node import INSTANCE, PROFILE, ROLE, Node

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


class Cloud:
    """The AWS of a sandbox.

    Every account exists from the beginning, and is empty. Clients, roles and providers are of `account_id` and
    `region`, unless another account's twelve digits or another Region are passed.
    """

    account_id = ACCOUNT_ID
    region = "eu-west-1"
    _aws: LocalAws

    def __init__(self) -> None:
        """Make no client yet; what starts AWS sets `_aws`."""
        self._setups: dict[tuple[str, str], Any] = {}

    @property
    def url(self) -> str:
        """The address of the local AWS, the same for every service."""
        return self._aws.url

    def client(self, service: str, region: str | None = None, account: str = ACCOUNT_ID) -> Any:
        """Return a boto3 client on the sandbox. Its calls are recorded and meet faults, like all calls."""
        return environment.client(self.url, service, region or self.region, self._aws.keys.of(account))

    def create_role(
        self,
        name: str,
        path: str = "/",
        policies: Mapping[str, Mapping[str, Any]] | None = None,
        boundary: str | None = None,
        account: str = ACCOUNT_ID,
    ) -> str:
        """Make a role that EC2 may assume, with these inline policies; return its ARN. Not part of the record."""
        setup = self._setup("iam", account)
        extra = {"PermissionsBoundary": boundary} if boundary else {}
        role = setup.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(_TRUST), **extra)
        for policy, document in (policies or {}).items():
            setup.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
        return str(role["Role"]["Arn"])

    def create_node(self, role: str = ROLE) -> str:
        """Make an EC2 instance with an SSM Agent and its profile, and its role if it isn't there; return its id.

        All of it is in this account, and not part of the record.
        """
        if iam.find_role(role, self.region, self.account_id) is None:
            self.create_role(role)
        setup = self._setup("iam")
        setup.create_instance_profile(InstanceProfileName=PROFILE)
        setup.add_role_to_instance_profile(InstanceProfileName=PROFILE, RoleName=role)
        arn = str(self._role(role, self.account_id).arn)
        self._aws.nodes.append(Node(INSTANCE, self.account_id, self.region, arn))
        self._aws.nodes.notice()
        return INSTANCE

    def _setup(self, service: str, account: str = ACCOUNT_ID) -> Any:
        if (service, account) not in self._setups:
            key = self._aws.keys.of(account)
            made = environment.client(self.url, service, self.region, key, agent=SETUP_AGENT)
            self._setups[service, account] = made
        return self._setups[service, account]

    def role_policies(self, role: str, account: str = ACCOUNT_ID) -> Policies:
        """Return the role's inline policies as IAM has them now, by name."""
        return iam.inline_policies(self._role(role, account))

    def attached_policies(self, role: str, account: str = ACCOUNT_ID) -> Policies:
        """Return the default documents of the role's managed policies as IAM has them now, by ARN."""
        return iam.attached_policies(self._role(role, account))

    def _role(self, name: str, account: str) -> Role:
        role = iam.find_role(name, self.region, account)
        if role is None:
            raise LookupError(f"the sandbox has no role {name!r} in account {account}")
        return role

    @property
    def calls(self) -> list[Call]:
        """Every AWS call since the sandbox began, or since `forget` or `reset`, in the order in which AWS did them."""
        return self._aws.calls()

    @property
    def writes(self) -> list[Call]:
        """The calls that changed something, without those that AWS refused."""
        return [call for call in self.calls if call.write]

    def gaps(self, role: str, action: str, resource: str = "*") -> list[Call]:
        """List the writes after which the role lacked an action that it had had: `sandbox.calls.gaps`.

        It reads the record, so what the role had before `forget` does not count.
        """
        return calls.gaps(self.calls, role, action, resource)

    def forget(self) -> None:
        """Empty the record. `gaps` then starts again."""
        self._aws.forget()

    def fail(
        self,
        action: str,
        fault: Fault,
        *,
        times: int | None = None,
        skip: int = 0,
        where: Mapping[str, str] | None = None,
    ) -> None:
        """Let calls of an action (`*`: of any) meet a fault.

        Args:
            action: `PutRolePolicy`.
            fault: What they meet.
            times: How many calls; `None`: all, until `clear_faults`.
            skip: How many calls pass before that.
            where: Only calls with these parameters.
        """
        self._aws.rules.append(Rule(action, fault, times, skip, where or {}))

    @property
    def faults_left(self) -> int:
        """How many of the counted faults no call has met yet."""
        return sum(rule.left or 0 for rule in self._aws.rules)

    def clear_faults(self) -> None:
        """Answer every call normally again."""
        self._aws.rules.clear()

    def answer(self, action: str, handler: Callable[[Mapping[str, Any]], Answer | None]) -> None:
        """Let a function answer an action.

        It gets the parameters and returns status, body and content type, or `None` to leave the call to the local AWS.
        While it runs, other calls are answered.
        """
        self._aws.answers[action] = lambda request: handler(request.params)

    def limit_account(self, *levels: Sequence[Mapping[str, Any]]) -> None:
        """Give the account SCPs, level by level of its organization, until `reset`. Only the policy simulator obeys."""
        self._aws.simulator.scps = levels
