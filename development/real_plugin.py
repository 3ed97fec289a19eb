"""`make test-plugin`: runs the engine's tests with Pulumi's own AWS plugin, and writes a page of the differences."""

import os
import re
import subprocess
import sys
import sysconfig
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

ROOT: Final = Path(__file__).parents[1]
MADE: Final = ROOT / ".venv"
PAGE: Final = MADE / "real-plugin.md"

# Each of these passes with the sandbox's provider. If it fails here, the plugin differs.
TESTS: Final = ("tests/engine", "sandbox/tests/test_provider.py")
_OURS: Final = "sandbox/tests/test_provider.py::test_the_providers_own_tests_pass"


class Outcome(NamedTuple):
    """A test's outcome: `passed`, or `differs` or `not run` with the first line that says why."""

    test: str
    result: str
    why: str = ""


def main() -> int:
    """Run the tests, write the page, and return pytest's exit code."""
    results = MADE / "real-plugin.xml"
    results.unlink(missing_ok=True)
    pytest = [Path(sysconfig.get_path("scripts"), "pytest"), "-n", "2", "--dist", "loadscope", "--timeout=900"]
    command = [*pytest, f"--junitxml={results}", f"--deselect={_OURS}", *(sys.argv[1:] or TESTS)]
    code = subprocess.run(command, cwd=ROOT, env={**os.environ, "SANDBOX_AWS_PLUGIN": "real"}, check=False).returncode
    PAGE.write_text(page(outcomes(results)) if results.exists() else "The tests did not begin: see the log.\n")
    return code


def outcomes(results: Path) -> list[Outcome]:
    """Read pytest's report on each test."""
    cases = ET.parse(results).iter("testcase")  # noqa: S314 - pytest wrote it a moment ago
    return [_outcome(case) for case in cases]


def _outcome(case: ET.Element) -> Outcome:
    test = f"{case.get('classname', '')}::{case.get('name', '')}".replace("|", "\\|")
    for kind, result in {"failure": "differs", "error": "differs", "skipped": "not run"}.items():
        found = case.find(kind)
        if found is not None:
            return Outcome(test, result, _why(found))
    return Outcome(test, "passed")


def _why(found: ET.Element) -> str:
    """Return the engine's own error if there is one: pytest's message is too short for it."""
    errors = re.findall(r"(?m)^E? *(error: .*)$", found.text or "")
    return errors[0] if errors else found.get("message", "").partition("\n")[0]


def page(found: list[Outcome]) -> str:
    """Return the page: how many tests passed, what differs, and what was not run."""
    by_result: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in found:
        by_result[outcome.result].append(outcome)
    counts = ", ".join(f"{len(by_result[result])} {result}" for result in ("passed", "differs", "not run"))
    parts = ["# Pulumi's own AWS plugin against the sandbox's AWS", f"pulumi-aws {version('pulumi-aws')}: {counts}."]
    for result in ("differs", "not run"):
        rows = [f"| `{each.test}` | {_cell(each.why)} |" for each in by_result[result]]
        parts += [f"## {result.capitalize()}", "\n".join(["| test | why |", "|---|---|", *rows])] if rows else []
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")[:300]


if __name__ == "__main__":
    sys.exit(main())
