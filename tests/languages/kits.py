"""What is built before a program of a language can run: SDKs, node modules, compiled programs. All kept in the cache.

`python -m tests.languages.kits` builds all of it, so that no test has to wait.
"""

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from pathlib import Path

from sandbox import ToolError, cached, go_environment, run
from tests.languages import toolchains
from tests.languages.plugin import ROOT

HERE = Path(__file__).parent
EXAMPLES = ROOT / "examples"
SCHEMA = ROOT / "plugin/schema.json"

_NODE_SDK = "@session-manager/ssm-perms"
_SECONDS = 900.0

# What running an example leaves in its folder, and the plugin in its own.
_MADE = ("bin", "node_modules", "sdks", "venv", "__pycache__", "Pulumi.*.yaml")


def sdks() -> Path:
    """Generate the SDKs from the schema, with Pulumi's own generators: folders `go` and `nodejs`."""

    def build(folder: Path) -> None:
        _call(["go", "run", "-trimpath", ".", str(SCHEMA), str(folder)], HERE / "codegen")

    return _made(
        "ssm-perms-sdks", [SCHEMA, *own_files(HERE / "codegen")], build, "Generating the TypeScript and Go SDKs"
    )


def node_modules() -> Path:
    """Install what the TypeScript example's lock file says."""
    pinned = [EXAMPLES / "typescript/package.json", EXAMPLES / "typescript/package-lock.json"]

    def build(folder: Path) -> None:
        for file in pinned:
            shutil.copy(file, folder)
        _call(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)

    return _made("ssm-perms-node", pinned, build, "Installing the Node packages of the example") / "node_modules"


def wheels() -> Path:
    """Get what `pulumi install` puts into a virtual environment, in the versions that are tested here."""
    here = importlib.metadata.distributions()
    pinned = sorted(f"{found.name}=={found.version}" for found in here if found.name != "pulumi-ssm-perms")
    wanted = ["pulumi", "pulumi-aws", "parver", "hatchling", "pip", "setuptools", "wheel"]

    def build(folder: Path) -> None:
        (folder / "pinned.txt").write_text("\n".join(pinned))
        _call([sys.executable, "-m", "pip", "download", "--quiet", "--constraint=pinned.txt", *wanted], folder)

    name = f"ssm-perms-wheels-{sys.version_info.major}{sys.version_info.minor}"
    return _made(name, [ROOT / "requirements.lock"], build, "Getting the Python packages that Pulumi's host installs")


def typescript() -> Path:
    """Type-check and compile `example` and `program`: each to its `bin/index.js`; the runner is with the latter."""
    modules, generated = node_modules(), sdks() / "nodejs"
    sources = {"example": EXAMPLES / "typescript", "program": HERE / "typescript"}

    def build(folder: Path) -> None:
        _link_modules(modules, folder / "node_modules")
        sdk = folder / "node_modules" / _NODE_SDK
        shutil.copytree(generated, sdk)
        _compile(modules, sdk)
        shutil.copy(sdk / "package.json", sdk / "bin")
        for name, source in sources.items():
            copy(source, folder / name)
            _compile(modules, folder / name)

    files = [*own_files(generated), *(file for source in sources.values() for file in own_files(source))]
    return _made("ssm-perms-typescript", files, build, "Compiling the TypeScript programs")


def go() -> Path:
    """Compile the example as it stands, and `bin/example` and `bin/program` with the runner in the place of `main`."""
    generated, runner, example = sdks() / "go", HERE / "go", EXAMPLES / "go"

    def build(folder: Path) -> None:
        _build_go(example, generated, folder / "bin/as-it-stands")
        copy(runner, folder / "example")
        shutil.copy(example / "declare.go", folder / "example")
        _build_go(folder / "example", generated, folder / "bin/example")
        _build_go(runner, generated, folder / "bin/program")

    files = [*own_files(generated), *own_files(runner), *own_files(example)]
    return _made("ssm-perms-go", files, build, "Compiling the Go programs: about a minute")


def copy(source: Path, target: Path) -> None:
    """Copy a folder, without what running it made."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*_MADE))


def _made(name: str, files: Iterable[Path], build: Callable[[Path], None], what: str) -> Path:
    return cached(name, build, sources=[Path(__file__), *files], what=f"{what} …")


def own_files(folder: Path) -> list[Path]:
    """List a folder's files, but for those that running it made."""
    own = (file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
    return [folder / file for file in own if not any(fnmatch(part, made) for part in file.parts for made in _MADE)]


def _link_modules(modules: Path, folder: Path) -> None:
    """Link what is installed, but for the SDK, which the example expects where `pulumi install` makes it."""
    folder.mkdir()
    for module in modules.iterdir():
        if module.name != Path(_NODE_SDK).parent.name:
            (folder / module.name).symlink_to(module)


def _compile(modules: Path, folder: Path) -> None:
    _call(["node", str(modules / "typescript/bin/tsc"), "--project", str(folder)], folder)


def _build_go(source: Path, generated: Path, output: Path) -> None:
    """Compile a copy of a module that finds the generated SDK where `pulumi install` makes it."""
    module = output.with_suffix(".module")
    copy(source, module)
    shutil.copytree(generated, module / "sdks/session-manager-ssm-perms")
    _call(["go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", f"-o={output}", "."], module)
    shutil.rmtree(module)


def _call(command: list[str], folder: Path) -> None:
    done = run(command, cwd=folder, env=go_environment(os.environ), timeout=_SECONDS)
    if done.returncode != 0:
        raise ToolError(f"`{' '.join(command)}` failed:\n{done.stdout}\n{done.stderr}")


def main() -> None:
    """Build what can be built here; the tests say what cannot."""
    for language, build in {"typescript": typescript, "go": go}.items():
        if not toolchains.missing(language):
            build()


if __name__ == "__main__":
    main()
