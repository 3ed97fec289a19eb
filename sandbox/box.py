"""`Sandbox`: the one object that a test, the demo or a benchmark needs."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from types import TracebackType
from typing import Any, Self

import pulumi.automation as auto

from sandbox import cache, calls, engine, environment, iam, tools
from sandbox.aws import SETUP_AGENT, Answer, LocalAws
from sandbox.calls import ACCOUNT_ID, Call
from sandbox.engine import Program
from sandbox.faults import Fault
from sandbox.process import Line, Running, run
from sandbox.simulator import Decision, Script

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


class Sandbox:
    """A local AWS that the real Pulumi engine can run against; everything of it is gone when the `with` block ends.

    Real are the engine, the Terraform bridge and the AWS SDK in the provider; moto stands for AWS, and what the
    provider does with each resource is this repository's own (`sandbox/provider`). Where moto is laxer than AWS and it
    matters here, calls are refused as AWS would, which is ours too: two managed policies of one name, a policy deleted
    while attached or with several versions, the eleventh managed policy of a role, documents over IAM's sizes. Nor does
    moto know that `web` and `WEB` are one role in IAM: a call that writes a role's name in another case reaches that
    role all the same, and a second role of the name is refused, which is ours as well. The policy simulator, which moto
    lacks, is ours around moto's own evaluator.

    Every account is there from the beginning, and empty: a client, a role, a provider or a stack is of `account_id`
    unless another account's twelve digits are given. moto's state belongs to the process, so a process has one sandbox
    at a time.

    Args:
        region: The Region of the providers and clients; it also decides the partition.
        timeout: How many seconds one command of the engine may take before it is killed; may be changed later.
        yaml: Whether programs in YAML will be run; then the host for them is built if it is not there.
        say: What gets the lines that tell a person why it takes time.
    """

    account_id = ACCOUNT_ID

    def __init__(
        self, *, region: str = "eu-west-1", timeout: float = 120.0, yaml: bool = False, say: Line = cache.stderr
    ) -> None:
        """Say what is wanted; everything is found, built and started when the `with` block begins."""
        self.region = region
        self.timeout = timeout
        self._yaml, self._say = yaml, say
        self._running = Running()
        self._setups: dict[str, Any] = {}
        self._era = 0

    def __enter__(self) -> Self:
        """Find or build the tools, and start the local AWS."""
        self._cli = tools.cli(self._say)
        path = [self._cli.parent]
        if not environment.wants_real_plugin():
            path.insert(0, tools.provider(self._say).parent)
        if self._yaml:
            path.insert(0, tools.yaml_host(self._say).parent)
        self.folder = Path(tempfile.mkdtemp(prefix="sandbox-"))
        self._aws = LocalAws()
        self._aws.start()
        try:
            self.env = environment.isolated(self.folder, path, self._aws.url, self.region)
            self._backend()
            self._engine = engine.Engine(self._cli, self.env, lambda: self.timeout, self._running)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the engines that still run, the local AWS, and the folder with everything in it."""
        self._stop()

    def _backend(self) -> None:
        """Give the stacks an empty backend, so that the same names are new ones."""
        self._projects = self.folder / f"projects-{self._era}"
        state = self.folder / f"state-{self._era}"
        state.mkdir()
        self.env["PULUMI_BACKEND_URL"] = state.as_uri()

    def _stop(self) -> None:
        self._running.kill()
        self._aws.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """The address of the local AWS, the same for every service."""
        return self._aws.url

    def client(self, service: str, region: str | None = None, account: str = ACCOUNT_ID) -> Any:
        """Return a boto3 client on the sandbox; its calls are recorded and meet faults, as everybody's are."""
        return environment.client(self.url, service, region or self.region, account)

    def create_role(
        self,
        name: str,
        path: str = "/",
        policies: Mapping[str, Mapping[str, Any]] | None = None,
        boundary: str | None = None,
        account: str = ACCOUNT_ID,
    ) -> str:
        """Make a role that EC2 may assume, with these inline policies; return its ARN. Not part of the record."""
        setup = self._setup(account)
        extra = {"PermissionsBoundary": boundary} if boundary else {}
        role = setup.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(_TRUST), **extra)
        for policy, document in (policies or {}).items():
            setup.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
        return str(role["Role"]["Arn"])

    def _setup(self, account: str) -> Any:
        if account not in self._setups:
            self._setups[account] = environment.client(self.url, "iam", self.region, account, agent=SETUP_AGENT)
        return self._setups[account]

    def role_policies(self, role: str, account: str = ACCOUNT_ID) -> dict[str, dict[str, Any]]:
        """Return the role's inline policies as IAM has them now, by name."""
        return iam.inline_policies(self._existing(role, account), self.region, account)

    def attached_policies(self, role: str, account: str = ACCOUNT_ID) -> dict[str, dict[str, Any]]:
        """Return the default documents of the role's managed policies as IAM has them now, by ARN."""
        return iam.attached_policies(self._existing(role, account), self.region, account)

    def _existing(self, role: str, account: str) -> str:
        if not iam.role_exists(role, self.region, account):
            raise LookupError(f"the sandbox has no role {role!r} in account {account}")
        return role

    def stack(
        self,
        program: Program,
        project: str = "app",
        name: str = "dev",
        config: Mapping[str, Any] | None = None,
        account: str = ACCOUNT_ID,
    ) -> auto.Stack:
        """Return an Automation API stack of an inline program, configured for the sandbox.

        The same project and name give the same stack, with its state; program and configuration are those of the last
        call. `config` goes by Pulumi's keys, the project's own without its namespace: strings, booleans, lists,
        mappings, or `pulumi.automation.ConfigValue(…, secret=True)`. The default AWS provider is of this account.
        """
        merged = {**environment.provider_config(self.url, self.region, account), **(config or {})}
        return engine.create_or_select(self._engine, program, folder=self._projects / project, name=name, config=merged)

    @property
    def backend(self) -> Path:
        """The folder of the file backend, where every stack's state is until `reset`."""
        return self._engine.backend

    def state_file(self, project: str = "app", name: str = "dev") -> Path:
        """Return the file that has a stack's state; its backup and its attributes lie beside it."""
        return self._engine.state_file(project, name)

    def example(self, folder: str | os.PathLike[str]) -> Program:
        """Return a program that runs a folder's `__main__.py`."""
        return engine.example(Path(folder))

    def provider_args(self, region: str | None = None, account: str = ACCOUNT_ID) -> dict[str, Any]:
        """Return the arguments of an explicit `pulumi_aws.Provider` on the sandbox, for a program to use."""
        return environment.provider_args(self.url, region or self.region, account)

    def select(self, cwd: str | os.PathLike[str]) -> None:
        """Select the stack of a program's folder, for a CLI that somebody else runs there without naming one."""
        self._engine.select(os.fspath(cwd))

    def pulumi(self, *args: str, cwd: str | os.PathLike[str], timeout: float | None = None) -> CompletedProcess[str]:
        """Run the CLI in a program's folder; what it prints is in the result, and a failure is a return code."""
        self.select(cwd)
        command: Sequence[str] = [str(self._cli), "--non-interactive", *args]
        return run(command, cwd=os.fspath(cwd), env=self.env, timeout=timeout or self.timeout, running=self._running)

    def kill(self) -> int:
        """End every engine that runs now, and its plugins, as SIGKILL does; return how many engines there were."""
        return self._running.kill()

    @property
    def calls(self) -> list[Call]:
        """Every AWS call since the sandbox began, or since `forget` or `reset`, in the order in which AWS did them."""
        return self._aws.calls()

    @property
    def writes(self) -> list[Call]:
        """The calls that changed something; what AWS refused is not among them."""
        return [call for call in self.calls if call.write]

    def gaps(self, role: str, action: str, resource: str = "*", account: str = ACCOUNT_ID) -> list[Call]:
        """List the writes after which the role was without an action that it had had: `sandbox.calls.gaps`.

        It asks the record, so what the role had before `forget` does not count.
        """
        return calls.gaps(self.calls, role, action, resource, account)

    def forget(self) -> None:
        """Empty the record; `gaps` then begins anew."""
        self._aws.forget()

    def reset(self) -> None:
        """Begin anew: empty AWS, the record, the faults, the scripted answers, and forget every stack."""
        self._aws.reset()
        self._era += 1
        self._backend()

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
            times: How many of them; `None`: all, until `clear_faults`.
            skip: How many are let through before.
            where: Parameters that a call must have to be meant.
        """
        self._aws.faults.add(action, fault, times, skip, where)

    @property
    def faults_left(self) -> int:
        """How many faults, of those that were counted, no call has met yet."""
        return self._aws.faults.left()

    def clear_faults(self) -> None:
        """Let every call have its answer again."""
        self._aws.faults.clear()

    def answer(self, action: str, handler: Callable[[Mapping[str, Any]], Answer | None]) -> None:
        """Let a function answer an action that moto lacks.

        It gets the parameters and returns status, body and content type, or `None` to leave the call to moto.
        """
        self._aws.handlers[action] = lambda request: handler(request.params)

    def script_simulation(  # noqa: PLR0913 - what is left out is not scripted
        self,
        action: str,
        *,
        resource: str | None = None,
        decision: Decision | None = None,
        missing: Sequence[str] = (),
        per_resource: bool = False,
        scp: bool = False,
    ) -> None:
        """Let the policy simulator say something about an action that moto cannot hold, until `reset`.

        Args:
            action: `kms:Decrypt`.
            resource: The resource on which; `None`: on any that has no script of its own.
            decision: What it decides, whatever policies and boundary say; `None` leaves it to them.
            missing: Context keys that a policy asks for and the simulator was not given.
            per_resource: Whether those of listed resources are told in the resources' own results alone.
            scp: Whether the answer says that the organization does not allow it.
        """
        self._aws.simulator.scripts[action, resource] = Script(decision, missing, scp, per_resource)
