"""The programs that a sandbox needs, found or built: the Pulumi CLI, the sandbox's AWS provider, the YAML host."""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import semver

from sandbox import cache
from sandbox.cache import Say, ToolError
from sandbox.compiler import HERE
from sandbox.go import GoProgram, checked
from sandbox.process import ProcessTimeoutError, run

MINIMUM_CLI = semver.Version(3, 237, 0)

_INSTALL_SECONDS = 300.0
_VERSION_SECONDS = 30.0
# Settings and credentials of clouds, of Pulumi and Terraform, and of whatever else a user is logged in to.
_USERS = re.compile(
    r"(AWS|PULUMI|TF|ARM|AZURE|CLOUDSDK|GCLOUD|GCP|GH|GITHUB|GITLAB|GOOGLE|VAULT)_|KUBE"
    r"|.*(TOKEN|SECRET|PASSWORD|PASSPHRASE|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY)",
    re.IGNORECASE,
)
_INSTALL = (
    "import socket, sys; from pulumi.automation import PulumiCommand; import semver; socket.setdefaulttimeout(15);"
    "PulumiCommand.install(root=sys.argv[1], version=semver.VersionInfo.parse(sys.argv[2]))"
)
_GET_PULUMI = "the Pulumi CLI (https://www.pulumi.com/docs/install)"


def cli(say: Say = cache.stderr) -> Path:
    """Find the Pulumi CLI: on PATH, in the cache, by Pulumi's installer, by a build with Go; in this order.

    Raises:
        ToolError: None of them works.
    """
    tried: list[str] = []
    version = cli_version()
    found = _on_path(tried) or _cached("pulumi-installed", cache.key(version)) or _cached("pulumi", _source_key("cli"))
    if found:
        return found
    tried.append("an earlier build: none in the cache")
    installed = _install(version, tried, say)
    if installed:
        return installed
    flags = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{version}"
    what = f"Building the Pulumi CLI v{version} from its Go module: about 4 minutes, once per machine …"
    program = GoProgram("cli", "pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", flags)
    return _built(program, what, say, tried, f"\nInstall {_GET_PULUMI}, then run this again.")


def provider(say: Say = cache.stderr) -> Path:
    """Find or build the sandbox's AWS provider, `pulumi-resource-aws`."""
    what = "Building the sandbox's AWS provider: 1 to 2 minutes, once for each state of its sources …"
    return _built(GoProgram("provider", "pulumi-resource-aws", ".", "-s -w"), what, say)


def yaml_host(say: Say = cache.stderr) -> Path:
    """Find or build Pulumi's host for YAML programs, `pulumi-language-yaml`."""
    module = "github.com/pulumi/pulumi-yaml"
    version = _required("yaml", module)
    flags = f"-s -w -X {module}/pkg/version.Version={version}"
    what = f"Building Pulumi's YAML host {version} from its Go module: about a minute, once per machine …"
    return _built(GoProgram("yaml", "pulumi-language-yaml", f"{module}/cmd/pulumi-language-yaml", flags), what, say)


def cli_version() -> str:
    """Return the version of the CLI to build or install if there is none: `3.274.1`."""
    return _required("cli", "github.com/pulumi/pulumi/pkg/v3").removeprefix("v")


def plain_env() -> dict[str, str]:
    """Return this process's environment without the user's settings and credentials of clouds and Pulumi."""
    return {key: value for key, value in os.environ.items() if not _USERS.match(key)}


def _on_path(tried: list[str]) -> Path | None:
    found = shutil.which("pulumi")
    if found is None:
        tried.append("`pulumi` on PATH: not there")
        return None
    with tempfile.TemporaryDirectory() as home:
        env = {**plain_env(), "HOME": home, "PULUMI_HOME": home, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        try:
            printed = run([found, "version"], cwd=home, env=env, timeout=_VERSION_SECONDS).stdout.strip()
            version = semver.Version.parse(printed.removeprefix("v"))
        except (ProcessTimeoutError, OSError, ValueError):
            tried.append(f"`{found}`: does not say its version")
            return None
    if version < MINIMUM_CLI or version.major != MINIMUM_CLI.major:
        tried.append(f"`{found}`: is {version}, needed is {MINIMUM_CLI} or a later 3.x")
        return None
    return Path(found)


def _install(version: str, tried: list[str], say: Say) -> Path | None:
    def build(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as home:
            env = {**plain_env(), "HOME": home, "PULUMI_HOME": home}
            command = [sys.executable, "-c", _INSTALL, str(folder), version]
            checked(run(command, cwd=home, env=env, timeout=_INSTALL_SECONDS))

    what = f"Getting the Pulumi CLI {version} with Pulumi's installer: about 100 MB, once per machine …"
    try:
        return cache.make("pulumi-installed", cache.key(version), build, what, say) / "bin" / "pulumi"
    except (ToolError, ProcessTimeoutError) as error:
        reason = str(error).strip().splitlines()[-1]
        tried.append(f"Pulumi's installer: {reason}")
        say(f"  that did not work ({reason})")
        return None


def _built(program: GoProgram, what: str, say: Say, tried: Sequence[str] = (), advice: str = "") -> Path:
    name, key = program.executable, _source_key(program.source)
    try:
        return _cached(name, key, name) or _build(program, key, what, say)
    except (ToolError, ProcessTimeoutError) as error:
        lines = "".join(f"\n  - {line}" for line in [*tried, f"a build with Go: {error}"])
        raise ToolError(f"The sandbox needs `{name}` and could not get it. Tried:{lines}{advice}") from None


def _build(program: GoProgram, key: str, what: str, say: Say) -> Path:
    made = cache.make(program.executable, key, lambda folder: program.build(folder, plain_env(), say), what, say)
    return made / "bin" / program.executable


def _cached(name: str, key: str, executable: str = "pulumi") -> Path | None:
    found = cache.entry(name, key)
    return cache.own(found / "bin" / executable) if found else None


def _source_key(source: str) -> str:
    files = [file for file in (HERE / source).rglob("*") if file.suffix in (".go", ".mod", ".sum")]
    return cache.key(source, files=[file for file in files if not file.name.endswith("_test.go")])


def _required(source: str, module: str) -> str:
    found = re.search(rf"{re.escape(module)} (v\S+)", (HERE / source / "go.mod").read_text())
    if found is None:
        raise ToolError(f"sandbox/{source}/go.mod does not require {module}")
    return found[1]
