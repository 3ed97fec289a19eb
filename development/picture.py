"""`make picture`: draws the modules of the package in docs/architecture.md, from their imports and first lines."""

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = ROOT / "pulumi_ssm_perms"
PAGE: Final = ROOT / "docs/architecture.md"
_DRAWN: Final = re.compile(r"(?s)(?<=<!-- made by `make picture` -->\n).*?(?=<!-- end -->)")


class Module(NamedTuple):
    """What a module is for, by its own first line, and the modules of the package that it imports."""

    purpose: str
    imports: frozenset[str]


def modules(package: Path) -> dict[str, Module]:
    """Read the modules of a package, by name."""
    names = sorted(file.stem for file in package.glob("*.py"))
    return {name: _module((package / f"{name}.py").read_text(), names) for name in names}


def _module(source: str, names: list[str]) -> Module:
    tree = ast.parse(source)
    purpose = (ast.get_docstring(tree) or "").partition("\n")[0]
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level == 1]
    imported = {alias.name if node.module is None else node.module for node in froms for alias in node.names}
    return Module(purpose, frozenset(imported & set(names)))


def reach(found: Mapping[str, Module], name: str) -> set[str]:
    """Return what a module imports, and what that imports, and so on."""
    reached: set[str] = set()
    left = set(found[name].imports)
    while left:
        module = left.pop()
        reached.add(module)
        left |= found[module].imports - reached
    return reached


def arrows(found: Mapping[str, Module]) -> list[tuple[str, str]]:
    """Return who imports whom, without what follows from the other arrows."""
    return [
        (name, module)
        for name in found
        for module in sorted(found[name].imports)
        if not any(module in reach(found, other) for other in found[name].imports - {module})
    ]


def drawn(found: Mapping[str, Module]) -> str:
    """Return the picture, and a table of what each module is for."""
    lines = [f"    {name.strip('_')}[{name}] --> {module.strip('_')}[{module}]" for name, module in arrows(found)]
    rows = [f"| `{name}` | {module.purpose.removesuffix('.')} |" for name, module in found.items()]
    picture = ["```mermaid", "flowchart LR", *lines, "```"]
    return "\n".join([*picture, "", "| module | what may live in it |", "|---|---|", *rows, ""])


def main() -> None:
    """Write the picture into its page."""
    PAGE.write_text(_DRAWN.sub(lambda _: drawn(modules(PACKAGE)), PAGE.read_text()))


if __name__ == "__main__":
    main()
