"""`make release` and the workflows: what they demand of a release, and which address every file has."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from development import registry, release
from development.agreement import disagreements, repository, version

ROOT = Path(__file__).parents[2]
VERSION = version(ROOT)
ADDRESS = repository(ROOT)
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


@pytest.mark.slow
def test_a_release_that_agrees_is_ready(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both distributions are built, pass the index's checker, and can be imported where nothing else is installed."""
    code = release.main(ready)
    out, err = capsys.readouterr()

    assert (code, err) == (0, "")
    assert re.sub("  [0-9a-f]{64}$", "", out, flags=re.MULTILINE).splitlines() == [
        f"pulumi_ssm_perms-{VERSION}.tar.gz",
        f"pulumi_ssm_perms-{VERSION}-py3-none-any.whl",
        "Ready. What only a person can do, in this order:",
        *release.by_hand(ready),
    ]


@pytest.mark.slow
def test_a_release_that_is_wrong_is_not_ready(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A module that is missing, a page that the index cannot show and a commit outside main are named."""
    git(ready, "commit --quiet --allow-empty -m Beside")
    package = ready / "pulumi_ssm_perms"
    module = re.findall(r"^from \.(\w+) import", (package / "__init__.py").read_text(), re.MULTILINE)[0]
    (package / f"{module}.py").unlink()
    change(ready / "hatch_build.py", '"text/markdown", "text": text', '"text/x-rst", "text": "A page\\n==\\n\\n``open"')
    code = release.main(ready)
    problems = capsys.readouterr().err

    assert code == 1
    assert "Not ready: There are changes that are not committed." in problems
    assert "Not ready: This commit is not in origin/main: merge it there, then run `git fetch origin main`." in problems
    assert problems.count("whl: `twine …` failed: ") + problems.count("gz: `twine …` failed: ") == 2
    assert problems.count(f"No module named 'pulumi_ssm_perms.{module}'") == 2


LOG: Final = "CHANGELOG.md"
PICTURE: Final = "docs/who-needs-what.svg"
LOCK: Final = "examples/typescript/package-lock.json"
SDK: Final = '"name": "@session-manager/ssm-perms",\n            "version": '
FORK: Final = "https://github.com/other/fork"
HEADING: Final = registry.SECTIONS[registry.INDEX][0]
WRONG: Final[Sequence[tuple[str, str, str, str]]] = [
    (LOG, f"{SECTION}\n", "## [0.0.9] - 2026-01-01\n",
     f"{LOG} begins with [0.0.9] - 2026-01-01: write `## [{VERSION}] - YYYY-MM-DD`."),
    (LOG, f"{SECTION}\n", f"## [{VERSION}]\n",
     f"{LOG} begins with [{VERSION}]: write `## [{VERSION}] - YYYY-MM-DD`."),
    (LOG, f"\n{SECTION}\n", f"- one more\n\n{SECTION}\n",
     f"{LOG} has unreleased changes: move them to the section of {VERSION}."),
    (LOCK, f'{SDK}"{VERSION}"', f'{SDK}"0.0.9"',
     f"{LOCK} has version 0.0.9 of the SDK: write {VERSION}."),
    (registry.INSTALLATION, f"/plugin@v{VERSION}", "/plugin@v0.0.9",
     f"{registry.INSTALLATION} is not what README.md and the schema say: run `make registry`."),
    ("pyproject.toml", ADDRESS, FORK,
     f"plugin/schema.json has {ADDRESS}, not {FORK}: run `make schema`."),
    ("README.md", f"## {HEADING}\n", "## Another heading\n",
     f'README.md has no section "{HEADING}": name one that it has, in SECTIONS of development/registry.py'),
]  # fmt: skip
"""A file, what stands there, what is written instead, and what is said of it."""


def test_what_does_not_agree_is_named(ready: Path) -> None:
    """Everything that repeats version or address is compared with pyproject.toml, and the answer says what to write."""
    found = []
    for name, old, new, _ in WRONG:
        right = (ready / name).read_text()
        change(ready / name, old, new)
        found.append(disagreements(ready))
        (ready / name).write_text(right)
    agreed = disagreements(ready)
    (ready / PICTURE).unlink()

    assert agreed == []
    assert found == [[problem] for *_, problem in WRONG]
    assert disagreements(ready) == [
        f"README.md shows {ADDRESS}/raw/v{VERSION}/{PICTURE}: no such file is in the repository."
    ]


def test_owner_and_repository_are_written_once() -> None:
    """A person who owns another name changes one line; the other files that have it are made from that line.

    The import path of Go's SDK is another matter: it is what the CLI prints.
    """
    name = ADDRESS.removeprefix("https://github.com/")
    address = re.compile(rf"{re.escape(name)}(?!/sdk/go\b)")
    written = {file: len(address.findall(text)) for file, text in committed().items()}
    made = {"plugin/schema.json", *registry.pages(ROOT)}
    other = registry.addressed((ROOT / "SECURITY.md").read_text(), FORK)

    assert {file: count for file, count in written.items() if count and file not in made} == {"pyproject.toml": 1}
    assert name not in other, "`make registry` leaves an old address in SECURITY.md"


@pytest.mark.parametrize(
    ("here", "everywhere", "problems"),
    [
        ([], ["v0.9.0"], []),
        (["v1.0.0"], ["v0.9.0", "v1.0.0"], []),
        (["v1.0.1"], ["v1.0.1"], ["This commit has the tag v1.0.1, and its version is 1.0.0."]),
        ([], ["v1.0.0"], ["v1.0.0 is another commit's tag: 1.0.0 is released already, so write a newer version."]),
    ],
)
def test_the_tag_is_the_version(here: list[str], everywhere: list[str], problems: list[str]) -> None:
    """A commit may be without a tag yet; with one, it is that of its version, which no other commit has."""
    assert release.tag_problems("1.0.0", here, everywhere) == problems


def jobs(workflow: str) -> dict[str, Any]:
    """Return the jobs of a workflow, each with the commands of its steps."""
    found: dict[str, Any] = yaml.safe_load((ROOT / f".github/workflows/{workflow}.yml").read_text())["jobs"]
    return {
        name: {**job, "commands": [step["run"] for step in job.get("steps", []) if "run" in step]}
        for name, job in found.items()
    }


def test_the_workflows_do_what_the_package_says() -> None:
    """The tests run on each Python that the package supports; only a tested and built commit of main is published."""
    ci, published = jobs("ci"), jobs("release")
    supported = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text())
    build, publish = published["build"], published["publish"]

    assert ci["test"]["strategy"]["matrix"] == {"python": supported, "include": [{"python": "3.14", "unproven": True}]}
    assert ci["test"]["continue-on-error"] == "${{ matrix.unproven == true }}"
    assert ci["test"]["commands"] == [".ci/run"]
    assert ci["test"]["steps"][-1]["env"] == {"LANGUAGE_HOSTS": "required"}
    assert ci["macos"]["commands"] == ["make demo", "make check"]
    # Without its history, main cannot be compared with the tag.
    assert build["steps"][0]["with"]["fetch-depth"] == 0
    assert build["commands"] == ['git merge-base --is-ancestor "$GITHUB_SHA" origin/main', "make release"]
    assert (publish["needs"], publish["environment"]) == (["test", "build"], "pypi")


def test_each_week_runs_what_nobody_runs_by_hand() -> None:
    """Each long command has a job of its own; an issue is opened where a job fails or takes too long."""
    weekly = jobs("weekly")
    targets = weekly["long"]["strategy"]["matrix"]["target"]
    listed = subprocess.run(["make", "-C", ROOT, "help"], capture_output=True, text=True, check=True).stdout

    assert targets == ["test-newest", "test-oldest", "test-all", "assurance", "mutation", "bench", "audit"]
    assert [target for target in [*targets, "test-plugin"] if f"make {target} " not in listed] == []
    assert weekly["long"]["commands"] == ['make "$TARGET"']
    assert weekly["plugin"]["commands"][1] == "make test-plugin"
    assert weekly["tell"]["needs"] == [name for name in weekly if name != "tell"]
    # Without the first, a job that fails or takes too long prevents `tell`, too.
    assert re.findall(r"\w+\(\)|'\w+'", weekly["tell"]["if"]) == ["always()", "'failure'", "'cancelled'"]
    assert [name for name, job in weekly.items() if "continue-on-error" in job] == [], "its result is always success"


def test_dependabot_watches_every_folder_with_pins() -> None:
    """Go modules and npm packages that are committed are kept new. Python's locks have `make audit`."""
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
    watched = {each["package-ecosystem"]: each.get("directories") for each in updates}
    folders = {
        name: sorted(f"/{Path(file).parent}" for file in committed(rf"(^|/){name}$"))
        for name in ("go.mod", "package.json")
    }

    assert [watched[name] for name in ("github-actions", "gomod", "npm")] == [None, *folders.values()]


def test_a_weakness_is_reported_in_private() -> None:
    """SECURITY.md and the list of issue forms lead to the repository's advisory page."""
    page = f"{ADDRESS}/security/advisories/new"
    config = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/config.yml").read_text())

    assert f"({page})" in (ROOT / "SECURITY.md").read_text()
    assert [link["url"] for link in config["contact_links"]] == [page]


FROM_AN_INDEX: Final = re.compile(
    r"(pip install|uv add|uv pip install|poetry add|pipx install) ['\"]?pulumi[-_]ssm[-_]perms\b(?!/| @)"
    r"|pypi\.org/(project|simple)/pulumi|(?m:^pulumi-ssm-perms *([=<>~!].*)?$)"
)


def test_no_page_sends_anybody_to_an_index() -> None:
    """The name is not claimed yet, so anyone could publish under it. `make release` says when this test goes."""
    texts = committed(r"\.md$|^\.github/|requirements\.txt$")
    wrong = ("pip install pulumi-ssm-perms", "https://pypi.org/project/pulumi-ssm-perms/", "pulumi-ssm-perms==0.1.0")

    assert [text for text in wrong if not FROM_AN_INDEX.search(text)] == []
    assert {file: found[0] for file, text in texts.items() if (found := FROM_AN_INDEX.search(text))} == {}
