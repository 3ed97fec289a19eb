"""Pulumi's own language hosts, as its installation has them: which of them are here."""

import functools
import os
import shutil
from typing import Final

from sandbox import find_cli

# Others are called as their language, and need nothing else.
_NEEDS: Final = {"typescript": ("pulumi-language-nodejs", "node", "npm"), "go": ("pulumi-language-go", "go")}


@functools.cache
def missing(language: str) -> list[str]:
    """Name what a language's programs need and is neither beside the CLI nor on PATH."""
    path = os.pathsep.join([str(find_cli().parent), os.environ.get("PATH", os.defpath)])
    needs = _NEEDS.get(language, (f"pulumi-language-{language}",))
    return [program for program in needs if shutil.which(program, path=path) is None]
