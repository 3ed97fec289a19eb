"""A local AWS for the real Pulumi engine; `sandbox/README.md` says what it is. Re-exports only."""

import importlib
from typing import TYPE_CHECKING, Any

from sandbox import evaluation
from sandbox.calls import Call, Policies
from sandbox.faults import Fault

if TYPE_CHECKING:
    from sandbox.box import Sandbox
    from sandbox.cache import ToolError, cached
    from sandbox.engine import Engine
    from sandbox.go import environment as go_environment
    from sandbox.moto_internals import allows, refusal
    from sandbox.process import ProcessTimeoutError, run
    from sandbox.tools import cli as find_cli
    from sandbox.tools import provider as find_provider
    from sandbox.tools import yaml_host as find_yaml_host

__all__ = [
    "Call",
    "Engine",
    "Fault",
    "Policies",
    "ProcessTimeoutError",
    "Sandbox",
    "ToolError",
    "allows",
    "cached",
    "evaluation",
    "find_cli",
    "find_provider",
    "find_yaml_host",
    "go_environment",
    "refusal",
    "run",
]

# Names whose modules need packages are imported on first use: the engine and the tools work without moto, and tests
# under mocks without any of them.
_LATE = {
    "Engine": "engine.Engine",
    "ProcessTimeoutError": "process.ProcessTimeoutError",
    "Sandbox": "box.Sandbox",
    "ToolError": "cache.ToolError",
    "allows": "moto_internals.allows",
    "cached": "cache.cached",
    "find_cli": "tools.cli",
    "find_provider": "tools.provider",
    "find_yaml_host": "tools.yaml_host",
    "go_environment": "go.environment",
    "refusal": "moto_internals.refusal",
    "run": "process.run",
}


def __getattr__(name: str) -> Any:
    """Return a name that is not imported yet."""
    if name not in _LATE:
        raise AttributeError(name)
    module, _, own = _LATE[name].partition(".")
    return getattr(importlib.import_module(f"sandbox.{module}"), own)
