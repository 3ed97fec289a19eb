"""sandbox/README.md: its example passes, its command runs, and its table has every public name."""

import shlex
import subprocess
import sys
from pathlib import Path

import sandbox
from tests.docs.console import commands
from tests.docs.pages import ROOT, Block, shows, table

PAGE = "sandbox/README.md"


@shows(PAGE, "In a test")
def test_the_example_passes(tmp_path: Path, shown: list[Block]) -> None:
    """The test runs as it stands, and counts what the provider made of the fault."""
    (tmp_path / "test_example.py").write_text(shown[0].text)
    how = [sys.executable, "-P", "-m", "pytest", "--color=no", "-p", "no:cacheprovider", "-c", "/dev/null"]
    done = subprocess.run([*how, "test_example.py"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


@shows(PAGE, "Its programs")
def test_the_command_says_where_each_program_is(shown: list[Block]) -> None:
    """Each of the three programs has a line with the path to it."""
    [(command, _)] = commands(shown[0].text)
    _, *arguments = shlex.split(command)
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    found = dict(line.split() for line in done.stdout.splitlines())

    assert list(found) == ["pulumi", "pulumi-resource-aws", "pulumi-language-yaml"]
    assert all(Path(path).is_file() for path in found.values())


def test_every_public_name_is_explained() -> None:
    """The table has the names that the package exports, and no other."""
    assert sorted(name.strip("`") for name, _ in table(PAGE, "Public names")) == sorted(sandbox.__all__)
