"""Pulumi's own AWS plugin, if it can be downloaded: whether to use it, which version, and from where."""

import os
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

from sandbox import cache, tools
from sandbox.cache import Say
from sandbox.go import checked
from sandbox.process import run

_INSTALL_SECONDS: Final = 900.0


def wanted() -> bool:
    """Whether the engine must run it instead of the sandbox's provider (`SANDBOX_AWS_PLUGIN=real`)."""
    return os.environ.get("SANDBOX_AWS_PLUGIN") == "real"


def provider(say: Say = cache.stderr) -> Path:
    """Return the AWS plugin for the engine: this one, or the sandbox's."""
    return find(say) if wanted() else tools.provider(say)


def find(say: Say = cache.stderr) -> Path:
    """Find it in the cache, or let the Pulumi CLI download it, in the version of the installed `pulumi_aws`.

    The engine finds it on PATH, like the sandbox's provider. Each sandbox has its own Pulumi home, so a plugin there
    would be downloaded each time.

    Raises:
        ToolError: It could not be downloaded.
    """
    wanted_version = f"v{version('pulumi-aws')}"

    def build(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as home:
            env = {**tools.plain_env(), "HOME": home, "PULUMI_HOME": str(folder), "PULUMI_SKIP_UPDATE_CHECK": "true"}
            command = [str(tools.cli(say)), "plugin", "install", "resource", "aws", wanted_version]
            checked(run(command, cwd=home, env=env, timeout=_INSTALL_SECONDS))

    what = f"Getting Pulumi's own AWS plugin {wanted_version}: about 200 MB, once per machine …"
    made = cache.make("pulumi-aws-plugin", cache.key(wanted_version), build, what, say)
    return made / "plugins" / f"resource-aws-{wanted_version}" / "pulumi-resource-aws"
