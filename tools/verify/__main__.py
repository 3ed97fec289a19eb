"""`make verify`: says what it will write, asks you, tests each claim, removes what it made, and writes a record."""

import argparse
import re
import secrets
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pulumi.automation as auto
from botocore.exceptions import BotoCoreError, ClientError

from sandbox import ProcessTimeoutError, ToolError, find_cli
from tools.verify import account, record, removal
from tools.verify.account import Account, RefusedError
from tools.verify.claims import Result, Trial
from tools.verify.engine import Engine, errors
from tools.verify.run import PREFIX, Run, Stop, say

_FAILED, _REFUSED, _STOPPED = 1, 2, 130


def main() -> int:
    """Run the command; return the exit code."""
    options, stop = _options(), Stop()
    try:
        return _remove(options, stop) if options.remove else _verify(options, stop)
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
    parser.add_argument("--record", type=Path, help="file for the record; written also if the endpoint is not AWS")
    return parser.parse_args()


def _id(text: str) -> str:
    found = re.fullmatch(rf"(?:{PREFIX})?([0-9a-f]{{8}})(?:-.*)?", text)
    if found is None:
        raise argparse.ArgumentTypeError("it is not the id of a run, which has eight hexadecimal digits")
    return found[1]


def _verify(options: argparse.Namespace, stop: Stop) -> int:
    say("This tests pulumi-ssm-perms on an AWS account, with Pulumi's own AWS plugin and AWS's policy simulator.")
    last = f"The last recorded run: {record.FILE.relative_to(record.ROOT)}."
    say(last if record.FILE.exists() else "No run on AWS is recorded: until now only the sandbox was tested.")
    here = account.find()
    run = Run(secrets.token_hex(4), options.patience)
    _announce(here, run)
    _ask(yes=options.yes)
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder:
        engine = Engine(find_cli(), Path(folder), here)
        say("Getting Pulumi's AWS plugin, and asking for its account: this may take some minutes …")
        used = {**record.versions(), **engine.versions()}
        try:
            ended_by = _try(Trial(here, engine, run), results, stop)
        finally:
            gone = removal.remove(here, run)
    if ended_by is None:
        return _STOPPED
    file = options.record or (record.FILE if here.is_aws else None)
    if file:
        file.write_text(record.text(here, used, results, ended_by, nothing_left=gone))
    where = f"The record: {file}" if file else "No record was written, because the endpoint is not AWS."
    hold = sum(result.holds for result in results)
    say(f"{hold} of {len(results)} claims that were tested hold. {where}")
    return _FAILED if ended_by or hold < len(results) or not gone else 0


def _try(trial: Trial, results: list[Result], stop: Stop) -> str | None:
    """Test the claims, and note their results; return the error that ended it, or `None` if a person did.

    Afterwards nothing can be interrupted.
    """
    say("Making the roles …")
    try:
        try:
            for result in trial.results():
                results.append(result)
                say(f"  {'✓' if result.holds else '✗'} {result.claim}", *_why(result))
                stop.check()
        finally:
            stop.hold()
    except KeyboardInterrupt:
        say("", "Stopped. Removing what was made …")
        return None
    except (auto.CommandError, ProcessTimeoutError, ClientError, BotoCoreError) as error:
        say(f"Stopped by an error: {errors(error)}")
        return errors(error)
    return ""


def _why(result: Result) -> Iterator[str]:
    """Yield what differs, if anything does."""
    for key, value in result.wanted.items():
        if (answered := result.answered.get(key, result.answered)) != value:
            yield f"    {key}: {answered}\n    wanted: {value}"


def _remove(options: argparse.Namespace, stop: Stop) -> int:
    here, run = account.find(), Run(options.remove, options.patience)
    try:
        found = [f"  {each.command}" for each in removal.left(here, run)]
    except (ClientError, BotoCoreError) as error:
        raise RefusedError(f"IAM does not tell what is left: {account.one_line(error)}.") from None
    say(f"In account {here.number}, this removes what is left of run {run.id}:", *(found or ["  nothing is left"]))
    if not found:
        return 0
    _ask(yes=options.yes)
    stop.hold()
    return 0 if removal.remove(here, run) else _FAILED


def _announce(here: Account, run: Run) -> None:
    """Say what will be written, where, and how it is removed."""
    say("", f"Account {here.number}, as {here.caller}, Region {here.region}.")
    if not here.is_aws:
        say(f"The endpoint is not AWS: {here.iam.meta.endpoint_url}.")
    say("It will write these to IAM, and remove them at the end, also after Ctrl-C:")
    say(f"  - the roles {' and '.join(run.roles)}, which EC2 may assume, with policies")
    say("  - two managed policies, one of them a permissions boundary")
    say(f"All names begin with {run.name('')}. If the run is killed, this removes the rest: {run.removal}")
    say("It downloads Pulumi's AWS plugin, 200 MB, for which Pulumi publishes no SHA-256. It takes some minutes.")


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


if __name__ == "__main__":
    sys.exit(main())
