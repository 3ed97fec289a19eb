"""`python -m sandbox tools [--yaml]`: find or build what the sandbox needs, and say where it is."""

import argparse
import signal
import sys

from sandbox import real_plugin, tools
from sandbox.cache import ToolError


def main() -> int:
    """Run the command that the arguments name; return the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("command", choices=["tools"])
    parser.add_argument("--yaml", action="store_true", help="with the host for programs in YAML")
    with_yaml = parser.parse_args().yaml
    try:
        print(f"pulumi                {tools.cli()}")
        print(f"pulumi-resource-aws   {real_plugin.provider()}")
        if with_yaml:
            print(f"pulumi-language-yaml  {tools.yaml_host()}")
    except ToolError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing is left running.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
