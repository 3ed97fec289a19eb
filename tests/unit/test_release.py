"""`make release`: what it demands of a release, and what it leaves to a person."""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tools import release
from tools.release import disagreements, repository, version

ROOT = Path(__file__).parents[2]
VERSION = version(ROOT)
SECTION = f"## [{VERSION}] - 2026-01-31"


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """A repository in the state in which it may be published."""
    for name, text in committed().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    change(tmp_path / "CHANGELOG.md", "## [Unreleased]", f"## [Unreleased]\n\n{SECTION}")
    git(tmp_path, "init --quiet", "add --all", "commit --quiet -m Main", "update-ref refs/remotes/origin/main HEAD")
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    """Replace a text in a file, where it is for the first time; it has to be there."""
    text = file.read_text()
    assert old in text, f"{file.name} lacks {old!r}, which this test changes"
    file.write_text(text.replace(old, new, 1))


def committed(pattern: str = "") -> dict[str, str]:
    """Return the texts of the repository's files whose names have a pattern."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return {file: (ROOT / file).read_text() for file in listed if re.search(pattern, file) and (ROOT / file).is_file()}


def git(folder: Path, *commands: str) -> None:
    """Run commands of git in a folder."""
    me = ["-c", "user.name=me", "-c", "user.email=me@example.com", "-c", "commit.gpgsign=false"]
    for command in commands:
        subprocess.run(["git", *me, *command.split()], cwd=folder, check=True)


NO_RECORD: Final = f"There is no record of `make verify`, {release.RECORD}: this is an alpha, and "


@pytest.mark.slow
def test_a_release_that_agrees_is_ready(
    ready: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both distributions are built of locked packages, pass the index's checker, and a person is told what is left."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/")
    code = release.main(ready)
    out, err = capsys.readouterr()

    assert (code, err) == (0, "")
    assert re.sub("  [0-9a-f]{64}$", "", out, flags=re.MULTILINE).splitlines() == [
        f"pulumi_ssm_perms-{VERSION}.tar.gz",
        f"pulumi_ssm_perms-{VERSION}-py3-none-any.whl",
        *([] if (ready / release.RECORD).exists() else [f"{NO_RECORD}nobody knows what AWS says of it."]),
        "Ready. What only a person can do, in this order:",
        *release.by_hand(ready),
    ]


def test_make_release_fails_with_its_tool(tmp_path: Path) -> None:
    """The workflow, which runs the command, then publishes nothing."""
    bin_ = tmp_path / ".venv-release/bin"
    bin_.mkdir(parents=True)
    (bin_ / "python").write_text('#!/bin/sh\necho "$@" >ran; exit 1')
    (bin_ / "python").chmod(0o755)
    for name in ("Makefile", "requirements-release.lock"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    (bin_.parent / "release").touch()
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(["make", "release"], cwd=tmp_path, env=env, capture_output=True, check=False)

    assert ((tmp_path / "ran").read_text(), done.returncode) == ("-m tools.release\n", 2)


@pytest.mark.slow
def test_a_release_that_is_wrong_is_not_ready(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page that the index cannot show, a change that is not committed, and a commit outside main are named."""
    git(ready, "commit --quiet --allow-empty -m Beside")
    change(ready / "hatch_build.py", '"text/markdown", "text": text', '"text/x-rst", "text": "A page\\n==\\n\\n``open"')
    code = release.main(ready)
    problems = capsys.readouterr().err.splitlines()

    assert code == 1
    assert problems[:2] == [
        "Not ready: There are changes that are not committed.",
        "Not ready: This commit is not in origin/main: merge it there, then run `git fetch origin main`.",
    ]
    assert [line.partition(": Checking ")[0] for line in problems[2:]] == ["Not ready: The index would not take it"]


@pytest.mark.parametrize(
    ("here", "other", "problems"),
    [
        (None, "v0.0.9", []),
        (f"v{VERSION}", "v0.0.9", []),
        ("v0.0.9", None, [f"This commit has the tag v0.0.9, and its version is {VERSION}."]),
        (None, f"v{VERSION}", [
            f"v{VERSION} is another commit's tag: {VERSION} is released already, so write a newer version."
        ]),
    ],
)  # fmt: skip
def test_the_tag_is_the_version(ready: Path, here: str | None, other: str | None, problems: list[str]) -> None:
    """A commit may be without a tag yet; with one, it is that of its version, which no other commit has."""
    git(ready, *([f"tag {here}"] if here else []), "commit --quiet --allow-empty -m Other")
    git(ready, *([f"tag {other}"] if other else []), "reset --quiet --soft HEAD~")

    assert [*release.git_problems(ready)] == problems


