"""The sandbox of the tests on the engine: one for each file, empty for each test, with the plugin on its PATH."""

import shlex
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CANT_RUN_ON_THE_PLUGIN = {}
"""The tests that Pulumi's own AWS plugin can't run, by name, with the reason. One that passes there fails until it is off the list."""


def pytest_addoption(parser):
    parser.addoption("--account", help="run the claims on this AWS account: make verify")
    help_ = "run on Pulumi's AWS plugin instead of the stand-in: make engine PLUGIN=aws"
    help_host = "fail where Pulumi's own host for Python is missing, instead of skipping: make engine HOST=required"
    parser.addoption("--host", choices=("", "required"), default="", help=help_host)
    parser.addoption("--plugin", choices=("", "aws"), default="", help=help_)


def pytest_configure(config):
    """Find Pulumi's plugin before all tests, or download it. One line says it if there is none."""
    if config.getoption("plugin", "") and not hasattr(config, "workerinput"):
        from sandbox import ToolError  # noqa: PLC0415 - the claims on a real account load nothing of it

        try:
            real_plugin()
        except ToolError as error:
            raise pytest.UsageError(str(error)) from None


def real_plugin():
    from sandbox import pulumi_cli  # noqa: PLC0415

    return pulumi_cli.aws_plugin(version("pulumi-aws"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("engine")
        if config.getoption("plugin", "") and item.name in CANT_RUN_ON_THE_PLUGIN:
            item.add_marker(pytest.mark.xfail(reason=CANT_RUN_ON_THE_PLUGIN[item.name], strict=True))


@pytest.fixture(scope="module")
def module_box(request):
    """A sandbox for tests that share what a run has made."""
    from sandbox import Sandbox  # noqa: PLC0415

    aws_plugin = real_plugin() if request.config.getoption("plugin", "") else None
    with Sandbox(yaml=True, aws_plugin=aws_plugin) as box:
        plugin = box.folder / "pulumi-resource-ssm-perms"
        command = shlex.join([sys.executable, "-P", str(HERE.parents[1] / "plugin/__main__.py")])
        plugin.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        plugin.chmod(0o755)
        yield box


@pytest.fixture
def box(module_box):
    """A sandbox without a role, a call, a fault or a stack."""
    module_box.reset()
    yield module_box
    module_box.reset()
