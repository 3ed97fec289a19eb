"""A local AWS for the real Pulumi engine; `sandbox/README.md` says what it is. Re-exports only."""

from sandbox.box import Sandbox
from sandbox.cache import ToolError, cached
from sandbox.calls import Call, Policies
from sandbox.engine import Engine
from sandbox.faults import Fault
from sandbox.go import go_environment
from sandbox.process import ProcessTimeoutError, run
from sandbox.simulator import allows

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
    "go_environment",
    "run",
]
