"""A local AWS for the real Pulumi engine; `sandbox/README.md` says what it is. Re-exports only."""

import importlib
from typing import TYPE_CHECKING, Any

from sandbox import evaluation
from sandbox.cache import ToolError, cached
from sandbox.calls import Call, Policies
from sandbox.engine import Engine
from sandbox.faults import Fault
from sandbox.go import environment as go_environment
from sandbox.process import ProcessTimeoutError, run
from sandbox.tools import cli as find_cli
from sandbox.tools import provider as find_provider
from sandbox.tools import yaml_host as find_yaml_host

if TYPE_CHECKING:
    from sandbox.box import Sandbox
    from sandbox.moto_internals import allows, refusal

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

# Names that need moto are imported on first use: the engine and the tools work without moto.
_WITH_MOTO = {"Sandbox": "sandbox.box", "allows": "sandbox.moto_internals", "refusal": "sandbox.moto_internals"}


def __getattr__(name: str) -> Any:
    """Return a name that is not imported yet."""
    if name not in _WITH_MOTO:
        raise AttributeError(name)
    return getattr(importlib.import_module(_WITH_MOTO[name]), name)
