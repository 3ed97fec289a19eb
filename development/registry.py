"""`make registry`: makes the two pages of Pulumi's registry from README.md, the examples and the schema.

It also writes the repository's address into the other files that have it.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from hatch_build import with_absolute_links

ROOT: Final = Path(__file__).parents[1]
README: Final = "README.md"
INDEX: Final = "docs/_index.md"
INSTALLATION: Final = "docs/installation-configuration.md"
ADDRESSED: Final = (README, "SECURITY.md", ".github/ISSUE_TEMPLATE/config.yml")

# The sections of README.md in each page, by heading. The text before the first heading comes first in INDEX.
SECTIONS: Final = {INDEX: ("Who needs which permission",), INSTALLATION: ("Requirements",)}

# The same program in each language of the registry, by the registry's name of the language.
EXAMPLES: Final = {
    "python": ("examples/existing_role/__main__.py",),
    "typescript": ("examples/typescript/index.ts",),
    "go": ("examples/go/main.go", "examples/go/declare.go"),
    "yaml": ("examples/yaml/Pulumi.yaml",),
}

_FRONT: Final = "---\ntitle: {title}\nmeta_desc: {description}\nlayout: {layout}\n---\n"
_CONFIGURATION: Final = """\
## Install

Python's `requirements.txt`:

```text
pulumi-ssm-perms @ git+{repository}@v{version}
```

Other languages, whose SDK is generated:

```console
$ pulumi package add {address}/plugin@v{version}
```

| language | SDK |
|---|---|
| TypeScript, JavaScript | `{nodejs[packageName]}` |
| Go | `{go[importBasePath]}` |
| .NET | `{csharp[rootNamespace]}.SsmPerms` |
| Java | `{java[basePackage]}.ssmperms` |
| YAML | `{name}:SessionManagerPermissions` |

## Configuration

Region and credentials are those of the [AWS provider](https://www.pulumi.com/registry/packages/aws/installation-configuration/).
"""


class MissingSectionError(Exception):
    """README.md lacks something that a page of the registry takes from it."""


def pages(root: Path) -> dict[str, str]:
    """Return the text of both pages, and of the files that have the repository's address, by name.

    Raises:
        MissingSectionError: README.md lacks a section that one of them takes.
    """
    schema = json.loads((root / "plugin/schema.json").read_text())
    written = {name: addressed((root / name).read_text(), schema["repository"]) for name in ADDRESSED}
    readme = written[README]
    made = {INDEX: _index(readme, root, schema), INSTALLATION: _installation(readme, schema)}
    # In the registry there are no files beside the pages.
    tag = f"v{schema['version']}"
    return {**written, **{name: with_absolute_links(made[name], schema["repository"], tag) for name in made}}


def addressed(text: str, repository: str) -> str:
    """Return a text with this address of the repository: where a commit is installed or a weakness is reported."""
    link = re.sub(r"https://[^\s@/]+/[^\s@/]+/[^\s@/]+(?=@COMMIT|/security/| pypi:)", repository, text)
    name = repository.removeprefix("https://github.com/")
    return re.sub(r"(--(?:repo|signer-workflow) )[^\s`/]+/[^\s`/]+", rf"\g<1>{name}", link)


def _index(readme: str, root: Path, schema: dict[str, Any]) -> str:
    front = _FRONT.format(title=schema["displayName"], description=schema["description"], layout="package")
    return "\n".join([front, introduction(readme), _example(root), *_taken(readme, INDEX)])


def _installation(readme: str, schema: dict[str, Any]) -> str:
    title = schema["displayName"]
    description = f"How to install {title}, and where its AWS credentials come from."
    front = _FRONT.format(title=f"{title} Installation & Configuration", description=description, layout="package")
    address = schema["repository"].removeprefix("https://")
    configuration = _CONFIGURATION.format(address=address, **schema, **schema["language"])
    return "\n".join([front, *_taken(readme, INSTALLATION), configuration])


def introduction(readme: str) -> str:
    """Return the text of README.md before its first section, without the title."""
    found = re.search(r"(?ms)\A# [^\n]*\n(.*?)(?=^## )", _without_code(readme))
    if found is None:
        raise MissingSectionError("README.md has no title with an introduction and a section below it")
    return readme[found.start(1) : found.end(1)].strip() + "\n"


def section(readme: str, heading: str) -> str:
    """Return a section of README.md with its heading, up to the next heading of the same level."""
    found = re.search(rf"(?ms)^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", _without_code(readme))
    if found is None or not found[1].strip():
        raise MissingSectionError(
            f'README.md has no section "{heading}": name one that it has, in SECTIONS of development/registry.py'
        )
    return readme[found.start(1) : found.end(1)].strip() + "\n"


def _without_code(text: str) -> str:
    """Blank out the code blocks: a comment in one may look like a heading. All positions stay the same."""
    return re.sub(r"(?ms)^```.*?^```$", lambda block: re.sub(r"[^\n]", " ", block[0]), text)


def _taken(readme: str, page: str) -> list[str]:
    return [f"## {heading}\n\n{section(readme, heading)}" for heading in SECTIONS[page]]


def _example(root: Path) -> str:
    """Return the same program in each language. The registry's reader chooses one."""
    shown = [f'## Example\n\n{{{{< chooser language "{",".join(EXAMPLES)}" >}}}}\n']
    for language, files in EXAMPLES.items():
        blocks = [f"```{language}\n{_program(root / file)}```\n" for file in files]
        shown += [f"{{{{% choosable language {language} %}}}}\n", *blocks, "{{% /choosable %}}\n"]
    return "\n".join([*shown, "{{< /chooser >}}\n"])


def _program(file: Path) -> str:
    """Return an example without comments, and without the clone's plugin: `pulumi package add` writes another one."""
    return re.sub(r"(?m)^ *# .*\n|^packages:\n(?:  .*\n)+", "", file.read_text())


if __name__ == "__main__":
    for name, text in pages(ROOT).items():
        (ROOT / name).write_text(text)
