"""Who imports what: others its public names alone, the sandbox nothing of theirs, private names in one place each."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import NamedTuple

import pytest

import sandbox
from sandbox import moto_internals, pulumi_internals

ROOT = Path(__file__).parents[2]
INTERNALS = {"moto": moto_internals, "pulumi": pulumi_internals}


class Import(NamedTuple):
    """What a file imports: a module, and for `from … import` the name."""

    file: str
    module: str
    name: str


@cache
def files(*patterns: str) -> list[str]:
    """Return the repository's files of these patterns."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [file for file in listed if (ROOT / file).exists()]


def imports(file: str) -> Iterator[Import]:
    """Yield what a file imports."""
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from (Import(file, node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (Import(file, alias.name, "") for alias in node.names)


def test_others_use_its_public_names_alone() -> None:
    """Outside nobody imports a module of the sandbox, or a name that it does not export."""
    found = [each for file in files("*.py") if not file.startswith("sandbox/") for each in imports(file)]
    of_sandbox = [each for each in found if each.module.split(".")[0] == "sandbox"]
    public = {"", *sandbox.__all__}

    assert of_sandbox
    assert [each for each in of_sandbox if each.module != "sandbox" or each.name not in public] == []


def test_it_knows_nothing_of_the_product() -> None:
    """Neither the sandbox nor its tests import anything else of this repository."""
    rooms = {file.split("/")[0] for file in files("*.py")} - {"sandbox"}
    found = [each for file in files("sandbox/*.py") for each in imports(file)]

    assert "pulumi_ssm_perms" in rooms
    assert [each for each in found if each.module.split(".")[0] in rooms] == []


def test_its_dependencies_are_those_of_its_group() -> None:
    """Whatever it imports is in its dependency group, or comes with the product: Pulumi."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named = [*project["dependency-groups"]["sandbox"], *project["project"]["dependencies"]]
    allowed = {re.split(r"[^\w-]", each)[0].replace("_", "-").lower() for each in named}
    own = [each for file in files("sandbox/*.py") if "/tests/" not in file for each in imports(file)]
    others = {each.module.split(".")[0] for each in own} - {*sys.stdlib_module_names, "sandbox"}
    packages = packages_distributions()

    assert {package.replace("_", "-").lower() for each in others for package in packages[each]} <= allowed


def test_one_room_each_for_what_is_not_public() -> None:
    """Only `moto_internals` imports moto, and only `pulumi_internals` what is private in Pulumi's SDK."""
    private = re.compile(r"pulumi\.(?:.*\.)?_")
    found = [each for file in files("*.py") if not file.startswith("pulumi_ssm_perms/") for each in imports(file)]
    moto = {each.file for each in found if each.module.split(".")[0] == "moto"}
    pulumi = {each.file for each in found if private.match(f"{each.module}.{each.name}")}

    assert moto == {"sandbox/moto_internals.py"}
    assert pulumi == {"sandbox/pulumi_internals.py"}


@pytest.mark.parametrize("package", INTERNALS)
def test_the_versions_are_those_that_were_read(package: str) -> None:
    """Another version of moto or of Pulumi's SDK is a reason to read its room again."""
    installed, room = version(package), INTERNALS[package]
    if installed not in room.KNOWN:
        pytest.fail(
            f"{package} is {installed}: read {room.__name__} beside it, and add it to KNOWN there", pytrace=False
        )


def test_an_engine_of_its_own_leaves_the_sdk_as_it_is(tools: None, tmp_path: Path) -> None:  # noqa: ARG001
    """What the sandbox changes in Pulumi's SDK, it changes for its own stacks, and not for those of `make verify`."""
    of_sdk = "_stack.LanguageServer, list(_GRPC_CHANNEL_OPTIONS)"
    state = {"PULUMI_BACKEND_URL": tmp_path.as_uri(), "PULUMI_HOME": str(tmp_path), "PULUMI_CONFIG_PASSPHRASE": "x"}
    code = (
        "import os, pathlib\n"
        "from pulumi.automation import _stack\n"
        "from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS\n"
        f"before = {of_sdk}\n"
        "import sandbox.box, sandbox.program\n"
        "path = os.pathsep.join([str(sandbox.find_cli().parent), os.environ['PATH']])\n"
        f"engine = sandbox.Engine({{**os.environ, **{state!r}, 'PATH': path}}, lambda: 60.0)\n"
        f"engine.stack(lambda: None, folder=pathlib.Path({str(tmp_path / 'app')!r}), name='dev', config={{}})\n"
        f"print(before == ({of_sdk}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "True\n"
