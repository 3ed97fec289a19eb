"""`make verify`: says what it will write, asks you, tests each claim, removes what it made, and writes a record."""

import argparse
import contextlib
import logging
import os
import re
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pulumi.automation as auto
from botocore.exceptions import BotoCoreError, ClientError

from sandbox import ProcessTimeoutError, ToolError
from tools.verify import record, removal
from tools.verify.claims import Result, results
from tools.verify.program import Engine, errors
from tools.verify.run import PREFIX, RefusedError, find, one_line, say

_FAILED, _REFUSED, _STOPPED = 1, 2, 130

_ANNOUNCED = """
Account {run.account}, as {run.caller}, Region {run.region}, answered by {run.answered_by}.
It will write these to IAM, and remove them at the end, also after Ctrl-C:
  - the roles {run.roles[0]} and {run.roles[1]}, which only this account may assume, with policies
  - two managed policies, one of them a permissions boundary
All names begin with {run.prefix}. If the run is killed, this removes the rest: {run.removal}
It downloads Pulumi's AWS plugin, 200 MB, for which Pulumi publishes no SHA-256. It takes some minutes."""


def main() -> int:
    """Run the command; return the exit code."""
    options = _options()
    _listen(_stop)
    try:
        return _remove(options) if options.remove else _verify(options)
    except (RefusedError, ToolError) as error:
        say(f"{error} Nothing was written.")
        return _REFUSED
    except KeyboardInterrupt:
        say("", "Stopped. Nothing was written.")
        return _STOPPED


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make verify", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="answer yes to the question")
    parser.add_argument("--remove", type=_id, help="only remove what a killed run with this id has left")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait until AWS shows a write")
    parser.add_argument("--record", type=Path, default=record.FILE, help="file for the record")
    return parser.parse_args()


def _id(text: str) -> str:
    if not re.fullmatch("[0-9a-f]{8}", text):
        raise argparse.ArgumentTypeError("the id of a run has eight hexadecimal digits")
    return text


def _verify(options: argparse.Namespace) -> int:
    say("This tests pulumi-ssm-perms on an AWS account, with Pulumi's own AWS plugin and AWS's policy simulator.")
    last = f"The last recorded run: {record.FILE.relative_to(record.ROOT)}."
    say(last if record.FILE.exists() else "No run on AWS is recorded: until now only the sandbox was tested.")
    run = find(secrets.token_hex(4), options.patience)
    say(_ANNOUNCED.format(run=run))
    _ask(yes=options.yes)
    tested: list[Result] = []
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder:
        engine = Engine(Path(folder), run)
        say("Getting Pulumi's AWS plugin, and making the roles: this may take some minutes …")
        try:
            ended_by = _try(results(run, engine), tested)
        finally:
            gone = removal.remove(run)
        if ended_by is None or not tested:
            return _STOPPED if ended_by is None else _FAILED
        used = {**record.versions(), **engine.versions()}
    options.record.write_text(record.text(run, used, tested, ended_by, nothing_left=gone))
    hold = sum(result.holds for result in tested)
    say(f"{hold} of {len(tested)} claims that were tested hold. The record: {options.record}")
    return _FAILED if ended_by or hold < len(tested) or not gone else 0


def _try(found: Iterable[Result], tested: list[Result]) -> str | None:
    """Test the claims, and note their results; return the error that ended it, or `None` if a person did.

    Afterwards nothing can be interrupted.
    """
    try:
        try:
            for result in found:
                tested.append(result)
                say(f"  {'✓' if result.holds else '✗'} {result.claim}", *result.differences())
        finally:
            _listen(_hold)
    except KeyboardInterrupt:
        say("", "Stopped. Removing what was made …")
        return None
    except (auto.CommandError, ProcessTimeoutError, ClientError, BotoCoreError) as error:
        say(f"Stopped by an error: {errors(error)}")
        return errors(error)
    return ""


def _remove(options: argparse.Namespace) -> int:
    run = find(options.remove, options.patience)
    try:
        found = [f"  {removal.command(call)}" for call in removal.left(run)]
    except (ClientError, BotoCoreError) as error:
        raise RefusedError(f"IAM does not tell what is left: {one_line(error)}.") from None
    say(f"In account {run.account}, this removes what is left of {run.id}:", *(found or ["  nothing is left"]))
    if not found:
        return 0
    _ask(yes=options.yes)
    _listen(_hold)
    return 0 if removal.remove(run) else _FAILED


def _ask(*, yes: bool) -> None:
    """Go on only if a person says so; otherwise raise."""
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise RefusedError("There is no terminal to answer on: add YES=1 to answer yes.")
    try:
        answer = input("Go on? (yes/no) ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise RefusedError("The answer was not yes.")


def _listen(handler: Any) -> None:
    """Set what Ctrl-C, and a terminal that is closed, do from now on."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _stop(*_: object) -> None:
    """End the run, once: what ends it must not be interrupted."""
    _listen(_hold)
    logging.disable()  # the SDK's server would log that its engine is gone
    raise KeyboardInterrupt


def _hold(*_: object) -> None:
    with contextlib.suppress(OSError):
        os.write(2, b"It first removes what it made, and then ends ...\n")


if __name__ == "__main__":
    sys.exit(main())
