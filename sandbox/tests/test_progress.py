"""What a person sees who waits for a build."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import cache, tools
from sandbox.cache import Say
from sandbox.progress import Progress, Remaining, span
from sandbox.tests.machine import fake_go


def test_a_build_says_how_far_it_is(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While Go works, a person is told of modules, of packages that are compiled, of linking, and of the time left."""
    states: list[str] = []

    class Watched(Progress):
        def __init__(self, state: Callable[[], str], say: Say) -> None:
            self._see = state
            super().__init__(self._seen, say, every=0.02)

        def _seen(self) -> str:
            states.append(self._see())
            for word in ("1 modules", "1 of 2", "linking"):
                if word in states[-1]:
                    (machine / word).touch()
            return states[-1]

    def until(word: str) -> str:
        return f'until [ -e "{machine}/{word}" ]; do sleep 0.01; done'

    monkeypatch.setattr("sandbox.go.Progress", Watched)
    packages = "".join(
        f'{{"ImportPath": "{name}", "Dir": "{machine}", "GoFiles": ["{name}.go"], "Stale": {stale}}}\n'
        for name, stale in (("small", "true"), ("large", "true"), ("ready", "false"))
    )
    for name, size in (("small", 1_000_000), ("large", 3_000_000), ("ready", 9_000_000)):
        (machine / f"{name}.go").write_text(" " * size)
    (machine / "list").write_text(packages)
    fake_go(
        machine / "bin",
        listing=f'echo "go: downloading example.com/a v1.0.0" >&2; {until("1 modules")}; cat "{machine}/list"',
        then=f"echo small >&2; {until('1 of 2')}; echo large >&2; {until('linking')}",
    )
    tools.provider(lambda _: None)
    seen = list(dict.fromkeys(re.sub(r", about .* yet$", ", about … yet", state) for state in states))

    assert [state for state in seen if " 0 " not in state] == [
        "pulumi-resource-aws: getting its sources, 1 modules so far",
        "pulumi-resource-aws: 1 of 2 packages compiled, about … yet",
        "pulumi-resource-aws: linking, about … yet",
    ]


@pytest.mark.parametrize(
    ("elapsed", "done", "words"),
    [
        (0, 0.0, "about 7 minutes yet"),
        (100, 0.0, "about 5 minutes yet"),
        (60, 0.1, "about 7 minutes yet"),
        (300, 0.5, "about 5 minutes yet"),
        (90, 0.6, "about 60 s yet"),
        (400, 0.99, "about 10 s yet"),
    ],
)
def test_the_time_that_is_left(elapsed: float, done: float, words: str) -> None:
    """At first it is what was expected, and soon what the work until now tells."""
    times = iter([0.0, elapsed])

    assert Remaining(400.0, lambda: next(times)).words(done) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0, "10 s"), (44.0, "40 s"), (89.0, "90 s"), (90.0, "2 minutes"), (400.0, "7 minutes")]
)
def test_a_time_in_words(seconds: float, words: str) -> None:
    """Nobody needs the second, least of all in a guess."""
    assert span(seconds) == words


class FakeTerminal(io.StringIO):
    """Where a person looks on."""

    def isatty(self) -> bool:
        """Be a terminal."""
        return True


def test_on_a_terminal_the_line_changes_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person sees one line that is written anew, and nothing of it stays."""
    screen = FakeTerminal()
    monkeypatch.setattr("sys.stderr", screen)
    with Progress(lambda: "half", cache.stderr, every=0.01):
        while "half" not in screen.getvalue():
            pass

    assert set(screen.getvalue().split("\r\x1b[2K")) == {"", "  … half"}
    assert screen.getvalue().endswith("\r\x1b[2K")
