"""`make reference`: writes the tables and descriptions of docs/reference from the types, docstrings and the schema."""

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
_MADE: Final = re.compile(r"(?s)(?<=<!-- made by `make reference` -->\n).*?(?=<!-- end -->)")
_FIRST: Final = "session-manager-permissions.md"

_SCHEMA: Final = json.loads((ROOT / "plugin/schema.json").read_text())
_MAKER: Final = runpy.run_path(str(ROOT / "plugin/make_schema.py"))
_NAMES: Final[Mapping[str, str]] = _MAKER["PLUGIN"]["schema_names"](_SCHEMA)
_DEFAULT: Final = re.compile(r" (?:Default: (?P<default>.*)\.|(?P<required>Required)\.)$")
_CODE: Final = re.compile(r"(?<![\w`.])((?:iam|kms|logs|s3|ssm|ssmmessages):\w+|[a-z0-9]+(?:_[a-z0-9]+)+)(?![\w`])")
_SECTION: Final = re.compile(r"(?m)^(Args|Attributes|Raises):\n")

Inputs = Mapping[str, str]
"""The text under each input in the source, by Python's name."""


def made() -> dict[str, str]:
    """Return the made part of each page, by the page's name."""
    permissions, managed = (_SCHEMA["resources"][f"ssm-perms:index:{name}"] for name in _components())
    shared = _described(_grants.GrantArgs, _grants.ComponentGrantArgs)
    ours = _described(pulumi_ssm_perms.SessionManagerPermissionsArgs)
    fleets = _described(pulumi_ssm_perms.SessionManagerManagedPolicyArgs)
    return {
        _FIRST: _lines(_component(permissions, {**ours, **shared}, pulumi_ssm_perms.SessionManagerPermissions)),
        "session-manager-managed-policy.md": _lines(
            _component(managed, {**fleets, **shared}, pulumi_ssm_perms.SessionManagerManagedPolicy, linked=shared)
        ),
        "policy-document.md": _lines(_function(permissions)),
    }


def _components() -> tuple[str, str]:
    return pulumi_ssm_perms.SessionManagerPermissions.__name__, pulumi_ssm_perms.SessionManagerManagedPolicy.__name__


def _described(*classes: type) -> dict[str, str]:
    return {name: text for each in classes for name, text in _MAKER["field_descriptions"](each).items()}


def _component(
    schema: Mapping[str, Any], inputs: Inputs, component: type, linked: Inputs | None = None
) -> Iterator[str]:
    """Yield a component's page. The inputs in `linked` are described on the first component's page."""
    yield from (*_paragraphs(component), "", "## Inputs", "")
    yield from ("| in Python | in YAML, TypeScript, Go | type | takes | default |", "|---|---|---|---|---|")
    for name, text in inputs.items():
        definition = schema["inputProperties"][_NAMES[name]]
        takes = "plain value only" if definition.get("plain") else "plain value or Output"
        page = _FIRST if linked and name in linked else ""
        link = f"[`{name}`]({page}#{name})"
        yield f"| {link} | `{_NAMES[name]}` | {_type(definition)} | {takes} | {_default(text)} |"
    for name, text in inputs.items():
        if not linked or name not in linked:
            yield from ("", f"### {name}", "", _prose(_DEFAULT.sub("", " ".join(text.split()))))
    yield from (
        "",
        "## Outputs",
        "",
        "| in Python | in YAML, TypeScript, Go | type | what it is |",
        "|---|---|---|---|",
    )
    for name, text in _described(component).items():
        definition = schema["properties"][_NAMES[name]]
        yield f"| `{name}` | `{_NAMES[name]}` | {_type(definition)} | {_prose(text)} |"
    yield from ("", "## Arguments in Python", "", *_sections(component.__init__))  # type: ignore[misc]


def _function(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the page of `policy_document` and of its error, which components raise too."""
    yield from (*_paragraphs(pulumi_ssm_perms.policy_document), "", "## Arguments", "")
    yield from ("| argument | type | default |", "|---|---|---|")
    for name, text in _described(_grants.GrantArgs).items():
        yield f"| [`{name}`]({_FIRST}#{name}) | {_type(schema['inputProperties'][_NAMES[name]])} | {_default(text)} |"
    yield from ("", *_sections(pulumi_ssm_perms.policy_document))
    for error in (pulumi_ssm_perms.InvalidInputError, pulumi_ssm_perms.Problem):
        yield from ("", f"## {error.__name__}", "", *_paragraphs(error), "", *_sections(error))


def _type(definition: Mapping[str, Any]) -> str:
    if elements := definition.get("items"):
        return f"list of {_type(elements)}s"
    if elements := definition.get("additionalProperties"):
        return f"mapping of string to {_type(elements)}"
    return str(definition["type"])


def _default(text: str) -> str:
    found = _DEFAULT.search(" ".join(text.split()))
    if not found:
        raise ValueError(f"it says neither its default nor that it is required: {text}")
    return "required" if found["required"] else _prose(found["default"])


def _paragraphs(thing: object) -> Iterator[str]:
    """Yield the paragraphs of a docstring before its sections, each on one line."""
    text, *_ = _SECTION.split(inspect.getdoc(thing) or "")
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        yield from ([""] if number else [])
        yield _prose(paragraph)


def _sections(thing: Callable[..., Any]) -> Iterator[str]:
    """Yield a table of the entries in a docstring's sections."""
    yield from ("| name | what it is |", "|---|---|")
    described = re.compile(_SECTION.pattern + r"(.*?)(?=^\w|\Z)", re.MULTILINE | re.DOTALL)
    for kind, section in described.findall(inspect.getdoc(thing) or ""):
        for name, text in re.findall(r"(?ms)^    ([\w*]+): (.*?)(?=^    \S|\Z)", section):
            yield f"| {'raises ' if kind == 'Raises' else ''}`{name}` | {_prose(text)} |"


def _prose(text: str) -> str:
    """Return a text as one line of Markdown."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(part if part.startswith("`") else _CODE.sub(r"`\1`", part).replace("*", r"\*") for part in parts)


def _lines(found: Iterator[str]) -> str:
    return "\n".join([*found, ""])


def main() -> None:
    """Write the made parts into their pages."""
    for page, text in made().items():
        file = PAGES / page
        before, after = _MADE.split(file.read_text(), maxsplit=1)
        file.write_text(f"{before}{text}{after}")


if __name__ == "__main__":
    main()
