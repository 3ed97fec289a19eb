"""`make picture`: draws the package's modules in docs/architecture.md, in the layers of pyproject.toml."""

import ast
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = ROOT / "pulumi_ssm_perms"
PAGE: Final = ROOT / "docs/architecture.md"
_DRAWN: Final = re.compile(r"(?s)(?<=<!-- made by `make picture` -->\n).*?(?=<!-- end -->)")

Layers = Sequence[Sequence[str]]
"""Modules, the highest layer first. Modules of one layer do not import each other."""


def layers() -> dict[str, Layers]:
    """Return the layers of each package, from import-linter's contracts."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return {
        contract["containers"][0]: [[module.strip() for module in layer.split("|")] for layer in contract["layers"]]
        for contract in linter["contracts"]
    }


def drawn() -> str:
    """Return the picture, and a table of the modules' purposes."""
    [(package, of_package), *inner] = layers().items()
    rows = [row for layer in of_package for module in layer for row in _rows(package, module, dict(inner))]
    picture = ["```mermaid", "flowchart TB", *_picture(of_package), "```"]
    return "\n".join([*picture, "", "| module | what may live in it |", "|---|---|", *rows, ""])


def _picture(found: Layers) -> Iterator[str]:
    for number, layer in enumerate(found):
        yield f'    layer{number}["{" · ".join(layer)}"]'
    yield f"    {' --> '.join(f'layer{number}' for number in range(len(found)))}"


def _rows(package: str, module: str, inner: dict[str, Layers]) -> Iterator[str]:
    yield f"| `{module}` | {purpose(f'{package}.{module}')} |"
    name = f"{package}.{module}"
    for layer in inner.get(name, ()):
        yield from (f"| `{module}.{part}` | {purpose(f'{name}.{part}')} |" for part in layer)


def purpose(module: str) -> str:
    """Return the first line of a module."""
    path = PACKAGE.parent.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return (ast.get_docstring(ast.parse(file.read_text())) or "").partition("\n")[0].removesuffix(".")


def main() -> None:
    """Write the picture into its page."""
    PAGE.write_text(_DRAWN.sub(lambda _: drawn(), PAGE.read_text()))


if __name__ == "__main__":
    main()
