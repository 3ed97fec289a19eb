"""The programs that a sandbox needs, found or built: the Pulumi CLI, the AWS provider, the host for YAML."""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import semver

from sandbox import cache
from sandbox.cache import Say, ToolError
from sandbox.go import HERE, GoProgram, checked
from sandbox.process import ProcessTimeoutError, run

# Older engines resolve no function by the `parent` of a request, which tests in YAML need.
MINIMUM_CLI = semver.Version(3, 255, 0)

_INSTALL_SECONDS = 300.0
_PLUGIN_SECONDS = 900.0
_VERSION_SECONDS = 30.0
# Settings and credentials of clouds, of Pulumi and Terraform, and of whatever else a user is logged in to.
USERS = re.compile(
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
    wanted = cli_version()
    if own := _on_path(tried):
        return own
    built = cache.path("pulumi", sources=_sources("cli"), facts=["cli"]) / "bin" / "pulumi"
    if not built.exists():
        try:
            return _installed(wanted, say)
        except ToolError as error:
            reason = str(error).strip().splitlines()[-1]
            tried.append(f"Pulumi's installer: {reason}")
            say(f"  that did not work ({reason})")
    flags = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{wanted}"
    what = f"Building the Pulumi CLI v{wanted} from its Go module: about 4 minutes, once per machine …"
    program = GoProgram("cli", "pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", flags)
    return _built(program, what, say, tried, f"\nInstall {_GET_PULUMI}, then run this again.")


def provider(say: Say = cache.stderr) -> Path:
    """Find or build the sandbox's AWS provider, or get Pulumi's own plugin where `real_plugin` says so."""
    if real_plugin():
        return _real_plugin(say)
    what = "Building the sandbox's AWS provider: 1 to 2 minutes, once for each state of its sources …"
    return _built(GoProgram("provider", "pulumi-resource-aws", ".", "-s -w"), what, say)


def real_plugin() -> bool:
    """Whether the engine must run Pulumi's own AWS plugin instead of the sandbox's (`SANDBOX_AWS_PLUGIN=real`)."""
    return os.environ.get("SANDBOX_AWS_PLUGIN") == "real"


def yaml_host(say: Say = cache.stderr) -> Path:
    """Find Pulumi's host for YAML programs beside the CLI, where Pulumi installs it, or build it."""
    name, module = "pulumi-language-yaml", "github.com/pulumi/pulumi-yaml"
    beside = cli(say).resolve().with_name(name)
    if beside.exists():
        return beside
    wanted = _required("yaml", module)
    what = f"Building Pulumi's YAML host {wanted} from its Go module: about a minute, once per machine …"
    flags = f"-s -w -X {module}/pkg/version.Version={wanted}"
    return _built(GoProgram("yaml", name, f"{module}/cmd/{name}", flags), what, say)


def cli_version() -> str:
    """Return the version of the CLI to build or install if there is none: `3.274.1`."""
    return _required("cli", "github.com/pulumi/pulumi/pkg/v3").removeprefix("v")


def plain_env() -> dict[str, str]:
    """Return this process's environment without the user's settings and credentials of clouds and Pulumi."""
    return {key: value for key, value in os.environ.items() if not USERS.match(key)}


def _on_path(tried: list[str]) -> Path | None:
    found = shutil.which("pulumi")
    if found is None:
        tried.append("`pulumi` on PATH: not there")
        return None
    try:
        its = semver.Version.parse(_call([found, "version"], _VERSION_SECONDS).strip().removeprefix("v"))
    except (ToolError, ValueError):
        tried.append(f"`{found}`: does not say its version")
        return None
    if its < MINIMUM_CLI or its.major != MINIMUM_CLI.major:
        tried.append(f"`{found}`: is {its}, needed is {MINIMUM_CLI} or a later 3.x")
        return None
    return Path(found)


def _installed(wanted: str, say: Say) -> Path:
    def install(folder: Path) -> None:
        _call([sys.executable, "-c", _INSTALL, str(folder), wanted], _INSTALL_SECONDS)

    what = f"Getting the Pulumi CLI {wanted} with Pulumi's installer: about 100 MB, once per machine …"
    return cache.cached("pulumi-installed", install, what=what, facts=[wanted], say=say) / "bin" / "pulumi"


def _real_plugin(say: Say) -> Path:
    """Let the CLI download the plugin, in the version of the installed `pulumi_aws`.

    Each sandbox has a Pulumi home of its own, where it would be downloaded each time.
    """
    wanted = f"v{version('pulumi-aws')}"

    def install(folder: Path) -> None:
        command = [str(cli(say)), "plugin", "install", "resource", "aws", wanted]
        _call(command, _PLUGIN_SECONDS, PULUMI_HOME=str(folder))

    what = f"Getting Pulumi's own AWS plugin {wanted}: about 200 MB, once per machine …"
    made = cache.cached("pulumi-aws-plugin", install, what=what, facts=[wanted], say=say)
    return made / "plugins" / f"resource-aws-{wanted}" / "pulumi-resource-aws"


def _built(program: GoProgram, what: str, say: Say, tried: Sequence[str] = (), advice: str = "") -> Path:
    def build(folder: Path) -> None:
        program.build(folder, plain_env(), say)

    name, source = program.executable, program.source
    try:
        return cache.cached(name, build, sources=_sources(source), facts=[source], what=what, say=say) / "bin" / name
    except (ToolError, ProcessTimeoutError) as error:
        lines = "".join(f"\n  - {line}" for line in [*tried, f"a build with Go: {error}"])
        raise ToolError(f"The sandbox needs `{name}` and could not get it. Tried:{lines}{advice}") from None


def _call(command: Sequence[str], seconds: float, **more_env: str) -> str:
    """Run a program with an empty home and without the user's settings; return what it prints.

    Raises:
        ToolError: It failed, took too long, or isn't a program.
    """
    with tempfile.TemporaryDirectory() as home:
        env = {**plain_env(), "HOME": home, "PULUMI_HOME": home, "PULUMI_SKIP_UPDATE_CHECK": "true", **more_env}
        try:
            return checked(run(command, cwd=home, env=env, timeout=seconds))
        except (ProcessTimeoutError, OSError) as error:
            raise ToolError(str(error)) from None


def _sources(source: str) -> list[Path]:
    files = [file for file in (HERE / source).rglob("*") if file.suffix in (".go", ".mod", ".sum")]
    return [file for file in files if not file.name.endswith("_test.go")]


def _required(source: str, module: str) -> str:
    found = re.search(rf"{re.escape(module)} (v\S+)", (HERE / source / "go.mod").read_text())
    if found is None:
        raise ToolError(f"sandbox/{source}/go.mod does not require {module}")
    return found[1]
