"""A local AWS for the real Pulumi engine: for tests, the demo and benchmarks of this repository. Re-exports only."""

from sandbox.box import Sandbox
from sandbox.cache import ToolError
from sandbox.calls import Call
from sandbox.faults import Fault
from sandbox.process import ProcessTimeoutError

__all__ = ["Call", "Fault", "ProcessTimeoutError", "Sandbox", "ToolError"]
