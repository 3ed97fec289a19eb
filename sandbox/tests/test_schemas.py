"""The sandbox's provider takes what the real one takes: its inputs are compared with the classes of `pulumi_aws`."""

import importlib
import inspect
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from sandbox import Sandbox, tools

# Modules of `pulumi_aws` warn of their own old names when they are imported.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

# What `inspect` finds in a signature that is no input.
_NOT_INPUTS: Final = {"__self__", "self", "opts"}
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


def real_resource(token: str) -> Callable[..., Any]:
    """Return the class of a resource's inputs, which is the first that its module exports, under whatever name."""
    module, file = token.split(":")[1].split("/")
    own = importlib.import_module(f"pulumi_aws.{module}.{snake(file)}")
    found: Callable[..., Any] = getattr(own, own.__all__[0])
    return found


def real_function(token: str) -> Callable[..., Any]:
    """Return a function of the real SDK."""
    _, file, name = token.split(":")
    module = file.split("/")[0]
    package = importlib.import_module("pulumi_aws" if module == "index" else f"pulumi_aws.{module}")
    found: Callable[..., Any] = getattr(package, snake(name))
    return found


def inputs(of: Callable[..., Any]) -> dict[str, bool]:
    """Return the inputs of the real one by name, and whether it needs each."""
    parameters = inspect.signature(of).parameters.values()
    return {each.name: each.default is each.empty for each in parameters if each.name not in _NOT_INPUTS}


def test_every_input_of_a_resource_is_a_real_one(schema: Schema) -> None:
    """It has the real one's name and is required where that is, and none that is required is left out."""
    ours: dict[str, dict[str, bool]] = {}
    theirs: dict[str, dict[str, bool]] = {}
    for token, found in schema["resources"].items():
        required = found.get("requiredInputs", [])
        ours[token] = {snake(name): name in required for name in found["inputProperties"]}
        wanted = inputs(real_resource(token))
        theirs[token] = {name: needed for name, needed in wanted.items() if needed or name in ours[token]}

    assert ours == theirs


def test_every_argument_of_a_function_is_a_real_one(schema: Schema) -> None:
    """It has the real one's name; the SDK does not say which of them are required."""
    unknown: dict[str, set[str]] = {}
    for token, found in schema["functions"].items():
        ours = {snake(name) for name in found["inputs"].get("properties", {})}
        unknown[token] = ours - inputs(real_function(token)).keys()

    assert {token: names for token, names in unknown.items() if names} == {}
