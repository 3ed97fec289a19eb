"""`make mutation`, once mutmut has run: names the changes that no test notices, but for those that are known."""

import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Final

KNOWN: Final = Path(__file__).parents[1] / "tests/survivors.txt"
_NOTICED: Final = {"killed", "timeout", "skipped", "caught by type check"}


def main() -> int:
    """Compare what mutmut has found with the list of those that are known; return the exit code."""
    mutmut = Path(sysconfig.get_path("scripts"), "mutmut")
    printed = subprocess.run([mutmut, "results", "--all", "true"], check=True, capture_output=True, text=True).stdout
    problems = wrong(printed.splitlines(), KNOWN.read_text().splitlines())
    print(*problems, sep="\n")
    return 1 if problems else 0


def wrong(results: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return what is wrong with results, lines such as `NAME: survived`; some names are known."""
    found = dict(line.strip().rsplit(": ", 1) for line in results if ": " in line)
    if "killed" not in found.values():
        return ["No test noticed any change: did the tests run?"]
    survived = {name for name, result in found.items() if result not in _NOTICED}
    new = sorted(survived - {line.strip() for line in known})
    why = f"No test notices these, and {KNOWN.name} does not have them. `mutmut show NAME` shows one."
    return [*new, why] if new else []


if __name__ == "__main__":
    sys.exit(main())
