"""The checks of the Makefile that run a program of others, here a stand-in: what it finds fails, and is shown."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
KNOWN: Final = "pulumi_ssm_perms._run.x_known__mutmut_1"
NEW: Final = "pulumi_ssm_perms._run.x_new__mutmut_2"


def make(folder: Path, target: str, programs: Mapping[str, str]) -> tuple[int, list[str]]:
    """Make a target with these shell scripts as its programs; return the exit code and what they printed."""
    (folder / "bin").mkdir()
    (folder / "locked").touch()
    (folder / "list").write_text(f"# comment\n{KNOWN}\n")
    for name, script in programs.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / "bin" / name).chmod(0o755)
    command = ["make", "--no-print-directory", target, f"VENV={folder}", f"SURVIVORS={folder}/list"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(
    ("script", "code", "printed"),
    [
        ("echo 0 errors, 0 warnings", 0, []),
        ("echo 0 errors, 1 warning; echo a warning", 0, []),
        ("echo 1 error; exit 1", 2, ["1 error"]),
        ("exit 137", 2, [""]),
    ],
    ids=["nothing", "a warning", "an error", "a crash"],
)
def test_an_error_or_a_crash_of_the_type_checker_fails(
    tmp_path: Path, script: str, code: int, printed: list[str]
) -> None:
    """Only an exit code of 0 passes."""
    assert make(tmp_path, "types", {"mypy": "", "basedpyright": script}) == (code, printed)


@pytest.mark.parametrize(
    ("run", "results", "code", "begins"),
    [
        ("", f"{NEW}: killed\n{NEW}: timeout", 0, []),
        ("", f"x: killed\n{KNOWN}: survived", 0, []),
        ("", f"x: killed\n{NEW}: survived", 2, [NEW, "No test notices these"]),
        ("", f"x: killed\n{NEW}: not checked", 2, [NEW, "No test notices these"]),
        ("", "", 2, ["No test noticed any change"]),
        ("exit 1", f"{NEW}: killed", 2, []),
    ],
    ids=["all noticed", "a known survivor", "a survivor", "a change without a test", "no change", "a crash"],
)
def test_a_new_survivor_of_the_mutations_is_named(
    tmp_path: Path, run: str, results: str, code: int, begins: list[str]
) -> None:
    """A change that no test notices fails unless the list has it; so does a run that checks nothing."""
    mutmut = f"case $1 in run) {run or ':'};; *) printf '    %s\\n' '{results}';; esac"
    found, printed = make(tmp_path, "mutation", {"mutmut": mutmut})

    assert (found, [line[: len(text)] for line, text in zip(printed, begins, strict=True)]) == (code, begins)
