"""The package schema that programs in YAML are typed by, made of the classes of the installed `pulumi_aws`."""

import importlib
import json
import re
import typing
import warnings
from collections.abc import Mapping
from typing import Any

from pulumi._types import _required_property_names, input_type_types, output_type_types, resource_types

from sandbox.lookups import LOOK_UPS
from sandbox.resources import RESOURCES

_SIMPLE = {bool: "boolean", int: "integer", float: "number", str: "string"}
_ANY = {"$ref": "pulumi.json#/Any"}


def package_schema(version: str, config: Mapping[str, Any]) -> str:
    """Return the schema of the types that the provider has, with all properties of the real ones."""
    resources, functions = {}, {}
    for token in RESOURCES:
        module, name = _module(token), token.rpartition(":")[2]
        given, made = input_type_types(getattr(module, f"{name}Args")), resource_types(getattr(module, name))
        needed = [*_required_property_names(getattr(module, f"{name}Args"))]
        resources[token] = {
            "inputProperties": _types(given), "requiredInputs": needed, "properties": _types(made), "required": [],
        }  # fmt: skip
    for token in LOOK_UPS:
        module, name = _module(token), token.rpartition(":")[2]
        result = output_type_types(getattr(module, f"{name[0].upper()}{name[1:]}Result"))
        args = typing.get_type_hints(getattr(module, _snake(name)))
        given = {_camel(key): value for key, value in args.items() if key not in ("opts", "return")}
        functions[token] = {"inputs": _object(given), "outputs": _object(result)}
    settings = {"inputProperties": {key.removeprefix("aws:"): _ANY for key in config}}
    return json.dumps(
        {"name": "aws", "version": version, "meta": {"moduleFormat": "(.*)(?:/[^/]*)"}, "resources": resources,
         "functions": functions, "provider": settings, "config": {"variables": settings["inputProperties"]}}
    )  # fmt: skip


def _module(token: str) -> Any:
    *module, file = token.split(":")[1].removeprefix("index/").split("/")
    with warnings.catch_warnings(action="ignore"):  # of every old resource, used or not
        return importlib.import_module(".".join(["pulumi_aws", *module, _snake(file)]))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": _types(properties)}


def _types(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _type(kind) for name, kind in properties.items()}


def _type(kind: Any) -> dict[str, Any]:
    choices = [each for each in typing.get_args(kind) if each is not type(None)]
    if typing.get_origin(kind) is typing.Union and len(choices) == 1:
        return _type(choices[0])
    origin = str(typing.get_origin(kind))
    if "Sequence" in origin:
        return {"type": "array", "items": _type(choices[0])}
    if "Mapping" in origin:
        return {"type": "object", "additionalProperties": _type(choices[1])}
    return {"type": _SIMPLE[kind]} if kind in _SIMPLE else _ANY
