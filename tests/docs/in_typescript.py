"""Runs the TypeScript blocks of the pages on the engine, as they are compiled."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final, Literal

from sandbox import Sandbox, run
from tests.docs.pages import Block
from tests.languages import kits

PROJECT: Final = "typescript-blocks"

# What the last program exports is what all of them do.
_ALL: Final = """\
module.exports = async () => {
    let exported = {};
    for (const name of NAMES) {
        exported = require(`./${name}.js`);
        exported = await (typeof exported === "function" ? exported() : exported);
    }
    return exported;
};
"""


def compiled(block: Block) -> Block:
    """Return a block as JavaScript; all blocks have been type-checked with the options of the example."""
    text = block.text
    [name] = [name for name, found in kits.page_blocks().items() if (found.page, found.content) == (block.page, text)]
    return replace(block, content=(kits.page_programs() / f"bin/{name}.js").read_text())


def pulumi(box: Sandbox, command: Literal["preview", "up"], *programs: Block) -> CompletedProcess[str]:
    """Preview or update one stack with compiled blocks, one after the other; a failure is a return code."""
    folder = box.folder / PROJECT
    folder.mkdir(exist_ok=True)
    names = _write(folder, {f"block-{number}": program for number, program in enumerate(programs)})
    (folder / "all.js").write_text(_ALL.replace("NAMES", json.dumps(names)))
    box.configure(folder)
    runner = kits.typescript() / "program/bin/run.js"
    automation = [kits.NODE, str(runner), str(folder / "all.js"), PROJECT, str(folder), command]
    return run(automation, cwd=folder, env=_env(box.env), timeout=box.timeout)


def up(box: Sandbox, *programs: Block) -> dict[str, Any]:
    """Run `pulumi up`, which must succeed; return what the last program exports."""
    done = pulumi(box, "up", *programs)
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(resources(box)[f"{PROJECT}-dev"].get("outputs", {}))


def resources(box: Sandbox) -> dict[str, dict[str, Any]]:
    """Return what the state holds, by the name of the resource."""
    state = json.loads(box.state_file(PROJECT).read_text())["checkpoint"]["latest"]["resources"]
    return {resource["urn"].rpartition("::")[2]: resource for resource in state}


def _write(folder: Path, programs: Mapping[str, Block]) -> list[str]:
    for name, program in programs.items():
        (folder / f"{name}.js").write_text(program.text)
    return [*programs]


def _env(env: Mapping[str, str]) -> dict[str, str]:
    """Let the programs find what they import."""
    folders = [kits.page_programs() / "node_modules", kits.node_modules()]
    return {**env, "NODE_PATH": os.pathsep.join(map(str, folders))}
