"""`make verify` against the sandbox: with another AWS in the environment, and with the plugin from where that says."""

import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import Popen
from threading import Thread
from typing import Any

from sandbox import Call, Sandbox, find_provider
from tools.verify.run import PREFIX


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


@dataclass(frozen=True)
class Ended:
    """How a run ended, what it printed, its record if it wrote one, what it asked of AWS, and what AWS has now."""

    code: int
    printed: str
    record: str
    calls: Sequence[Call]
    made: Sequence[str]

    @property
    def id(self) -> str:
        """The run's id, as a person is told it for a removal."""
        return self.printed.partition("this removes the rest: make verify REMOVE=")[2][:8]


@dataclass
class Verify:
    """The command, as the Makefile calls it, but for its patience: the sandbox shows at once what was written."""

    box: Sandbox
    folder: Path
    plugin: str
    processes: list[Popen[str]] = field(default_factory=list)

    @property
    def env(self) -> Mapping[str, str]:
        """What is different from a run on AWS: where AWS is, and where the plugin is."""
        return {**self.box.env, "PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES": f".*={self.plugin}"}

    @property
    def options(self) -> list[str]:
        """What the command is given besides a user's own options."""
        return ["--patience=0", f"--record={self.folder / 'record.json'}"]

    def run(self) -> Ended:
        """Run it to its end, and take the record, which is all that may be left in the folder."""
        command = [sys.executable, "-m", "tools.verify", *self.options, "--yes"]
        ways: Any = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        process = Popen(command, cwd=self.folder, env={**self.env, "TMPDIR": str(self.folder)}, text=True, **ways)
        self.processes.append(process)
        printed, _ = process.communicate(timeout=240)
        calls, files = self.box.calls, {file.name: file.read_text() for file in self.folder.iterdir()}
        return Ended(process.returncode, printed, files.pop("record.json", ""), calls, [*self.made(), *files])

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
        return [name for name in names if name.startswith(PREFIX)]
