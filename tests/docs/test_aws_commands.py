"""Each `aws` line of the pages is one that AWS's command line takes, and asks for something that AWS answers.

Nothing is sent: the answer is a sample, made from AWS's own model of the operation.
"""

import io
import os
import re
import shlex
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from typing import Any, Final
from unittest import mock

import pytest
from awscli.clidriver import create_clidriver
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.utils import ArgumentGenerator

from tests.docs.console import commands
from tests.pages import ROOT, blocks, pages

_NO_PLUGIN: Final = "SessionManagerPlugin is not found"
"""What a command that starts a session says here, once AWS has answered."""
_NOTHING: Final = {"None", "null", "[]"}


def lines(page: str) -> list[str]:
    """Return the `aws` commands of a page, each up to a pipe or a redirection."""
    found = [command for block in blocks(page) if block.language == "console" for command, _ in commands(block.content)]
    return [re.split(r" [|>] ", command)[0] for command in found if command.startswith("aws ")]


def sample(model: Any, **_: Any) -> tuple[AWSResponse, Any]:
    """Answer an operation with each member of its output, in the place of AWS."""
    shape = model.output_shape
    answer = ArgumentGenerator(use_member_names=True).generate_skeleton(shape) if shape else {}
    return AWSResponse("https://example.com", 200, HTTPHeaders(), None), {**answer, "ResponseMetadata": {}}


@cache
def driver() -> Any:
    """Return AWS's command line, which asks for samples."""
    made = create_clidriver()
    made.session.register("before-call", sample)
    return made


def called(args: list[str]) -> tuple[int, str, str]:
    """Run AWS's command line in this process; return its code, and what it prints and complains of."""
    out, err = io.StringIO(), io.StringIO()
    keys = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": "eu-west-1", "PATH": ""}
    with mock.patch.dict(os.environ, keys), redirect_stdout(out), redirect_stderr(err):
        code = driver().main([*args, "--no-paginate"])
    return code, out.getvalue().strip(), err.getvalue().strip()


@pytest.mark.parametrize("page", [page for page in pages() if lines(page)])
def test_aws_takes_the_lines(page: str) -> None:
    """Command and arguments are AWS's, and what `--query` names is in an answer."""
    wrong = {}
    for line in lines(page):
        _, *args = shlex.split(line)
        code, printed, complaint = called(args)
        # A filter may leave nothing of a sample.
        asked = "--query" in args and "[?" not in line
        if _NO_PLUGIN not in complaint and (code or complaint or (asked and not {*printed.split()} - _NOTHING)):
            wrong[line] = complaint or printed

    assert wrong == {}


def test_aws_takes_the_option_against_scps() -> None:
    """The option that docs/troubleshooting.md adds to its command is one of AWS's command line."""
    [option] = re.findall(r"add `(--policy-exclusion-list [^`]*)`", (ROOT / "docs/troubleshooting.md").read_text())
    [line] = [line for line in lines("docs/troubleshooting.md") if "simulate-principal-policy" in line]

    assert called(shlex.split(f"{line} {option}")[1:])[0] == 0


def test_the_missing_plugin_is_told_in_these_words() -> None:
    """docs/troubleshooting.md has what AWS's command line says without the plugin."""
    assert f"`{_NO_PLUGIN}`" in (ROOT / "docs/troubleshooting.md").read_text()
