"""docs/architecture.md: its tables are what the repository is."""

import ast
import inspect
import subprocess
from collections.abc import Iterator

import pulumi

from tests.pages import ROOT, table

PAGE = "docs/architecture.md"


def test_the_table_has_each_module() -> None:
    """Every module of the package is in the table, and no other."""
    rows = [name.strip("`") for row in table(PAGE, "The modules") for name in row[0].split(", ")]
    modules = {file.stem for file in (ROOT / "pulumi_ssm_perms").glob("_*") if file.stem[:2] != "__"}

    assert sorted(rows) == sorted(modules)


def test_the_table_has_every_folder() -> None:
    """Each folder of the repository is in the table, and no other."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = {file.split("/")[0] for file in listed.splitlines() if "/" in file}

    assert {name for row in table(PAGE, "The folders") for name in row[0].replace("`", "").split(", ")} == folders


UNDOCUMENTED = {name for name, method in inspect.getmembers(pulumi.Output, inspect.isfunction) if not method.__doc__}


def not_documented(code: str) -> Iterator[str]:
    """Yield what a module takes from within the SDK, and the methods of an Output that it awaits."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.ImportFrom(module=str(module)) if module.startswith(("pulumi.", "pulumi_aws.")):
                yield from (f"{module}.{each.name}" for each in node.names)
            case ast.Import():
                yield from (each.name for each in node.names if each.name.startswith(("pulumi.", "pulumi_aws.")))
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="pulumi"), attr="runtime"), attr=name):
                yield from {f"pulumi.runtime.{name}"} - {f"pulumi.runtime.{each}" for each in pulumi.runtime.__all__}
            case ast.Await(value=ast.Call(func=ast.Attribute(attr=method))) if method in UNDOCUMENTED:
                yield f"Output.{method}"


def test_the_table_has_each_name_that_pulumi_does_not_document() -> None:
    """What the code takes from within the SDK is in the table. Ruff refuses names with an underscore."""
    rows = [
        name.strip("`")
        for row in table(PAGE, "Names of Pulumi's SDK that it doesn't document")
        for name in row[0].split(", ")
    ]
    modules = (ROOT / "pulumi_ssm_perms").rglob("*.py")

    assert sorted(rows) == sorted({name for module in modules for name in not_documented(module.read_text())})


def test_each_safeguard_has_its_test() -> None:
    """The tests that the table of safeguards names are there."""
    named = [test.strip("`") for *_, test in table(PAGE, "Why each safeguard is there")]

    assert named != []
    assert [test for test in named if not (ROOT / test).is_file()] == []
