"""`make generate`: writes the tables and descriptions of docs/reference from the types, docstrings and the schema."""

import inspect
import json
import re
import runpy
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pulumi_ssm_perms
from pulumi_ssm_perms import _grants

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = ROOT / "docs/reference"
_MADE: Final = re.compile(r"(?s)(?<=<!-- made by `make generate` -->\n).*?(?=<!-- end -->)")

_SCHEMA: Final = json.loads((ROOT / "plugin/schema.json").read_text())
_MAKER: Final = runpy.run_path(str(ROOT / "plugin/make_schema.py"))
_NAMES: Final[Mapping[str, str]] = _MAKER["schema_names"](_SCHEMA)
_described: Final[Callable[[type], Mapping[str, str]]] = _MAKER["field_descriptions"]
_DEFAULT: Final = re.compile(r" (?:Default: (?P<default>.*)\.|(?P<required>Required)\.)$")
_CODE: Final = re.compile(r"(?<![\w`.])((?:iam|kms|logs|s3|ssm|ssmmessages):\w+|[a-z0-9]+(?:_[a-z0-9]+)+)(?![\w`])")
_ATTRIBUTES: Final = re.compile(r"(?ms)^    (\w+): (.*?)(?=^    \S|\Z)")


def made() -> dict[str, str]:
    """Return the made part of each page, by the page's name. The first page describes the inputs that are shared."""
    one = (pulumi_ssm_perms.SessionManagerPermissionsArgs, _grants.GrantArgs, _grants.ComponentGrantArgs)
    found = {
        "session-manager-permissions.md": _component(pulumi_ssm_perms.SessionManagerPermissions, *one),
        "session-manager-managed-policy.md": _component(
            pulumi_ssm_perms.SessionManagerManagedPolicy, pulumi_ssm_perms.SessionManagerManagedPolicyArgs
        ),
        "policy-document.md": _attributes(pulumi_ssm_perms.InvalidInputError, pulumi_ssm_perms.Problem),
    }
    return {page: "\n".join([*lines, ""]) for page, lines in found.items()}


def _component(component: type, *args: type) -> Iterator[str]:
    """Yield the inputs of a component, as a table and described one by one, and its outputs."""
    schema = _SCHEMA["resources"][f"ssm-perms:index:{component.__name__}"]
    inputs = {name: " ".join(text.split()) for each in args for name, text in _described(each).items()}
    yield from ("## Inputs", "", "| in Python | in YAML, TypeScript, Go | type | default |", "|---|---|---|---|")
    for name, text in inputs.items():
        definition = schema["inputProperties"][_NAMES[name]]
        plain = ", plain" if definition.get("plain") else ""
        yield f"| [`{name}`](#{name}) | `{_NAMES[name]}` | {_type(definition)}{plain} | {_default(text)} |"
    for name, text in inputs.items():
        yield from ("", f"### {name}", "", _prose(_DEFAULT.sub("", text)))
    yield from ("", "## Outputs", "")
    yield from ("| in Python | in YAML, TypeScript, Go | type | what it is |", "|---|---|---|---|")
    for name, text in _described(component).items():
        definition = schema["properties"][_NAMES[name]]
        yield f"| `{name}` | `{_NAMES[name]}` | {_type(definition)} | {_prose(text)} |"


def _attributes(*classes: type) -> Iterator[str]:
    """Yield what the docstrings of classes say, and their attributes as a table."""
    for number, each in enumerate(classes):
        text, _, attributes = (inspect.getdoc(each) or "").partition("\nAttributes:\n")
        yield from (*([""] if number else []), f"## {each.__name__}", "", _prose(text), "")
        yield from ("| attribute | what it is |", "|---|---|")
        for name, described in _ATTRIBUTES.findall(attributes):
            yield f"| `{name}` | {_prose(described)} |"


def _type(definition: Mapping[str, Any]) -> str:
    if elements := definition.get("items"):
        return f"list of {_type(elements)}s"
    if elements := definition.get("additionalProperties"):
        return f"mapping of string to {_type(elements)}"
    return str(definition["type"])


def _default(text: str) -> str:
    found = _DEFAULT.search(text)
    if not found:
        raise ValueError(f"it says neither its default nor that it is required: {text}")
    return "required" if found["required"] else _prose(found["default"])


def _prose(text: str) -> str:
    """Return a text as one line of Markdown."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(part if part.startswith("`") else _CODE.sub(r"`\1`", part).replace("*", r"\*") for part in parts)


def main() -> None:
    """Write the made parts into their pages."""
    for page, text in made().items():
        file = PAGES / page
        before, after = _MADE.split(file.read_text(), maxsplit=1)
        file.write_text(f"{before}{text}{after}")


if __name__ == "__main__":
    main()
