"""`make test-all`: runs `make test` with every supported Python on this machine, each in an environment of its own.

Then the tests that need no engine, with the oldest Pulumi and AWS provider that the package says it takes.
"""

import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
say = functools.partial(print, flush=True)


def supported() -> list[str]:
    """Return the versions that the package says it supports."""
    return re.findall(r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text())


def find(version: str) -> str | None:
    """Return an interpreter of a version: on PATH, or where uv or pyenv keep theirs."""
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "python", "find", "--no-project", "--offline", version]
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    found = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    candidates = [found.stdout.strip(), shutil.which(f"python{version}")]
    candidates += sorted(map(str, Path.home().glob(f".pyenv/versions/{version}.*/bin/python")))
    return next((each for each in candidates if each and is_version(each, version)), None)


def is_version(python: str, version: str) -> bool:
    """Say whether an interpreter runs and is of a version."""
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=False)
    return done.stdout.strip() == version


def oldest() -> list[str]:
    """Return the run-time dependencies at the lower ends of their ranges."""
    bounds = re.findall(r'"(pulumi[\w-]*)>=([\d.]+),', (ROOT / "pyproject.toml").read_text())
    return [f"{name}=={'.'.join([*version.split('.'), '0', '0'][:3])}" for name, version in bounds]


def test_with_oldest() -> int:
    """Run the tests of units and components with these, in an environment of its own; return how it ended."""
    environment = ".venv-oldest"
    python = f"{environment}/bin/python"
    install = [f"{environment}/bin/uv", "pip", "install", "--quiet", "--python", python, *oldest()]
    test = [python, "-P", "-m", "pytest", "-n", "2", "tests/unit", "tests/component"]
    for command in (["make", "--no-print-directory", f"VENV={environment}", f"{environment}/locked"], install, test):
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        if code:
            return code
    return 0


def main() -> int:
    """Run all, say which were not found, and fail if one fails or none was found."""
    results = {}
    for version in supported():
        python = find(version)
        if python is None:
            say(f"Python {version}: not found on this machine, not tested")
            continue
        say(f"Python {version}: {python}")
        command = ["make", "--no-print-directory", "test", f"PYTHON={python}", f"VENV=.venv-{version}"]
        results[version] = subprocess.run(command, cwd=ROOT, check=False).returncode
    say(f"Oldest dependencies: {' '.join(oldest())}")
    results["of the first found, oldest dependencies"] = test_with_oldest()
    for version, code in results.items():
        say(f"Python {version}: {'passed' if code == 0 else 'FAILED'}")
    return 0 if results and not any(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
