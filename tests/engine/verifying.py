"""`make verify` against the sandbox: with another AWS in the environment, and with the plugin from where that says."""

import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import CompletedProcess, Popen
from threading import Thread
from typing import Any, Final

from sandbox import Sandbox, find_provider

PREFIX: Final = "ssm-perms-verify-"


class _Plugin(SimpleHTTPRequestHandler):
    """Serves the one file of its folder, whatever is asked for, and says nothing."""

    def translate_path(self, _: str) -> str:
        return str(Path(self.directory) / "plugin.tar.gz")

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def plugin_served(folder: Path) -> Iterator[str]:
    """Serve the sandbox's provider as Pulumi's own plugin is served; yield the address, for the CLI to download it."""
    with tarfile.open(folder / "plugin.tar.gz", "w:gz", compresslevel=1) as packed:
        packed.add(str(find_provider()), "pulumi-resource-aws")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Plugin, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@dataclass
class Verify:
    """The command, as the Makefile calls it, but for its patience: the sandbox shows at once what was written."""

    box: Sandbox
    folder: Path
    plugin: str
    processes: list[Popen[str]] = field(default_factory=list)

    @property
    def record(self) -> Path:
        """Where the record is written."""
        return self.folder / "record.json"

    @property
    def env(self) -> Mapping[str, str]:
        """What is different from a run on AWS: where AWS is, and where the plugin is."""
        return {**self.box.env, "PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES": f".*={self.plugin}"}

    @property
    def options(self) -> list[str]:
        """What the command is given besides a user's own options."""
        return ["--patience=0", f"--record={self.record}"]

    def run(self, *arguments: str) -> CompletedProcess[str]:
        """Run it to its end, without a terminal; what it prints is in `stdout`."""
        command = [sys.executable, "-m", "tools.verify", *self.options, *arguments]
        ways: Any = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        process = Popen(command, cwd=self.folder, env={**self.env, "TMPDIR": str(self.folder)}, text=True, **ways)
        self.processes.append(process)
        printed, _ = process.communicate(timeout=240)
        return CompletedProcess(command, process.returncode, printed)

    def signal_at(self, action: str, number: int, sent: signal.Signals = signal.SIGINT) -> None:
        """Send it a signal when it makes this call for the `number`th time, before AWS does what is asked."""
        calls: list[object] = []

        def handler(call: Mapping[str, Any]) -> None:
            calls.append(call)
            if len(calls) == number:
                self.processes[-1].send_signal(sent)

        self.box.answer(action, handler)

    def made(self) -> list[str]:
        """Name what is there and was made by a run: roles and managed policies."""
        iam = self.box.client("iam")
        names = [role["RoleName"] for role in iam.list_roles()["Roles"]]
        names += [policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]]
        return [name for name in names if PREFIX in name]
