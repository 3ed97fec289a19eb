"""`make release`: what it demands of a release, what it says is wrong, and that a good one passes all of it."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
import yaml

from development import registry, release
from development.agreement import disagreements, repository, tag_problems, version
from development.publishing import by_hand
from tests.docs.pages import blocks

ROOT = Path(__file__).parents[2]
VERSION = version(ROOT)
ADDRESS = repository(ROOT)
EXAMPLES = [file for files in registry.EXAMPLES.values() for file in files]
FILES = [
    *("pyproject.toml", "hatch_build.py", "README.md", "CHANGELOG.md", "LICENSE", "requirements.lock", ".gitignore"),
    *("plugin/schema.json", registry.INDEX, registry.INSTALLATION, "examples/typescript/package-lock.json", *EXAMPLES),
]
SECTION = f"## [{VERSION}] - 2026-01-31"


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """A folder of what is published, in the state in which it may be."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "pulumi_ssm_perms", tmp_path / "pulumi_ssm_perms")
    change(tmp_path / "CHANGELOG.md", "## [Unreleased]", f"## [Unreleased]\n\n{SECTION}")
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    """Replace a text in a file, where it is for the first time; it has to be there."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def commit(folder: Path) -> None:
    """Make the folder a repository, in which all of it is committed."""
    me = ["-c", "user.name=me", "-c", "user.email=me@example.com", "-c", "commit.gpgsign=false"]
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message=All"]):
        subprocess.run(["git", *me, *command], cwd=folder, check=True)


@pytest.mark.slow
def test_a_release_that_agrees_is_ready(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both distributions are built, pass the index's checker, and work where nothing else is installed."""
    commit(ready)
    code = release.main(ready)
    out, err = capsys.readouterr()

    assert code == 0
    assert err == ""
    assert re.sub("  [0-9a-f]{64}$", "", out, flags=re.MULTILINE).splitlines() == [
        f"pulumi_ssm_perms-{VERSION}.tar.gz",
        f"pulumi_ssm_perms-{VERSION}-py3-none-any.whl",
        "Ready. What only a person can do, in this order:",
        *by_hand(ready),
    ]


