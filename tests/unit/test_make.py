"""The checks of the Makefile that run a program of others, here a stand-in: what it finds fails, and is shown."""

import subprocess
from pathlib import Path
from typing import Final

import pytest

KNOWN: Final = "pulumi_ssm_perms._run.x_known__mutmut_1"
NEW: Final = "pulumi_ssm_perms._run.x_new__mutmut_2"
NAMED: Final = [NEW, "No test notices these"]


@pytest.mark.parametrize(
    ("target", "script", "code", "begins"),
    [
        ("types", "echo 0 errors, 1 warning", 0, []),
        ("types", "echo 1 error; exit 1", 2, ["1 error"]),
        ("types", "exit 137", 2, [""]),
        ("mutation", f"echo '{NEW}: killed'; echo '{NEW}: timeout'", 0, []),
        ("mutation", f"echo '{NEW}: killed'; echo '{KNOWN}: survived'", 0, []),
        ("mutation", f"echo '{NEW}: killed'; echo '    {NEW}: survived'", 2, NAMED),
        ("mutation", f"echo '{NEW}: killed'; echo '    {NEW}: not checked'", 2, NAMED),
        ("mutation", "", 2, ["No test noticed any change"]),
        ("mutation", "exit 137", 2, []),
    ],
)
def test_what_a_program_finds_fails(tmp_path: Path, target: str, script: str, code: int, begins: list[str]) -> None:
    """An error or a crash of the type checker, and a change that no test notices unless the list has it."""
    (tmp_path / "bin").mkdir()
    for name, text in {"mypy": "", "basedpyright": script, "mutmut": script}.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "locked").touch()
    (tmp_path / "list").write_text(f"# comment\n{KNOWN}\n")
    command = ["make", "--no-print-directory", target, f"VENV={tmp_path}", f"SURVIVORS={tmp_path}/list"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    # What `mutmut run` prints comes first.
    printed = done.stdout.splitlines()[-len(begins) :] if begins else []

    assert (done.returncode, [line[: len(text)] for line, text in zip(printed, begins, strict=True)]) == (code, begins)
