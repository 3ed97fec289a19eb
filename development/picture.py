"""`make picture`: draws the package's modules in docs/architecture.md, in the layers of pyproject.toml."""

import re
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs/architecture.md"
_DRAWN: Final = re.compile(r"(?s)(?<=<!-- made by `make picture` -->\n).*?(?=<!-- end -->)")


def drawn() -> str:
    """Return the picture: a box for each layer of the package's contract, the highest first."""
    contract, *_ = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = contract["layers"]
    boxes = [f'    layer{number}["{layer.replace(" | ", " · ")}"]' for number, layer in enumerate(layers)]
    arrows = f"    {' --> '.join(f'layer{number}' for number in range(len(layers)))}"
    return "\n".join(["```mermaid", "flowchart TB", *boxes, arrows, "```", ""])


def main() -> None:
    """Write the picture into its page."""
    PAGE.write_text(_DRAWN.sub(lambda _: drawn(), PAGE.read_text()))


if __name__ == "__main__":
    main()
