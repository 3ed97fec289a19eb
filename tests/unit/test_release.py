"""`make release`: what it demands of a release, what it says is wrong, and that a good one passes all of it."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
import yaml

from development import release
from development.agreement import disagreements, tag_problems, version

ROOT = Path(__file__).parents[2]
VERSION = version(ROOT)
FILES = [
    *("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "requirements.lock", ".gitignore"),
    *("plugin/schema.json", "docs/other-languages.md", "examples/typescript/package-lock.json"),
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
        f"Ready. A push of the tag publishes it: git tag v{VERSION} && git push origin v{VERSION}",
    ]


@pytest.mark.slow
def test_a_distribution_that_is_wrong_is_not_ready(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A package without a file and a page that the index cannot show are found, and so is what is not committed."""
    commit(ready)
    package = ready / "pulumi_ssm_perms"
    module = re.findall(r"^from \.(\w+) import", (package / "__init__.py").read_text(), re.MULTILINE)[0]
    (package / f"{module}.py").unlink()
    change(ready / "pyproject.toml", 'readme = "README.md"', 'readme = "NOTHING.rst"')
    (ready / "NOTHING.rst").write_text("A page\n==\n\n``open")
    code = release.main(ready)
    problems = capsys.readouterr().err

    assert code == 1
    assert "Not ready: There are changes that are not committed." in problems
    assert problems.count(": twine: Checking ") == 2
    assert problems.count(f"No module named 'pulumi_ssm_perms.{module}'") == 2


def test_what_the_release_runs_is_the_readme_s_beginning() -> None:
    """It is the first program of the page."""
    program = release.first_program((ROOT / "README.md").read_text())

    assert program == (
        "from pulumi_ssm_perms import SessionManagerPermissions\n\n"
        'SessionManagerPermissions("web", {"role": "web", "allow_update_instance_information": True})\n'
    )


LOG: Final = "CHANGELOG.md"
OTHER: Final = "docs/other-languages.md"
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
    "plugin/schema.json is of version 0.0.9: run `make schema`.": (
        "plugin/schema.json", f'"version": "{VERSION}"', '"version": "0.0.9"',
    ),
    f"{LOCK} has version 0.0.9 of the SDK: write {VERSION}.": (
        LOCK, f'{SDK}"{VERSION}"', f'{SDK}"0.0.9"',
    ),
    f"{OTHER} tells people to add version 0.0.9 of the plugin: write {VERSION}.": (
        OTHER, f"/plugin@v{VERSION}", "/plugin@v0.0.9",
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
