"""The way of `make test-plugin`, as far as it can be gone without a download: from the CLI to a policy on a role."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pytest

from sandbox import find_cli, find_provider

# The engine gets what the CLI has installed; here that is the sandbox's provider. All else is asked of the real CLI.
CLI: Final = """\
#!/bin/sh
[ "$1 $2" = "plugin install" ] || exec "{cli}" "$@"
folder="$PULUMI_HOME/plugins/resource-$4-$5"
mkdir -p "$folder" && cp "{provider}" "$folder" && echo "$@" >>"{told}"
"""
PROGRAM: Final = """\
from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox

with Sandbox() as box:
    arn = box.create_role("web")
    box.stack(lambda: SessionManagerPermissions("web", role=arn) and None).up()
    print(len(box.role_policies("web")))
"""


@pytest.mark.usefixtures("tools")
@pytest.mark.own_provider("stands in for the download of the real plugin")
def test_an_update_runs_with_the_plugin_that_the_cli_installs(tmp_path: Path) -> None:
    """The CLI is asked once for the SDK's version; that plugin finds its account, and writes the policy."""
    cli = tmp_path / "pulumi"
    cli.write_text(CLI.format(cli=find_cli(), provider=find_provider(), told=tmp_path / "told"))
    cli.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, "XDG_CACHE_HOME": str(tmp_path / "cache"), "SANDBOX_AWS_PLUGIN": "real"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
    assert (tmp_path / "told").read_text() == f"plugin install resource aws v{version('pulumi-aws')}\n"
