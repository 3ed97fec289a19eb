"""The program of a run, two roles with what limits them and the two components on them, and the engine that runs it."""

import json
import os
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws

import sandbox
from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from tools.verify.run import RefusedError, Run, one_line

DECRYPT: Final = "kms:Decrypt"
REGION: Final = "aws:RequestedRegion"
TAG: Final = "ec2:ResourceTag/team"

Document = Mapping[str, Any]

# AWS's own example numbers.
_OTHER_ACCOUNTS: Final = ("111122223333", "444455556666")
_SECONDS: Final = 900.0
# The next lines of an error are indented further.
_ERROR: Final = re.compile(r"(?m)^ *(error: .*(?:\n(?: {4}|\t)\s*(?!(?:error|warning): )\S.*)*)")
# The one setting of the caller's Pulumi that counts: where a company keeps Pulumi's plugins.
_KEPT: Final = "PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES"


class Program:
    """What a run makes, by name: no key, log group or other account need exist, since a policy may name any."""

    def __init__(self, run: Run) -> None:
        """Take names and ARNs."""
        self.run, here = run, {"region": run.region}
        self.web, self.bounded = run.roles
        [other, *_] = [number for number in _OTHER_ACCOUNTS if number != run.account]
        key = "key/00000000-0000-0000-0000-000000000000"
        self.key, self.other_key = run.arn("kms", key, **here), run.arn("kms", key, **here, account=other)
        self.group, self.other_group = (
            run.arn("logs", f"log-group:{run.prefix}{ending}", **here) for ending in ("logs", "other-logs")
        )
        self.inline: Mapping[str, Any] = {
            "allow_update_instance_information": True,
            "kms_key_arns": [self.key, self.other_key],
            "cloudwatch_log_group_arns": [self.other_group],
        }
        self.managed: Mapping[str, Any] = {
            "s3_log_encryption_enforced": True,
            "cloudwatch_log_group_arns": [self.group],
        }
        self.own: Mapping[str, Document] = {
            f"{run.prefix}deny": _document({"Effect": "Deny", "Action": [DECRYPT], "Resource": self.key}),
            f"{run.prefix}unrelated": _document(
                _allow("ec2:DeleteVolume", "*", Condition={"StringEquals": {TAG: "web"}}),
            ),
        }

    def roles(self) -> None:
        """Declare the roles, one with policies of its own, and one with a permissions boundary.

        Raises:
            RefusedError: The plugin would write to another account, where nothing would be removed.
        """
        if (number := aws.get_caller_identity().account_id) != self.run.account:
            raise RefusedError(f"Pulumi's AWS plugin uses the account {number}: set AWS_PROFILE, or the keys.")
        limit = _document(
            _allow("ssmmessages:*", "*", Condition={"StringEquals": {REGION: self.run.region}}),
            _allow("logs:*", f"{self.group}:log-stream:*"),
        )
        tags: Any = self.run.tags
        name = f"{self.run.prefix}boundary"
        boundary = aws.iam.Policy("boundary", name=name, policy=json.dumps(limit), tags=tags)
        # The same in each partition, and nobody else's.
        own = {"Effect": "Allow", "Principal": {"AWS": self.run.arn("iam", "root")}, "Action": "sts:AssumeRole"}
        trust: Any = {"assume_role_policy": json.dumps(_document(own)), "tags": tags}
        aws.iam.Role("bounded", name=self.bounded, permissions_boundary=boundary.arn, **trust)
        web = aws.iam.Role("web", name=self.web, **trust)
        for name, document in self.own.items():
            aws.iam.RolePolicy(name, name=name, role=web.name, policy=json.dumps(document))

    def roles_and_components(self) -> None:
        """Declare the components as well, on roles that are there already."""
        self.roles()
        inline: Any = {"role": self.web, **self.inline}
        managed: Any = {"roles": self.run.roles, "tags": self.run.tags, **self.managed}
        pulumi.export("inline", SessionManagerPermissions(f"{self.run.prefix}inline", inline).policy_name)
        pulumi.export("managed", SessionManagerManagedPolicy(f"{self.run.prefix}managed", managed).policy_name)

    def policies(self, inline: str = "", managed: str = "") -> Mapping[str, Mapping[str, Document]]:
        """Return the documents that each role has, by their names, given those of the components' policies if any."""
        web = {**self.own, inline: policy_document(**self.inline)} if inline else self.own
        attached = {managed: policy_document(**self.managed)} if managed else {}
        return {self.web: {**web, **attached}, self.bounded: attached}


def _allow(action: str, resource: str, **condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": [action], "Resource": resource, **condition}


def _document(*statements: Mapping[str, Any]) -> Document:
    return {"Version": "2012-10-17", "Statement": [*statements]}


class Engine:
    """One stack, with a home, a backend and a passphrase of its own, and the plugin that the CLI gets."""

    def __init__(self, folder: Path, run: Run) -> None:
        """Find the CLI. It runs with the caller's environment, without the caller's Pulumi settings."""
        state = folder / "state"
        state.mkdir()
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_") or key == _KEPT}
        self._env = {
            **kept,
            "PATH": os.pathsep.join([str(sandbox.find_cli().parent), os.environ.get("PATH", os.defpath)]),
            "PULUMI_HOME": str(folder / "home"),
            "TMPDIR": str(folder),  # the CLI leaves there what it downloads
            "PULUMI_BACKEND_URL": state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # Use the plugin that the CLI gets for this version of pulumi-aws, not one on PATH.
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        }
        self._engine = sandbox.Engine(self._env, lambda: _SECONDS)
        self._folder, self._run = folder / "project", run

    def up(self, program: Callable[[], None]) -> auto.UpResult:
        """Run `pulumi up` with the credentials as they are now: the plugin can't renew them or ask for an MFA code."""
        credentials: Any = self._run.session.get_credentials()
        now = credentials.get_frozen_credentials()
        self._env |= {"AWS_ACCESS_KEY_ID": now.access_key, "AWS_SECRET_ACCESS_KEY": now.secret_key}
        self._env["AWS_SESSION_TOKEN"] = now.token or ""
        config = {"aws:region": self._run.region}
        return self._engine.stack(program, folder=self._folder, name="verify", config=config).up()

    def versions(self) -> dict[str, str]:
        """Return the versions of the CLI and of the plugins that it has got."""
        listed = json.loads(self._engine.run(["plugin", "ls", "--json"], cwd=str(self._folder)).stdout)
        plugins = {f"{plugin['name']} plugin": plugin["version"] for plugin in listed}
        return {"Pulumi CLI": str(self._engine.version), **plugins}


def errors(error: Exception) -> str:
    """Return the errors in Pulumi's output, complete and on one line."""
    return one_line(" ".join(dict.fromkeys(_ERROR.findall(str(error)))) or str(error))
