"""`make test-all`: runs `make test` with every supported Python on this machine, each in its own environment."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACES = (".pyenv/versions", ".local/share/uv/python")


def supported() -> list[str]:
    """Return the versions that the package supports."""
    return re.findall(r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text())


def find(version: str) -> str | None:
    """Return an interpreter of a version: from PATH, pyenv or uv."""
    kept = (python for place in PLACES for python in sorted(Path.home().glob(f"{place}/*{version}.*/bin/python")))
    return next((each for each in (f"python{version}", *map(str, kept)) if runs(each, version)), None)


def runs(python: str, version: str) -> bool:
    """Return whether an interpreter runs and has this version."""
    script = f"import sys; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')"
    try:
        return subprocess.run([python, "-c", script], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def main() -> int:
    """Run all, say which are missing, and fail if one fails or all are missing."""
    results = {}
    for version in supported():
        python = find(version)
        print(f"Python {version}: {python or 'not found on this machine, not tested'}", flush=True)
        if python:
            command = ["make", "--no-print-directory", "test", f"PYTHON={python}", f"VENV=.venv-{version}"]
            results[version] = subprocess.run(command, cwd=ROOT, check=False).returncode
    for version, code in results.items():
        print(f"Python {version}: {'passed' if code == 0 else 'FAILED'}")
    return 0 if results and not any(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
