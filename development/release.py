"""`make release`: builds what is published, and checks it; publishes nothing."""

import hashlib
import json
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from development.agreement import disagreements, tag_problems, version
from development.publishing import by_hand
from pulumi_ssm_perms import policy_document

ROOT: Final = Path(__file__).parents[1]
BIN: Final = Path(sysconfig.get_path("scripts"))

# Runs a program from standard input with Pulumi's mocks, and prints the inputs of its policies.
UNDER_MOCKS: Final = """
import json, sys
import pulumi

policies = []

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        if args.typ == "aws:iam/rolePolicy:RolePolicy":
            policies.append(args.inputs)
        return f"{args.name}-id", args.inputs

    def call(self, args):
        return {}

@pulumi.runtime.test
def run():
    exec(compile(sys.stdin.read(), "README.md", "exec"), {"__name__": "__main__"})

pulumi.runtime.set_mocks(Mocks())
run()
json.dump(policies, sys.stdout)
"""


def main(root: Path = ROOT) -> int:
    """Do everything, then print the problems or, without problems, what to do next; return the exit code."""
    problems = [*disagreements(root), *_git_problems(root)]
    for built in build(root):
        print(f"{built.name}  {hashlib.sha256(built.read_bytes()).hexdigest()}", flush=True)
        problems += [f"{built.name}: {problem}" for problem in problems_of(built, root)]
    for problem in problems:
        print(f"Not ready: {problem}", file=sys.stderr)
    if not problems:
        print("Ready. What only a person can do, in this order:", *by_hand(root), sep="\n")
    return 1 if problems else 0


def build(root: Path) -> list[Path]:
    """Build the source distribution, and from it the wheel; return both."""
    dist = root / "dist"
    for old in dist.glob("*"):
        old.unlink()
    _run([BIN / "uv", "build", "--quiet", "--no-build-isolation", "--python", sys.executable, "--out-dir", dist], root)
    return [*dist.glob("*.tar.gz"), *dist.glob("*.whl")]


def problems_of(built: Path, root: Path) -> list[str]:
    """List the problems of a distribution: of its metadata, its installation, and README.md's first program."""
    checked = subprocess.run(
        [BIN / "twine", "check", "--strict", built], capture_output=True, text=True, check=False, cwd=root
    )
    found = [f"twine: {checked.stdout.strip()}"] if checked.returncode else []
    program = first_program((root / "README.md").read_text())
    with tempfile.TemporaryDirectory() as folder:
        try:
            written = run_in_empty_environment(built, program, Path(folder), root)
        except subprocess.CalledProcessError as error:
            return [*found, f"`{error.cmd[0]} …` failed: {error.stderr.strip()}"]
    policies = [json.loads(inputs["policy"]) for inputs in written]
    wanted = [policy_document(allow_update_instance_information=True)]
    return found if policies == wanted else [*found, f"README.md's first program writes {policies}"]


def first_program(readme: str) -> str:
    """Return README.md's first program, which grants what Session Manager needs and the agent's heartbeat."""
    program = re.search(r"```python\n([\s\S]*?)```", readme)
    if program is None:
        raise ValueError("README.md has no program")
    return program[1]


def run_in_empty_environment(built: Path, program: str, folder: Path, root: Path) -> list[dict[str, Any]]:
    """Install a distribution in an empty environment, run a program there, and return its policies.

    The dependencies have the versions of the tests.
    """
    python = folder / "bin" / "python"
    locked = root / "requirements.lock"
    _run([BIN / "uv", "venv", "--quiet", "--python", sys.executable, folder], root)
    limits: list[str | Path] = ["--constraint", locked, "--build-constraint", locked]
    _run([BIN / "uv", "pip", "install", "--quiet", "--python", python, *limits, built], root)
    policies: list[dict[str, Any]] = json.loads(_run([python, "-I", "-c", UNDER_MOCKS], folder, program))
    return policies


def _git_problems(root: Path) -> list[str]:
    changed = _run(["git", "status", "--porcelain"], root)
    here = _run(["git", "tag", "--list", "v*", "--points-at", "HEAD"], root).split()
    elsewhere = set(_run(["git", "tag", "--list", "v*"], root).split()) - set(here)
    uncommitted = ["There are changes that are not committed."] if changed else []
    return [*uncommitted, *tag_problems(version(root), here, sorted(elsewhere))]


def _run(command: Sequence[str | Path], folder: Path, given: str = "") -> str:
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=folder, input=given, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
