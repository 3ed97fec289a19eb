"""The schema that the plugin serves, from which the other languages' SDKs are made."""

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

import pulumi_ssm_perms
from tests.languages import plugin

COMMITTED = plugin.ROOT / "plugin/schema.json"
RELEASED = Path(__file__).with_name("released.txt")


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """What the plugin serves."""
    return plugin.schema()


def properties(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return every input and output with its definition."""
    kinds = {"input": "inputProperties", "output": "properties"}
    return {
        f"{token.split(':')[-1]} {kind} {name}": definition
        for token, resource in schema["resources"].items()
        for kind, key in kinds.items()
        for name, definition in resource[key].items()
    }


def undescribed(definition: Any) -> Any:
    """Return a definition without descriptions, also of elements: they may be reworded at any time."""
    if not isinstance(definition, dict):
        return definition
    return {key: undescribed(value) for key, value in definition.items() if key != "description"}


def summary(schema: dict[str, Any]) -> Iterator[str]:
    """Yield a line for every input and output: its name, whether it is required (an output: always there), its type."""
    for token, resource in schema["resources"].items():
        component = token.split(":")[-1]
        required = {f"{component} input {name}" for name in resource["requiredInputs"]}
        required |= {f"{component} output {name}" for name in resource["required"]}
        for name, definition in properties({"resources": {token: resource}}).items():
            shape = json.dumps(undescribed(definition))
            yield f"{name} {'required' if name in required else 'optional'} {shape}"


def released() -> set[str]:
    """Return the lines that users' programs may count on."""
    return {line for line in RELEASED.read_text().splitlines() if line and not line.startswith("#")}


def test_the_plugin_serves_the_committed_schema(schema: dict[str, Any]) -> None:
    """What the engine is told is the file in the repository."""
    assert json.loads(COMMITTED.read_text()) == schema


def test_the_committed_schema_is_that_of_the_components() -> None:
    """After a change of an input or of its description, `make schema` writes the file anew."""
    command = [sys.executable, "-P", str(plugin.ROOT / "plugin/make_schema.py")]
    made = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert COMMITTED.read_text() == made


def test_every_public_component_is_served(schema: dict[str, Any]) -> None:
    """What Python users can import, the others get as well."""
    public = [getattr(pulumi_ssm_perms, name) for name in pulumi_ssm_perms.__all__]
    components = {
        f"ssm-perms:index:{thing.__name__}"
        for thing in public
        if inspect.isclass(thing) and issubclass(thing, pulumi.ComponentResource)
    }

    assert set(schema["resources"]) == components


def test_everything_is_described(schema: dict[str, Any]) -> None:
    """Each component, input and output has a description of one line, as editors show it."""
    described = {**schema["resources"], **properties(schema)}

    assert [name for name, it in described.items() if not re.fullmatch(r"\S.{15,}\.", it["description"])] == []
    assert "\\n" not in COMMITTED.read_text()


def test_inputs_say_their_default(schema: dict[str, Any]) -> None:
    """A schema cannot hold defaults, so that the description says what leaving an input out means."""
    inputs = {name: it["description"] for name, it in properties(schema).items() if " input " in name}

    assert [name for name, text in inputs.items() if not re.search("Default: |Required\\.", text)] == []


def test_descriptions_are_for_every_language(schema: dict[str, Any]) -> None:
    """No description names an input or output as only Python does, or values as only Python writes them."""
    text = " ".join(it["description"] for it in properties(schema).values())

    assert re.findall(r"\b[a-z0-9]+_[a-z0-9_]+\b|\b(?:None|True|False)\b", text) == []


def test_nothing_released_changes(schema: dict[str, Any]) -> None:
    """No input or output is removed, renamed, given another type, or made required or optional."""
    assert released() - set(summary(schema)) == set()


def test_additions_are_optional_and_written_down(schema: dict[str, Any]) -> None:
    """What is added to the schema is added to the list, to be kept from then on; programs of before still run."""
    added = set(summary(schema)) - released()

    assert [line for line in added if " input " in line and " required " in line] == []
    assert added == set()
