"""Pulumi's own language hosts, as its installation has them: which are here, and what a machine with them is like."""

import functools
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sandbox import find_cli
from tests.languages import kits
from tests.languages.plugin import ROOT

# Others are called as their language, and need nothing else.
_NEEDS: Final = {"typescript": ("pulumi-language-nodejs", "node", "npm"), "go": ("pulumi-language-go", "go")}
_PARTS: Final = (
    *("pulumi_ssm_perms", "plugin", "examples", "pyproject.toml", "hatch_build.py"),
    *("README.md", "LICENSE", "Pulumi.yaml"),
)


@functools.cache
def missing(language: str) -> list[str]:
    """Name what a language's programs need and is neither beside the CLI nor on PATH."""
    path = os.pathsep.join([str(find_cli().parent), os.environ.get("PATH", os.defpath)])
    needs = _NEEDS.get(language, (f"pulumi-language-{language}",))
    return [program for program in needs if shutil.which(program, path=path) is None]


def clone(folder: Path) -> Path:
    """Copy what a clone has and users need, without what running it makes."""
    for name in _PARTS:
        if (ROOT / name).is_dir():
            kits.copy(ROOT / name, folder / name)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


def settings() -> Iterator[tuple[str, str]]:
    """Yield the environment of a machine that has the hosts, with nothing of ours on PATH.

    What is to be installed in the virtual environments is there already, so no index is asked.
    """
    first = [sys.executable, str(find_cli())]
    yield "PATH", os.pathsep.join([*map(os.path.dirname, first), os.environ.get("PATH", os.defpath)])
    yield "PYTHONPATH", ""
    yield "PIP_NO_INDEX", "1"
    yield "PIP_NO_COMPILE", "1"
    yield "PIP_FIND_LINKS", str(kits.wheels())
    yield "npm_config_cache", str(Path("~/.npm").expanduser())
    yield "npm_config_userconfig", str(Path("~/.npmrc").expanduser())
    yield "npm_config_prefer_offline", "true"
