"""A run of the claims on an account: with which credentials, under which name, and how all of it is removed."""

import contextlib
import os
import re
import secrets
import shlex
import shutil
import signal
import time
from pathlib import Path
from unittest import mock

import boto3
import botocore.session
import jmespath
import psutil
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from botocore.parsers import ResponseParserError

PREFIX = "ssm-perms-verify-"


class RefusedError(Exception):
    """Why nothing was written, in one line."""


class Run:
    """One run in one account. It makes a role and a managed policy of its name, and inline policies on that role."""

    def __init__(self, session, account, patience):
        self.name = f"{PREFIX}{secrets.token_hex(4)}"
        self.region = session.region_name
        self.patience = patience  # in seconds: IAM may not show at once what was written
        self.caller = session.client("sts").get_caller_identity()
        partition = self.caller["Arn"].split(":")[1]
        self.iam, self.arn = session.resource("iam"), f"arn:{partition}:iam::{account}"
        self.role, self.policy = self.iam.Role(self.name), self.iam.Policy(f"{self.arn}:policy/{self.name}")

    @property
    def commands(self):
        """The AWS CLI's commands that remove the run, in order. The names of its inline policies begin with its own."""
        role, policy = f"--role-name {self.name}", f"--policy-arn {self.policy.arn}"
        query = f"PolicyNames[?starts_with(@, '{self.name}-')]"
        names = f'$(aws iam list-role-policies {role} --query "{query}" --output text)'
        return (
            f"aws iam detach-role-policy {role} {policy}",
            f'for name in {names}; do aws iam delete-role-policy {role} --policy-name "$name"; done',
            f"aws iam delete-role {role}",
            f"aws iam delete-policy {policy}",
        )

    def policies(self):
        """Return the documents of the role's policies, inline and attached, by their names."""
        attached = self.role.attached_policies.all()
        managed = {policy.policy_name: policy.default_version.document for policy in attached}
        return {**managed, **{policy.name: policy.policy_document for policy in self.role.policies.all()}}

    def simulate(self, actions, resource="*"):
        """Return IAM's own decision on each action."""
        arn, simulate = f"{self.arn}:role/{self.name}", self.iam.meta.client.simulate_principal_policy
        answer = simulate(PolicySourceArn=arn, ActionNames=actions, ResourceArns=[resource])
        return {result["EvalActionName"]: result["EvalDecision"] for result in answer["EvaluationResults"]}

    def claim(self, sentence, look, expected):
        """Look until the expected value is seen, for as long as the run has patience."""
        seen = self.look_until(look, expected)
        assert seen == expected, sentence
        print(f"  ✓ {sentence}", flush=True)

    def look_until(self, look, expected):
        deadline = time.monotonic() + self.patience
        while (seen := _answer(look)) != expected and time.monotonic() < deadline:
            time.sleep(5)
        return seen

    def remove(self):
        """Do what `commands` would, and return what is left."""
        for command in self.commands:
            _answer(self._execute, command)  # if it failed, something is left
        return [line for line, name in leftovers(self.iam) if name == self.name]

    def _execute(self, command):
        """Do what a command of the AWS CLI would, or a loop over the names that another one prints."""
        loop = re.fullmatch(r"for name in \$\((.+)\); do (.+); done", command)
        for name in self._call(loop[1]) if loop else [""]:
            self._call((loop[2] if loop else command).replace("$name", name))

    def _call(self, command):
        _, _, operation, *options = shlex.split(command)
        arguments = {
            option[2:].title().replace("-", ""): value
            for option, value in zip(options[::2], options[1::2], strict=True)
        }
        query, _ = arguments.pop("Query", "@"), arguments.pop("Output", "")
        return jmespath.search(query, getattr(self.iam.meta.client, operation.replace("-", "_"))(**arguments))


def _answer(ask, *arguments):
    """Return what AWS answers, or its error as text."""
    try:
        return ask(*arguments)
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        return str(error)


def leftovers(iam):
    """Return what each run has left or still uses, and the name of that run."""
    roles = [("the role", role.name) for role in iam.roles.all()]
    policies = [("the managed policy", policy.policy_name) for policy in iam.policies.filter(Scope="Local")]
    return [
        (f"{noun} {name}", name) for noun, name in (*roles, *policies) if re.fullmatch(rf"{PREFIX}[0-9a-f]{{8}}", name)
    ]


