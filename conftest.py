"""What a run of pytest needs before the first test: the locked packages; and the programs of a sandbox."""

import importlib.metadata
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

MISSING = """\
The tests need packages that are not installed here, such as {}. Run
  pip install --no-deps --require-hashes -r requirements.lock
  pip install --no-deps -e .
or let `make check` do it, in .venv."""
# pulumi, pulumi-aws and pytest are enough for these.
COMPONENT = [Path(__file__).resolve().with_name("tests") / name for name in ("component", "unit/test_document.py")]


def missing() -> list[str]:
    """Return which packages of the tests are not installed."""
    project = tomllib.loads(Path(__file__).with_name("pyproject.toml").read_text())
    groups = project["dependency-groups"]
    named = [*groups["dev"], *groups["release"], *groups["sandbox"]]
    wanted = [re.split(r"[\[=]", each)[0] for each in named if isinstance(each, str)]
    installed = importlib.metadata.distributions
    return [name for name in [*wanted, project["project"]["name"]] if not any(installed(name=name))]


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Refuse a run that needs more than is installed, before the other files of this name import it."""
    lacking = missing()
    config: Any = pluginmanager.get_plugin("pytestconfig")
    asked = [name.partition("::")[0] for name in config.known_args_namespace.file_or_dir]
    files = [Path(config.invocation_params.dir, name).resolve() for name in asked]
    little = files and all(any(file.is_relative_to(each) for each in COMPONENT) for file in files)
    if lacking and not little:
        raise SystemExit(MISSING.format(", ".join(lacking[-3:])))
    if not pluginmanager.hasplugin("timeout"):
        for setting in ("timeout", "timeout_func_only"):
            parser.addini(setting, "a setting of pytest-timeout, which is not installed")


@pytest.fixture(scope="session")
def tools() -> None:
    """The programs that a sandbox needs. A fixture has no time limit, and workers wait for the one that builds."""
    from sandbox import find_cli, find_provider, find_yaml_host

    find_cli()
    find_provider()
    find_yaml_host()