LOG: Final = "CHANGELOG.md"
SDK: Final = '"name": "@session-manager/ssm-perms",\n            "version": '
WRONG: Final[Sequence[tuple[str, str, str, str]]] = [
    (LOG, f"{SECTION}\n", "## [0.0.9] - 2026-01-01\n",
     f"{LOG} begins with [0.0.9] - 2026-01-01: write `## [{VERSION}] - YYYY-MM-DD`."),
    (LOG, f"{SECTION}\n", f"## [{VERSION}]\n",
     f"{LOG} begins with [{VERSION}]: write `## [{VERSION}] - YYYY-MM-DD`."),
    (LOG, f"\n{SECTION}\n", f"- one more\n\n{SECTION}\n",
     f"{LOG} has unreleased changes: move them to the section of {VERSION}."),
    (release.LOCK, f'{SDK}"{VERSION}"', f'{SDK}"0.0.9"',
     f"{release.LOCK} has version 0.0.9 of the SDK: write {VERSION}."),
]  # fmt: skip
"""A file, what stands there, what is written instead, and what is said of it."""


def test_what_does_not_agree_is_named(ready: Path) -> None:
    """Everything that repeats the version is compared with pyproject.toml, and the answer says what to write."""
    found = []
    for name, old, new, _ in WRONG:
        right = (ready / name).read_text()
        change(ready / name, old, new)
        found.append([*disagreements(ready)])
        (ready / name).write_text(right)

    assert [*disagreements(ready)] == []
    assert found == [[problem] for *_, problem in WRONG]


HOLDS: Final = {
    "answered by": "AWS",
    "versions": {"pulumi-ssm-perms": VERSION},
    "claims": [{"holds": True}],
    "not run": [],
}
NONE: Final = f"There is no record of `make verify`: run it on AWS, or write '{release.ALPHA}' into pyproject.toml."
OLD: Final = f"{release.RECORD} is about {{}}, answered by {{}}: run `make verify` on AWS."
FAILED: Final = (
    f"{release.RECORD} has claims that do not hold or were not run: find out why, and run `make verify` again."
)


@pytest.mark.parametrize(
    ("record", "status", "problems"),
    [
        (None, "3 - Alpha", []),
        (None, "4 - Beta", [NONE]),
        (HOLDS, "4 - Beta", []),
        ({**HOLDS, "answered by": "not AWS"}, "3 - Alpha", [OLD.format(VERSION, "not AWS")]),
        ({**HOLDS, "versions": {"pulumi-ssm-perms": "0.0.9"}}, "3 - Alpha", [OLD.format("0.0.9", "AWS")]),
        ({**HOLDS, "claims": [{"holds": True}, {"holds": False}]}, "3 - Alpha", [FAILED]),
        ({**HOLDS, "not run": ["a claim"]}, "3 - Alpha", [FAILED]),
    ],
)
def test_what_was_not_tried_on_aws_is_an_alpha(ready: Path, record: object, status: str, problems: list[str]) -> None:
    """A record of this version counts, in which AWS answered and each claim holds."""
    project = ready / "pyproject.toml"
    project.write_text(re.sub(r"(Development Status :: ).*(?=\")", rf"\g<1>{status}", project.read_text()))
    (ready / release.RECORD).unlink(missing_ok=True)
    if record:
        (ready / release.RECORD).write_text(json.dumps(record))

    assert [*release.record_problems(ready)] == problems


ADDRESS: Final = re.escape(repository(ROOT).removeprefix("https://github.com/"))
UNOWNED: Final = re.compile(
    r"(pip install|uv add|uv pip install|poetry add|pipx install) ['\"]?pulumi[-_]ssm[-_]perms\b(?!/| @)"
    r"|pypi\.org/(project|simple)/pulumi|(?m:^pulumi-ssm-perms *([=<>~!].*)?$)"
    rf"|npm (install|i|add) @session-manager|github\.com[/:]{ADDRESS}|--(repo|signer-workflow)[ =]{ADDRESS}"
)


def test_no_page_sends_anybody_to_a_name_that_nobody_owns() -> None:
    """Anyone could publish under it: on an index, or on GitHub. `make release` says when this test goes."""
    texts = committed(r"\.md$|^\.github/|requirements\.txt$")
    wrong = [
        "pip install pulumi-ssm-perms",
        "https://pypi.org/project/pulumi-ssm-perms/",
        "pulumi-ssm-perms==0.1.0",
        "npm install @session-manager/ssm-perms",
        f"git clone {repository(ROOT)}",
        "go get github.com/pulumi-ssm-perms/pulumi-ssm-perms/sdk/go/ssmperms",
        f"pulumi-ssm-perms @ git+{repository(ROOT)}@COMMIT",
        "gh attestation verify FILE --repo pulumi-ssm-perms/pulumi-ssm-perms",
    ]

    assert [text for text in wrong if not UNOWNED.search(text)] == []
    assert {file: found[0] for file, text in texts.items() if (found := UNOWNED.search(text))} == {}
