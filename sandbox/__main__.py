"""`python -m sandbox tools|shell|program`: the programs of the sandbox, a shell in it, a project in Python."""

import argparse
import signal
import sys
from pathlib import Path

from sandbox import program, shell, tools
from sandbox.cache import ToolError


def main() -> int:
    """Run the command that the arguments name; return the exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    arguments = _parser().parse_args()
    try:
        return int(arguments.run(arguments))
    except ToolError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing is left running.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True)
    the_tools = commands.add_parser("tools", help="find or build the tools, and print where they are")
    the_tools.set_defaults(run=_tools)
    the_shell = commands.add_parser("shell", help="open a shell in which pulumi and aws talk to a local AWS")
    the_shell.add_argument("--role", action="append", default=[], metavar="NAME", help="a role to create")
    the_shell.add_argument("--plugin", action="append", default=[], metavar="NAME=FILE", help="a plugin in Python")
    the_shell.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="run this instead")
    the_shell.set_defaults(run=_shell)
    a_program = commands.add_parser("program", prog=shell.IN_ITS_PLACE, help="run a project in Python without its host")
    a_program.add_argument("action", choices=["preview", "up"])
    a_program.add_argument("options", nargs=argparse.REMAINDER, metavar="OPTION …", help="of Pulumi's own command")
    a_program.set_defaults(run=_program)
    return parser


def _tools(_: argparse.Namespace) -> int:
    print(f"pulumi                {tools.cli()}")
    print(f"pulumi-resource-aws   {tools.provider()}")
    print(f"pulumi-language-yaml  {tools.yaml_host()}")
    return 0


def _shell(arguments: argparse.Namespace) -> int:
    plugins = {name: Path(file) for name, _, file in (each.partition("=") for each in arguments.plugin)}
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    return shell.open_shell(arguments.role, plugins, command)


def _program(arguments: argparse.Namespace) -> int:
    return program.run(arguments.action, Path.cwd(), arguments.options)


if __name__ == "__main__":
    sys.exit(main())
