"""The Pulumi engine of a run: its own home, backend and passphrase, the plugin that the CLI gets, the caller's AWS."""

import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pulumi.automation as auto
import pulumi_aws as aws

import sandbox
from tools.verify.account import Account, RefusedError, one_line

Program = Callable[[], None]

_SECONDS: Final = 900.0
_DONE: Final = ("create", "update", "delete", "create-replacement", "delete-replaced")
# The next lines of an error are indented further.
_ERROR: Final = re.compile(r"(?m)^ *(error: .*(?:\n(?: {4}|\t)\s*(?!(?:error|warning): )\S.*)*)")
# The one setting of the caller's Pulumi that counts: where a company keeps Pulumi's plugins.
_KEPT: Final = "PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES"


@dataclass
class Done:
    """What the engine did to AWS, sorted, and the program's outputs."""

    steps: list[str] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def listen(self, event: auto.EngineEvent) -> None:
        """Note an event."""
        if (made := event.res_outputs_event) and made.metadata.type.startswith("aws:"):
            operation = str(made.metadata.op.value)
            if operation in _DONE:
                self.steps = sorted([*self.steps, f"{operation} {made.metadata.type.rpartition(':')[2]}"])


class Engine:
    """One stack of inline programs, in a folder of its own."""

    def __init__(self, cli: Path, folder: Path, account: Account) -> None:
        """Take the CLI. It runs with the caller's environment, without the caller's Pulumi settings."""
        state = folder / "state"
        state.mkdir()
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_") or key == _KEPT}
        self._env = {
            **kept,
            "PATH": os.pathsep.join([str(cli.parent), os.environ.get("PATH", os.defpath)]),
            "PULUMI_HOME": str(folder / "home"),
            "TMPDIR": str(folder),  # the CLI leaves there what it downloads
            "PULUMI_BACKEND_URL": state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # Use the plugin that the CLI gets for this version of pulumi-aws, not one on PATH.
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        }
        self._engine = sandbox.Engine(self._env, lambda: _SECONDS)
        self._folder, self._account = folder / "project", account

    def _stack(self, program: Program) -> auto.Stack:
        self._env.update(self._account.environment())
        config = {"aws:region": self._account.region}
        return self._engine.stack(program, folder=self._folder, name="verify", config=config)

    def up(self, program: Program) -> Done:
        """Run `pulumi up`."""
        done = Done()
        outputs = self._stack(program).up(on_event=done.listen).outputs
        done.outputs = {key: output.value for key, output in outputs.items()}
        return done

    def versions(self) -> dict[str, str]:
        """Return the versions of the CLI and of the AWS plugin, once it has answered.

        Raises:
            RefusedError: There is no plugin, or it does not use the caller's credentials.
        """
        accounts: list[str] = []
        stack = self._stack(lambda: accounts.append(aws.get_caller_identity().account_id))
        try:
            stack.preview()
        except (auto.CommandError, sandbox.ProcessTimeoutError) as error:
            raise RefusedError(f"Pulumi's AWS plugin does not answer: {errors(error)}.") from None
        if accounts != [self._account.number]:
            raise RefusedError(f"Pulumi's AWS plugin uses the account {accounts[0]}: set AWS_PROFILE, or the keys.")
        plugins = {plugin.name: str(plugin.version) for plugin in stack.workspace.list_plugins()}
        return {"Pulumi CLI": str(self._engine.version), "AWS plugin": plugins["aws"]}


def errors(error: Exception) -> str:
    """Return the errors in Pulumi's output, complete and on one line."""
    return one_line(" ".join(dict.fromkeys(_ERROR.findall(str(error)))) or str(error))