@contextlib.contextmanager
def started(account, folder, ask=input, patience=60.0, **settings):
    """Yield a run with the user's credentials as they are now, once they are confirmed. In the end, remove it.

    Meanwhile this process, the engine and its plugins see no other setting of the user's.
    """
    try:
        environment = _environment(folder)
        with mock.patch.dict(os.environ, {**environment, **settings}, clear=True):
            run = _confirmed_run(account, ask, patience)
    except Exception as error:  # noqa: BLE001 - credential processes and profiles fail in many ways
        raise RefusedError(" ".join(str(error).split())) from None
    with mock.patch.dict(os.environ, {**environment, **settings}, clear=True):
        handler = signal.signal(signal.SIGINT, _interrupt_once)
        try:
            yield run
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            time.sleep(patience / 6)
            remainder = run.look_until(run.remove, [])
            what = f"unknown ({remainder})" if isinstance(remainder, str) else remainder or "nothing"
            print(f"Left in the account: {what}.", flush=True)
            signal.signal(signal.SIGINT, handler)
        assert not remainder, "the commands above remove what is left, once nobody else's policy is on it"


@contextlib.contextmanager
def started_in_sandbox(box, folder, answer="yes", account=None, **settings):
    """Yield a run as on a real account, of a user with these settings, but that the sandbox's AWS provider answers."""
    provider = {"PULUMI_DEBUG_PROVIDERS": box.env["PULUMI_DEBUG_PROVIDERS"]}
    start = started(account or box.account_id, folder, lambda _: answer, 0.0, **provider)
    with mock.patch.dict(os.environ, {"AWS_REGION": box.region, **settings}), start as run:
        yield run


def _environment(folder):
    """Return what engine, plugins and boto3 see: PATH, proxies, keys and Region, and a home for nothing but plugins."""
    session = boto3.Session()
    credentials, region = session.get_credentials(), os.environ.get("AWS_REGION") or session.region_name
    needs = {"AWS credentials": credentials, "a Region (AWS_REGION)": region, "the Pulumi CLI": shutil.which("pulumi")}
    if missing := [need for need, value in needs.items() if not value]:
        raise RefusedError(f"this needs {', '.join(missing)}")
    keys = credentials.get_frozen_credentials()
    plugins = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi", "plugins").absolute()
    for path in (plugins, folder / "home/.pulumi", folder / "state"):
        path.mkdir(parents=True, exist_ok=True)
    (folder / "home/.pulumi/plugins").symlink_to(plugins)
    return {
        **{name: os.environ[name] for name in ("PATH", "HTTPS_PROXY", "NO_PROXY") if name in os.environ},
        "HOME": str(folder / "home"),
        "PULUMI_HOME": str(folder / "home/.pulumi"),  # the engine doesn't look at HOME
        "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "verify",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "AWS_REGION": region,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        **({"AWS_SESSION_TOKEN": keys.token} if keys.token else {}),
    }


def _confirmed_run(account, ask, patience):
    """Return a run if the credentials are of the account, and a person agrees who is told how to remove the run."""
    session = botocore.session.Session()
    own_models = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    session.register_component("data_loader", own_models)  # and none of the user's ~/.aws/models
    session.set_default_client_config(Config(connect_timeout=10, read_timeout=20))
    run = Run(boto3.Session(botocore_session=session, region_name=os.environ["AWS_REGION"]), account, patience)
    if run.caller["Account"] != account:
        raise RefusedError(f"the credentials are of account {run.caller['Account']}, not of {account}")
    lines = [f"Account {account}, as {run.caller['Arn']}, Region {run.region}."]
    for line, name in leftovers(run.iam):
        lines.append(
            f"Another run uses or has left {line}. The commands below remove it if you write {name} into them."
        )
    lines.append(
        f"This run makes the role {run.name}, which nobody can assume, and policies. In the end it removes them."
    )
    lines += ["If it is killed, these commands do:", *(f"  {command}" for command in run.commands)]
    print("", *lines, sep="\n", flush=True)
    if ask("Go on (yes or no)? ").strip() != "yes":
        raise RefusedError("nobody said yes")
    return run


def _interrupt_once(*_):
    """Let Ctrl-C end the test once no engine writes any more: it gets Ctrl-C as well, and ends its open writes first.

    Pulumi's SDK would close the engine's output at once, and so kill the engine. A second Ctrl-C ends no removal.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for process in psutil.wait_procs(psutil.Process().children(recursive=True), timeout=120)[1]:
        process.kill()
    raise KeyboardInterrupt
