"""AWS's command line, loaded once: reads the arguments of one command a line, and answers with what became of it.

It takes a second to load, and a command takes a tenth of one.
"""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver


def main(arguments: list[str]) -> tuple[int, str, str]:
    """Run one command in this process; return its exit code, and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = create_clidriver().main(arguments)
    return code, out.getvalue().rstrip("\n"), err.getvalue()


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(f"{json.dumps(main(json.loads(line)))}\n")
        sys.stdout.flush()
