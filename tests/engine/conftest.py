"""The sandbox of the tests on the engine: one for each file, empty for each test, with the plugin on its PATH."""

import shlex
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_addoption(parser):
    parser.addoption("--account", help="run the claims on this AWS account, after a typed yes: make verify")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("engine")


@pytest.fixture(scope="module")
def module_box():
    """A sandbox for tests that share what a run has made."""
    from sandbox import Sandbox  # noqa: PLC0415 - the claims on a real account load nothing of it

    with Sandbox(yaml=True) as box:
        plugin = box.folder / "pulumi-resource-ssm-perms"
        command = shlex.join([sys.executable, "-P", str(HERE / "plugin.py")])
        plugin.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        plugin.chmod(0o755)
        box.env["PATH"] = f"{box.folder}:{box.env['PATH']}"
        yield box


@pytest.fixture
def box(module_box):
    """A sandbox without a role, a call, a fault or a stack."""
    module_box.reset()
    return module_box
