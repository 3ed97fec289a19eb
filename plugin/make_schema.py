"""`make generate`: writes the schema of every public component to schema.json beside this file."""

import ast
import importlib.metadata
import inspect
import itertools
import json
import re
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi.provider.experimental.component import ComponentProvider

import pulumi_ssm_perms
from pulumi_ssm_perms import _grants

PROJECT: Final = importlib.metadata.metadata("pulumi-ssm-perms")
ADDRESSES: Final = dict(address.split(", ") for address in PROJECT.get_all("Project-URL", []))
PACKAGE: Final = "ssm-perms"
NAMESPACE: Final = "session-manager"
TITLE: Final = "Session Manager Permissions"

# The SDK's name in each language. Go's is the repository's address: the CLI prints that, whatever is written here.
LANGUAGES: Final = {
    "nodejs": {"packageName": f"@{NAMESPACE}/{PACKAGE}"},
    "python": {"packageName": f"{NAMESPACE}-{PACKAGE}".replace("-", "_")},
    "go": {"importBasePath": f"{ADDRESSES['Repository'].partition('//')[2]}/sdk/go/{PACKAGE.replace('-', '')}"},
    "csharp": {"rootNamespace": "SessionManager"},
    "java": {"basePackage": "com.sessionmanager"},
}

# The SDK's analyzer finds inherited inputs too, but describes only those of the class itself.
INHERITED: Final = (_grants.GrantArgs, _grants.ComponentGrantArgs)


def schema() -> dict[str, Any]:
    """Infer the schema, and describe everything in it on one line with the schema's names."""
    public = (getattr(pulumi_ssm_perms, name) for name in pulumi_ssm_perms.__all__)
    components = [thing for thing in public if inspect.isclass(thing) and issubclass(thing, pulumi.ComponentResource)]
    inferred = ComponentProvider(components, PACKAGE, NAMESPACE, PROJECT["Version"]).schema
    made: dict[str, Any] = {**introduction(), **json.loads(inferred or "{}"), "displayName": TITLE}
    for language, names_there in LANGUAGES.items():
        made["language"][language].update(names_there)
    names: dict[str, str] = schema_names(made)
    inherited = {names[field]: text for args in INHERITED for field, text in field_descriptions(args).items()}
    for resource in made["resources"].values():
        describe(resource, "", names)
        for properties in (resource["inputProperties"], resource["properties"]):
            for name, definition in properties.items():
                describe(definition, inherited.get(name, ""), names)
    return made


def introduction() -> dict[str, Any]:
    """Return what Pulumi's registry and the SDKs show of the package, as in pyproject.toml.

    There is no `pluginDownloadURL`, because no release can be downloaded yet.
    """
    return {
        "name": PACKAGE,
        "version": PROJECT["Version"],
        "description": f"{PROJECT['Summary']}.",
        "keywords": PROJECT["Keywords"].split(","),
        "homepage": ADDRESSES["Homepage"],
        "license": PROJECT["License-Expression"],
        "repository": ADDRESSES["Repository"],
        "publisher": PROJECT["Author"],
    }


def describe(definition: dict[str, Any], inherited: str, names: dict[str, str]) -> None:
    """Put the description on one line, without the example, which is in Python.

    Drop those of elements: there the SDK repeats the list's description.
    """
    text = re.sub(" Example: `.*?`\\.", "", " ".join(definition.get("description", inherited).split()))
    definition["description"] = in_schema_words(text, names)
    elements = definition
    while elements := elements.get("items") or elements.get("additionalProperties") or {}:
        elements.pop("description", None)


def schema_names(schema: dict[str, Any]) -> dict[str, str]:
    """Return the schema's name for each Python name: of inputs, outputs, and what else the descriptions name."""
    return {"depends_on": "dependsOn", "get_key": "getKey"} | {
        re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name): name
        for resource in schema["resources"].values()
        for name in (*resource["inputProperties"], *resource["properties"])
    }


def in_schema_words(text: str, names: dict[str, str]) -> str:
    """Return a description with the schema's names instead of Python's."""
    return re.sub(r"\w+", lambda word: names.get(word[0], word[0]), text)


def field_descriptions(args: type) -> dict[str, str]:
    """Return the text under each field of a class, which is only in its source."""
    source = ast.parse(inspect.getsource(args))
    [body] = (node.body for node in ast.walk(source) if isinstance(node, ast.ClassDef))
    return {
        ast.unparse(field.target): str(text.value.value)
        for field, text in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }


if __name__ == "__main__":
    Path(__file__).with_name("schema.json").write_text(json.dumps(schema(), indent=2) + "\n")
