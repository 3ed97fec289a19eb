"""A local AWS for the real Pulumi engine, in the process of the tests; README.md says how to use it."""

from sandbox.box import Sandbox
from sandbox.cloud import Call, Fault
from sandbox.tools import ToolError

__all__ = ["Call", "Fault", "Sandbox", "ToolError"]
