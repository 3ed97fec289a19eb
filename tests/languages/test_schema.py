"""The schema that the plugin serves, from which the other languages' SDKs are made."""

import json
import re
from typing import Any

import pytest

from sandbox import Sandbox
from tests import plugin
from tests.languages import kits
from tests.pages import pages

COMMITTED = plugin.ROOT / "plugin/schema.json"


@pytest.fixture
def schema() -> dict[str, Any]:
    """The committed schema."""
    found: dict[str, Any] = json.loads(COMMITTED.read_text())
    return found


def properties(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return every input and output with its definition."""
    return {
        f"{token.split(':')[-1]} {kind} {name}": definition
        for token, resource in schema["resources"].items()
        for kind, key in {"input": "inputProperties", "output": "properties"}.items()
        for name, definition in resource[key].items()
    }


def test_the_plugin_serves_the_committed_schema(box: Sandbox, schema: dict[str, Any]) -> None:
    """What the engine is told is the file in the repository; the CLI leaves out what is empty."""
    executable = box.folder / "plugin" / plugin.NAME
    served = json.loads(box.pulumi("package", "get-schema", str(executable), cwd=box.folder).stdout)

    assert served == {"config": {}, **{key: value for key, value in schema.items() if value}}


def test_everything_is_described(schema: dict[str, Any]) -> None:
    """Each component, input and output has one line, in no language's own words, that says an input's default.

    A schema cannot hold defaults. Editors show the line.
    """
    described = {**schema["resources"], **properties(schema)}
    texts = {name: it["description"] for name, it in described.items()}
    inputs = [name for name in texts if " input " in name]

    assert [name for name, text in texts.items() if not re.fullmatch(r"\S.{15,}\.", text)] == []
    assert [name for name in inputs if not re.search(r"Default: |Required\.", texts[name])] == []
    assert re.findall(r"\b[a-z0-9]+_[a-z0-9_]+\b|\b(?:None|True|False)\b", " ".join(texts.values())) == []


@pytest.mark.usefixtures("programs")
def test_go_is_imported_as_the_cli_prints_it() -> None:
    """Programs, go.mod and pages name the path that `pulumi package add` prints, or its module, and no other."""
    printed = (kits.sdks() / "go-import").read_text()
    module = printed.removesuffix("/ssmperms")
    programs = [kits.EXAMPLES / "go/declare.go", kits.EXAMPLES / "go/go.mod", kits.HERE / "go/go.mod"]
    files = (*programs, *map(plugin.ROOT.joinpath, pages()))
    named = {file: set(re.findall(r"github\.com/[\w./-]+/sdk/go\b[\w/]*", file.read_text())) for file in files}

    assert (kits.sdks() / "go/go.mod").read_text().partition("\n")[0] == f"module {module}"
    assert [named[file] for file in programs] == [{printed}, {module}, {module}]
    assert {file: paths for file, paths in named.items() if not paths <= {printed, module}} == {}
