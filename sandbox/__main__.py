"""`python -m sandbox tools [--yaml]`: find or build what the sandbox needs, and say where it is."""

import argparse
import signal
import sys
from types import FrameType

from sandbox import tools
from sandbox.cache import ToolError
from sandbox.environment import wants_real_plugin


def main() -> int:
    """Run the command that the arguments name; return the exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True)
    found = commands.add_parser("tools", help="find or build what the sandbox needs, and say where it is")
    found.add_argument("--yaml", action="store_true", help="with the host for programs in YAML")
    try:
        _tools(with_yaml=parser.parse_args().yaml)
    except ToolError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing is left running.", file=sys.stderr)
        return 130
    return 0


def _tools(*, with_yaml: bool) -> None:
    print(f"pulumi                {tools.cli()}")
    if not wants_real_plugin():
        print(f"pulumi-resource-aws   {tools.provider()}")
    if with_yaml:
        print(f"pulumi-language-yaml  {tools.yaml_host()}")


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
