"""`make generate`: writes tables and descriptions of docs/ from the types, docstrings, the schema and the check."""

import inspect
import itertools
import json
import re
import runpy
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pulumi_ssm_perms
from pulumi_ssm_perms import _grants
from tools import check_table

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = ROOT / "docs"
_MADE: Final = re.compile(r"(?s)(?<=<!-- made by `make generate` -->\n).*?(?=<!-- end -->)")

_SCHEMA: Final = json.loads((ROOT / "plugin/schema.json").read_text())
_MAKER: Final = runpy.run_path(str(ROOT / "plugin/make_schema.py"))
_NAMES: Final[Mapping[str, str]] = _MAKER["schema_names"](_SCHEMA)
_described: Final[Callable[[type], Mapping[str, str]]] = _MAKER["field_descriptions"]
# How the text of an input ends: what it must be, an example, and its default.
_ENDS: Final = re.compile(
    r"(?: Must (?P<constraint>.*?)\.)? Example: (?P<example>`.*?`)\."
    r" (?:Default: (?P<default>.*)|(?P<required>Required))\.$"
)
_CODE: Final = re.compile(r"(?<![\w`.])((?:iam|kms|logs|s3|ssm|ssmmessages):\w+|[a-z0-9]+(?:_[a-z0-9]+)+)(?![\w`])")
_ATTRIBUTES: Final = re.compile(r"(?ms)^    (\w+): (.*?)(?=^    \S|\Z)")


def made() -> dict[str, str]:
    """Return the made part of each page, by its path in docs/. The first page describes the inputs that are shared."""
    one = (pulumi_ssm_perms.SessionManagerPermissionsArgs, _grants.GrantArgs, _grants.ComponentGrantArgs)
    found = {
        "reference/session-manager-permissions.md": _component(pulumi_ssm_perms.SessionManagerPermissions, *one),
        "reference/session-manager-managed-policy.md": _component(
            pulumi_ssm_perms.SessionManagerManagedPolicy, pulumi_ssm_perms.SessionManagerManagedPolicyArgs
        ),
        "reference/policy-document.md": _attributes(
            pulumi_ssm_perms.InvalidInputError, pulumi_ssm_perms.Problem, pulumi_ssm_perms.NotAllowedError
        ),
    }
    found["check-a-role.md"] = check_table.rows()
    return {page: "\n".join([*lines, ""]) for page, lines in found.items()}


def _component(component: type, *args: type) -> Iterator[str]:
    """Yield the inputs of a component, as a table and described one by one, and its outputs.

    The required input comes first, then the grants, then the component's other inputs.
    """
    schema = _SCHEMA["resources"][f"ssm-perms:index:{component.__name__}"]
    own, *grants = (list(_described(each).items()) for each in args)
    inputs = {name: _parts(name, text) for name, text in [*own[:1], *itertools.chain(*grants), *own[1:]]}
    yield from (
        "## Inputs",
        "",
        "| in Python | in YAML, TypeScript, Go | type | must | default |",
        "|---|---|---|---|---|",
    )
    for name, parts in inputs.items():
        definition = schema["inputProperties"][_NAMES[name]]
        cells = (_type(definition), _prose(parts["constraint"] or ""), _default(parts))
        yield f"| [`{name}`](#{name}) | `{_NAMES[name]}` | {' | '.join(cells)} |"
    for name, parts in inputs.items():
        yield from ("", f"### {name}", "", _prose(parts["text"]), "", f"For example {parts['example']}.")
    yield from ("", "## Outputs", "")
    yield from ("| in Python | in YAML, TypeScript, Go | type | what it is |", "|---|---|---|---|")
    for name, text in _described(component).items():
        definition = schema["properties"][_NAMES[name]]
        yield f"| `{name}` | `{_NAMES[name]}` | {_type(definition)} | {_prose(text)} |"


def _parts(name: str, text: str) -> Mapping[str, Any]:
    """Return the text of an input without its end, and the parts of that."""
    whole = " ".join(text.split())
    ends = _ENDS.search(whole)
    if not ends:
        raise ValueError(f"{name} does not end with an example, and its default or that it is required: {whole}")
    return {"text": whole[: ends.start()], **ends.groupdict()}


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


def _default(parts: Mapping[str, Any]) -> str:
    return "required" if parts["required"] else _prose(parts["default"])


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
