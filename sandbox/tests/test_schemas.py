"""The sandbox's provider takes what the real one takes: its inputs are compared with the classes of `pulumi_aws`."""

import ast
import importlib.util
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox, tools

Schema = Mapping[str, Any]


@pytest.fixture(scope="module")
def schema(shared_box: Sandbox) -> Schema:
    """Return the schema that the sandbox's provider serves."""
    done = shared_box.pulumi("package", "get-schema", str(tools.provider()), cwd=shared_box.folder)
    found: Schema = json.loads(done.stdout)
    return found


def snake(name: str) -> str:
    """Write a name of a schema as Python does."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def real(token: str) -> ast.Module:
    """Return the real SDK's source about a token. It isn't imported: that is slow, and `s3` warns of its old names."""
    found = importlib.util.find_spec("pulumi_aws")
    assert found is not None
    assert found.origin is not None
    *module, file = token.split(":")[1].replace("index/", "").split("/")
    return ast.parse(Path(found.origin).parent.joinpath(*module, f"{snake(file)}.py").read_text())


def inputs_of_resource(token: str) -> dict[str, bool]:
    """Return a resource's inputs by name, and whether it needs each: what the first class of its source takes."""
    first = next(node for node in real(token).body if isinstance(node, ast.ClassDef))
    made = next(node for node in first.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    return {
        each.arg: default is None for each, default in zip(made.args.kwonlyargs, made.args.kw_defaults, strict=True)
    }


def arguments_of_function(token: str) -> set[str]:
    """Return a function's arguments."""
    name = snake(token.split(":")[2])
    found = next(node for node in real(token).body if isinstance(node, ast.FunctionDef) and node.name == name)
    return {each.arg for each in found.args.args}


def test_every_input_of_a_resource_is_a_real_one(schema: Schema) -> None:
    """It has the real one's name and is required where that is, and none that is required is left out."""
    ours: dict[str, dict[str, bool]] = {}
    theirs: dict[str, dict[str, bool]] = {}
    for token, found in schema["resources"].items():
        required = found.get("requiredInputs", [])
        ours[token] = {snake(name): name in required for name in found["inputProperties"]}
        wanted = inputs_of_resource(token)
        theirs[token] = {name: needed for name, needed in wanted.items() if needed or name in ours[token]}

    assert ours == theirs


def test_every_argument_of_a_function_is_a_real_one(schema: Schema) -> None:
    """It has the real one's name; the SDK does not say which of them are required."""
    unknown: dict[str, set[str]] = {}
    for token, found in schema["functions"].items():
        ours = {snake(name) for name in found["inputs"].get("properties", {})}
        unknown[token] = ours - arguments_of_function(token)

    assert {token: names for token, names in unknown.items() if names} == {}
