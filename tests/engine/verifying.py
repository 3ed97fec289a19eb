"""`make verify` against the sandbox: with another AWS in the environment, and with the plugin from where that says."""

import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
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
    """How a run ended, what it printed, its record if it wrote one, what it asked of AWS, and what is left of it."""

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
    """The command, as the Makefile calls it, except for its patience: the sandbox shows at once what was written."""

    box: Sandbox
    folder: Path
    plugin: str

    @property
    def env(self) -> dict[str, str]:
        """What is different from a run on AWS: where AWS is, and where the plugin is."""
        where = {"PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES": f".*={self.plugin}", "TMPDIR": str(self.folder)}
        return {**self.box.env, **where}

    def run(
        self,
        *options: str,
        typed: str = "",
        ends_at: str = "",
        by: signal.Signals = signal.SIGINT,
        more_env: Mapping[str, str] | None = None,
    ) -> Ended:
        """Run it without a terminal, with a signal at the first call of an action. An empty variable is taken away."""
        record = self.folder / "record.json"
        command = [sys.executable, "-m", "tools.verify", "--patience=0", f"--record={record}", *options]
        ways: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        env = {name: value for name, value in {**self.env, **(more_env or {})}.items() if value}
        process = subprocess.Popen(command, cwd=self.folder, env=env, text=True, start_new_session=True, **ways)
        if ends_at:
            self.box.answer(ends_at, lambda _: process.send_signal(by))
        printed, _ = process.communicate(typed, timeout=240)
        files = {file.name: file.read_text() for file in self.folder.iterdir()}
        return Ended(process.returncode, printed, files.pop("record.json", ""), self.box.calls, [*self.made(), *files])

    def made(self) -> list[str]:
        """Name what is there and was made by a run: roles and managed policies."""
        iam = self.box.client("iam")
        names = [role["RoleName"] for role in iam.list_roles()["Roles"]]
        names += [policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]]
        return [name for name in names if name.startswith(PREFIX)]
