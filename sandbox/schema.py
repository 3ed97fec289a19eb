"""The package schema that programs in YAML are typed by, made of the classes of the installed `pulumi_aws`."""

import inspect
import json
import re
import typing
import warnings
from collections.abc import Mapping
from typing import Any

import pulumi_aws
from pulumi._types import input_type_types, output_type_types, resource_types

from sandbox.lookups import LOOK_UPS
from sandbox.resources import RESOURCES

_SIMPLE = {bool: "boolean", int: "integer", float: "number", str: "string"}
_ANY = {"$ref": "pulumi.json#/Any"}


def package_schema(version: str, config: Mapping[str, Any]) -> str:
    """Return the schema of the types that the provider has, with all properties of the real ones."""
    with warnings.catch_warnings(action="ignore"):  # of every old resource, used or not
        resources = {token: _resource(*_named(token)) for token in RESOURCES}
        functions = {token: _function(*_named(token)) for token in LOOK_UPS}
    settings = {"inputProperties": {key.removeprefix("aws:"): _ANY for key in config}}
    meta = {"name": "aws", "version": version, "meta": {"moduleFormat": "(.*)(?:/[^/]*)"}, "provider": settings}
    config_ = {"variables": settings["inputProperties"]}
    return json.dumps({**meta, "config": config_, "resources": resources, "functions": functions})


def _named(token: str) -> tuple[Any, str]:
    """Return the module and the name of a token."""
    name = token.split(":")[1].partition("/")[0]
    return pulumi_aws if name == "index" else getattr(pulumi_aws, name), token.rpartition(":")[2]


def _resource(module: Any, name: str) -> dict[str, Any]:
    args = getattr(module, f"{name}Args")
    required = [_camel(each.name) for each in inspect.signature(args).parameters.values() if each.default is each.empty]
    properties = _types(resource_types(getattr(module, name)))
    given = {"inputProperties": _types(input_type_types(args)), "requiredInputs": required}
    return {**given, "properties": properties, "required": []}


def _function(module: Any, name: str) -> dict[str, Any]:
    result = output_type_types(getattr(module, f"{name[0].upper()}{name[1:]}Result"))
    args = typing.get_type_hints(getattr(module, _snake(name)))
    given = {_camel(key): value for key, value in args.items() if key not in ("opts", "return")}
    return {"inputs": _object(given), "outputs": _object(result)}


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
