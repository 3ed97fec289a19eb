"""What `pulumi install` asks for, on a machine without any of Pulumi's own language hosts."""

import os
import sys
from pathlib import Path

import pytest

from sandbox import run
from tests.git_server import clone
from tests.languages import kits


@pytest.mark.usefixtures("tools")
def test_the_wheels_are_all_that_pulumi_installs(tmp_path: Path) -> None:
    """Without an index, pip finds in the cache what `pulumi install` asks for, in a clone and for a generated SDK."""
    plugin = clone(tmp_path) / "plugin"
    wanted = ["pip", "setuptools", "wheel", "parver", "--requirement=requirements.txt"]
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", *wanted]
    done = run(command, cwd=plugin, env={**os.environ, **dict(kits.host_settings())}, timeout=300)

    assert done.returncode == 0, done.stderr