@pytest.mark.slow
def test_a_distribution_that_is_wrong_is_not_ready(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A package without a file and a page that the index cannot show are found, and so is what is not committed."""
    commit(ready)
    package = ready / "pulumi_ssm_perms"
    module = re.findall(r"^from \.(\w+) import", (package / "__init__.py").read_text(), re.MULTILINE)[0]
    (package / f"{module}.py").unlink()
    change(ready / "hatch_build.py", '"text/markdown", "text": text', '"text/x-rst", "text": "A page\\n==\\n\\n``open"')
    code = release.main(ready)
    problems = capsys.readouterr().err

    assert code == 1
    assert "Not ready: There are changes that are not committed." in problems
    assert problems.count(": twine: Checking ") == 2
    assert problems.count(f"No module named 'pulumi_ssm_perms.{module}'") == 2


def test_what_the_release_runs_is_the_readme_s_beginning() -> None:
    """It is the first program of the page."""
    program = release.first_program((ROOT / "README.md").read_text())

    assert program == next(block.content for block in blocks("README.md") if block.language == "python")


LOG: Final = "CHANGELOG.md"
LOCK: Final = "examples/typescript/package-lock.json"
SDK: Final = '"name": "@session-manager/ssm-perms",\n            "version": '
WRONG: Final[Mapping[str, tuple[str, str, str]]] = {
    f"{LOG} begins with [0.0.9] - 2026-01-01: write `## [{VERSION}] - YYYY-MM-DD`.": (
        LOG, f"{SECTION}\n", "## [0.0.9] - 2026-01-01\n",
    ),
    f"{LOG} begins with [{VERSION}]: write `## [{VERSION}] - YYYY-MM-DD`.": (LOG, f"{SECTION}\n", f"## [{VERSION}]\n"),
    f"{LOG} has unreleased changes: move them to the section of {VERSION}.": (
        LOG, f"\n{SECTION}\n", f"- one more\n\n{SECTION}\n",
    ),
    'README.md has no section "Install": name one that it has, in SECTIONS of development/registry.py': (
        "README.md", "## Install\n", "## How to get it\n",
    ),
    f"{LOCK} has version 0.0.9 of the SDK: write {VERSION}.": (
        LOCK, f'{SDK}"{VERSION}"', f'{SDK}"0.0.9"',
    ),
    f"{registry.INSTALLATION} is not what README.md and the schema say: run `make registry`.": (
        registry.INSTALLATION, f"/plugin@v{VERSION}", "/plugin@v0.0.9",
    ),
}  # fmt: skip


def test_what_does_not_agree_is_named(ready: Path) -> None:
    """Everything that repeats the version is compared with it, and the answer says what to write."""
    found = {}
    for problem, (name, old, new) in WRONG.items():
        right = (ready / name).read_text()
        change(ready / name, old, new)
        found[problem] = disagreements(ready)
        (ready / name).write_text(right)

    assert disagreements(ready) == []
    assert found == {problem: [problem] for problem in WRONG}


def test_the_schema_is_of_the_version_and_the_repository(ready: Path) -> None:
    """The schema, and with it the registry's pages, has both from pyproject.toml."""
    change(ready / "pyproject.toml", f'version = "{VERSION}"', 'version = "9.9.9"')
    change(ready / "pyproject.toml", ADDRESS, "https://github.com/other/fork")
    found = [problem for problem in disagreements(ready) if problem.startswith("plugin/schema.json")]

    assert found == [
        f"plugin/schema.json has {VERSION}, not 9.9.9: run `make schema`.",
        f"plugin/schema.json has {ADDRESS}, not https://github.com/other/fork: run `make schema`.",
    ]


def test_owner_and_repository_are_written_once() -> None:
    """A person who owns another name changes one line; the other files that have it are made from that line."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    name = ADDRESS.removeprefix("https://")
    written = {file: (ROOT / file).read_text().count(name) for file in listed.splitlines() if (ROOT / file).is_file()}
    made = {"plugin/schema.json", registry.README, registry.INDEX, registry.INSTALLATION}

    assert {file: count for file, count in written.items() if count and file not in made} == {"pyproject.toml": 1}


@pytest.mark.parametrize(
    ("here", "elsewhere", "problems"),
    [
        ([], ["v0.9.0"], []),
        (["v1.0.0"], [], []),
        (["v1.0.1"], [], ["This commit has the tag v1.0.1, and its version is 1.0.0."]),
        ([], ["v1.0.0"], ["v1.0.0 is another commit's tag: 1.0.0 is released already, so write a newer version."]),
    ],
)
def test_the_tag_is_the_version(here: list[str], elsewhere: list[str], problems: list[str]) -> None:
    """A commit may be without a tag yet; with one, it is that of its version, which no other commit has."""
    found = tag_problems("1.0.0", here, elsewhere)

    assert found == problems


def test_the_workflows_do_what_the_package_says() -> None:
    """The tests run on each Python that the package says it supports; a tag is published after tests and build."""
    ci, published = (
        yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text())["jobs"] for name in ("ci", "release")
    )
    supported = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text())

    assert ci["test"]["strategy"]["matrix"]["python"] == supported
    assert [step["run"] for step in ci["test"]["steps"] if "run" in step] == [".ci/run"]
    assert [step["run"] for step in ci["macos"]["steps"] if "run" in step] == ["make demo", "make check"]
    assert [step["run"] for step in published["build"]["steps"] if "run" in step] == ["make release"]
    assert published["publish"]["needs"] == ["test", "build"]


def test_each_week_runs_what_nobody_runs_by_hand() -> None:
    """Each long command has a job of its own; an issue is opened where one fails, but not yet for the real plugin."""
    jobs = yaml.safe_load((ROOT / ".github/workflows/weekly.yml").read_text())["jobs"]
    targets = jobs["long"]["strategy"]["matrix"]["target"]
    listed = subprocess.run(["make", "-C", ROOT, "help"], capture_output=True, text=True, check=True).stdout

    assert targets == ["test-newest", "test-oldest", "test-all", "assurance", "mutation", "bench"]
    assert [target for target in [*targets, "test-plugin"] if f"make {target} " not in listed] == []
    assert jobs["long"]["steps"][-1]["run"] == 'make "$TARGET"'
    assert "make test-plugin" in [step.get("run") for step in jobs["plugin"]["steps"]]
    assert jobs["plugin"]["continue-on-error"] is True, "a difference of the real plugin must not hide the others"
    assert jobs["tell"]["needs"] == ["long"]
