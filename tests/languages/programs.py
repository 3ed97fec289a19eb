"""Runs programs on the engine in any language but Python, as users do or as its Automation API does."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Literal

import yaml

from sandbox import Sandbox, run
from tests.languages import kits

ProgramName = Literal["example", "program"]
Command = Literal["preview", "up"]

_YAML = {"example": kits.EXAMPLES / "yaml", "program": kits.HERE / "yaml"}


def create_roles(box: Sandbox) -> None:
    """Make the two roles that the programs expect."""
    box.create_role("web")
    box.create_role("api", path="/team/")


@dataclass(frozen=True)
class Runner:
    """One language's way to run `example`, of `examples/`; in YAML `program` as well, which lies beside this file."""

    language: str
    box: Sandbox

    def run(self, program: ProgramName, command: Command, config: Mapping[str, Any]) -> CompletedProcess[str]:
        """Preview or update a stack of a program; its state stays for the next run. A failure is a return code."""
        # As in a clone, `../../plugin` of an example is the plugin, here with the executable that stands in for a host.
        folder = self.box.folder / f"{program}s" / self.language
        folder.mkdir(parents=True, exist_ok=True)
        if self.language == "yaml":
            shutil.copy(_YAML[program] / "Pulumi.yaml", folder)
        self.box.configure(folder, config, self._project(program))
        if self.language == "yaml":
            return self._yaml(folder, command)
        automation = [*self._compiled(), self._project(program), str(folder), command]
        return run(automation, cwd=self.box.folder, env=self.box.env, timeout=self.box.timeout)

    def resources(self, program: ProgramName) -> dict[str, dict[str, Any]]:
        """Return what the state holds, by the name of the resource."""
        state = json.loads(self.box.state_file(self._project(program)).read_text())
        found: list[dict[str, Any]] = state["checkpoint"]["latest"]["resources"]
        return {resource["urn"].rpartition("::")[2]: resource for resource in found}

    def _project(self, program: ProgramName) -> str:
        if self.language == "yaml":
            return str(yaml.safe_load((_YAML[program] / "Pulumi.yaml").read_text())["name"])
        return f"{self.language}-{program}"

    def _yaml(self, folder: Path, command: Command) -> CompletedProcess[str]:
        self.box.pulumi("stack", "select", "--create", "dev", cwd=folder)
        options = ["--yes", "--skip-preview"] if command == "up" else []
        return self.box.pulumi(command, *options, cwd=folder)

    def _compiled(self) -> list[str]:
        if self.language == "go":
            return [str(kits.go() / "bin/example")]
        kit = kits.typescript()
        return [kits.NODE, str(kit / "runner/bin/run.js"), str(kit / "example/bin/index.js")]
