"""A local AWS for the real Pulumi engine, in the process of the tests; README.md says how to use it."""

from sandbox.local_aws import Call, Fault
from sandbox.pulumi_cli import ToolError
from sandbox.sandbox import Sandbox

__all__ = ["Call", "Fault", "Sandbox", "ToolError"]
