"""`python -m sandbox tools [--yaml]` and `python -m sandbox demo`: the sandbox's commands and how they end."""

import argparse
import signal
import sys
from types import FrameType

from pulumi.automation import CommandError

from sandbox import cache, demo, tools
from sandbox.environment import wants_real_plugin
from sandbox.process import ProcessTimeoutError


def main() -> int:
    """Run the command that the arguments name; return the exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    found = commands.add_parser("tools", help="find or build what the sandbox needs, and say where it is")
    found.add_argument("--yaml", action="store_true", help="with the host for programs in YAML")
    commands.add_parser("demo", help="watch the example program run")
    arguments = parser.parse_args()
    try:
        return _demo() if arguments.command == "demo" else _tools(with_yaml=arguments.yaml)
    except cache.ToolError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing is left running.", file=sys.stderr)
        return 130


def _tools(*, with_yaml: bool) -> int:
    print(f"pulumi                {tools.cli()}")
    if not wants_real_plugin():
        print(f"pulumi-resource-aws   {tools.provider()}")
    if with_yaml:
        print(f"pulumi-language-yaml  {tools.yaml_host()}")
    return 0


def _demo() -> int:
    try:
        demo.main()
    except (demo.ClaimError, ProcessTimeoutError) as error:
        print(error, file=sys.stderr)
        return 1
    except CommandError:
        print("Pulumi failed: its own words are above.", file=sys.stderr)
        return 1
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
