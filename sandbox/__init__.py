"""A local AWS for the real Pulumi engine, in the process of the tests. Re-exports only."""

import importlib
from typing import Any

from sandbox import evaluation
from sandbox.record import Call, Fault, Policies

_LATE = {
    "Sandbox": "box.Sandbox", "ToolError": "tools.ToolError", "find_cli": "tools.cli", "find_yaml_host": "tools.yaml_host",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(name)
    module, _, own = _LATE[name].partition(".")
    return getattr(importlib.import_module(f"sandbox.{module}"), own)
