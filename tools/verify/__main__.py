"""`make verify`: says what it will write, asks you, tests each claim, removes what it made, and writes a record."""

import argparse
import contextlib
import logging
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import pulumi.automation as auto
from botocore.exceptions import BotoCoreError, ClientError

from sandbox import ProcessTimeoutError, ToolError
from tools.verify import record
from tools.verify.claims import CLAIMS, Result, results
from tools.verify.run import RefusedError, Run, find, one_line, remove

_FAILED, _REFUSED, _STOPPED = 1, 2, 130

_ASKED = "Account {run.account}, as {run.caller}, Region {run.region}, answered by {run.answered_by}."
_ANNOUNCED = """\
This writes to IAM the role {run.name}, which nobody can assume, with policies, and a managed policy. It removes them at
the end, also after Ctrl-C. If it is killed, this removes the rest: make verify REMOVE={run.id}
It downloads Pulumi's AWS plugin, 200 MB, for which Pulumi publishes no SHA-256, and takes some minutes."""


def main() -> int:
    """Run the command; return the exit code."""
    options = _options()
    _listen(_stop)
    try:
        run = find(secrets.token_hex(4) if options.remove is None else options.remove, options.patience)
        _say(_ASKED.format(run=run))
        if options.remove is not None:
            _remove_folders(run)
            return 0 if _remove(run).holds else _FAILED
        _say(_ANNOUNCED.format(run=run))
        _ask(yes=options.yes)
        return _verify(run, options.record)
    except (RefusedError, ToolError) as error:
        _say(f"{error} Nothing was written.")
        return _REFUSED
    except KeyboardInterrupt:
        rest = f"The rest stays: make verify REMOVE={options.remove}" if options.remove else "Nothing was written."
        _say("", f"Stopped. {rest}")
        return _STOPPED


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make verify", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="answer yes to the question")
    parser.add_argument("--remove", help="only remove what a killed run with this id has left")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait until AWS shows a write")
    parser.add_argument("--record", type=Path, default=record.FILE, help="file for the record")
    return parser.parse_args()


def _ask(*, yes: bool) -> None:
    """Go on only if a person agrees."""
    with contextlib.suppress(EOFError):
        if yes or (sys.stdin.isatty() and input("Go on? (yes/no) ").strip().lower() in ("y", "yes")):
            return
    raise RefusedError("Nobody said yes; YES=1 says it.")


def _verify(run: Run, file: Path) -> int:
    """Test the claims, remove what was made, and write the record, unless a person ended the run."""
    tested: list[Result] = []
    ended_by = ""
    with tempfile.TemporaryDirectory(prefix=f"{run.name}-", ignore_cleanup_errors=True) as folder:
        try:
            for result in results(run, Path(folder)):
                tested.append(_told(result))  # noqa: PERF401 - an error must not lose those before it
        except KeyboardInterrupt:
            ended_by = "Ctrl-C"
        except (auto.CommandError, ProcessTimeoutError, ClientError, BotoCoreError) as error:
            # Of Pulumi's output, the errors.
            found = dict.fromkeys(line for line in str(error).splitlines() if "error: " in line)
            ended_by = one_line(" ".join(found) or error)
        finally:
            _listen(signal.SIG_IGN)
            _say(*([f"Ended by: {ended_by}"] if ended_by else []), "Removing what was made; Ctrl-C does not end this.")
            tested.append(_remove(run))
    if ended_by == "Ctrl-C":
        return _STOPPED
    file.write_text(record.text(run, tested, ended_by))
    hold = sum(result.holds for result in tested)
    _say(f"{hold} of {len(CLAIMS)} claims hold. Read {file} before you commit it: it must name nobody.")
    return 0 if hold == len(CLAIMS) else _FAILED


def _remove_folders(run: Run) -> None:
    """Remove the temporary folder that a killed run has left, with Pulumi's plugin and state."""
    for folder in Path(tempfile.gettempdir()).glob(f"{run.name}-*"):
        shutil.rmtree(folder, ignore_errors=True)
        _say(f"  {'could not remove' if folder.exists() else 'removed'} {folder}")


def _remove(run: Run) -> Result:
    """Remove what the run has left in IAM, and say how; return the result of the last claim."""
    removed: list[str] = []

    def tell(what: str) -> None:
        removed.append(what)
        _say(f"  {what}")

    result = Result(CLAIMS[-1], remove(run, tell), "")
    if result.holds and not removed:
        _say(f"Found nothing of run {run.id} in account {run.account}.")
        return result
    _told(result)
    if not result.holds:
        _say(f"Try again with: make verify REMOVE={run.id}")
    return result


def _told(result: Result) -> Result:
    """Print a result, and return it."""
    _say(f"  {'✓' if result.holds else '✗'} {result.claim}")
    if not result.holds:
        _say(f"    {result.answered}", *([f"    wanted: {result.wanted}"] if result.wanted else []))
    return result


def _listen(handler: Any) -> None:
    """Set what Ctrl-C, and a terminal that is closed, do from now on."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, handler)


def _stop(*_: object) -> None:
    """End the run, once: what then ends it must not be interrupted."""
    _listen(signal.SIG_IGN)
    logging.disable()  # the SDK's server would log that its engine is gone
    raise KeyboardInterrupt


def _say(*lines: str) -> None:
    """Print lines at once; ignore a terminal that is gone."""
    with contextlib.suppress(OSError):
        print(*lines, sep="\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
