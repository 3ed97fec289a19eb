"""`make verify`: says what it will write, asks you, tests each claim, removes what it made, and writes a record."""

import argparse
import re
import secrets
import sys
import tempfile
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from sandbox import ToolError, find_cli
from tools.verify import account, claims, record, removal, roles
from tools.verify.account import Account, Policies, RefusedError
from tools.verify.engine import Engine
from tools.verify.run import PREFIX, Run, Stop, say
from tools.verify.trial import HOLDS, Trial

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
    parser.add_argument("--role", help="an existing role to test on; default: a new role")
    parser.add_argument("--has-policies", action="store_true", help="test on the role although it has policies")
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
    last = f"The last recorded run: {record.RECORD.relative_to(record.ROOT)}."
    say(last if record.RECORD.exists() else "No run on AWS is recorded: until now only the sandbox was tested.")
    here = account.find()
    role, before = None, Policies({}, [])
    if options.role:
        role, before = account.role_to_try_on(here, options.role, has_policies=options.has_policies)
    run = Run(secrets.token_hex(4), role, options.patience)
    _announce(here, run)
    _ask(yes=options.yes)
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder:
        engine = Engine(find_cli(), Path(folder), here)
        say("Getting Pulumi's AWS plugin, and asking for its account: this may take some minutes …")
        versions = {**record.versions(), **engine.versions()}
        trial = Trial(here, engine, run, before)
        try:
            code = _try(trial, stop)
        finally:
            gone = removal.remove(here, run)
    if code is not None:
        return code
    failed = [result for result in trial.results if result.result != HOLDS]
    file = options.record or (record.RECORD if here.is_aws else None)
    if file:
        file.write_text(record.text(trial, versions, nothing_left=gone))
    where = f"The record: {file}" if file else "No record was written, because the endpoint is not AWS."
    say(f"{len(trial.results) - len(failed)} of {len(trial.results)} claims hold. {where}")
    return _FAILED if failed or not gone else 0


def _try(trial: Trial, stop: Stop) -> int | None:
    """Test all claims; return the exit code if it ends early. Afterwards nothing can be interrupted."""
    try:
        try:
            say("Making the roles …")
            roles.make(trial.account, trial.run)
            for group in (claims.inline, claims.preferences, claims.fleet, claims.checks):
                stop.check()
                group(trial)
        finally:
            stop.hold()
    except KeyboardInterrupt:
        say("", "Stopped. Removing what was made …")
        return _STOPPED
    except (ClientError, BotoCoreError) as error:
        say(f"Stopped by an error of AWS: {account.one_line(error)}")
        return _FAILED
    return None


def _remove(options: argparse.Namespace, stop: Stop) -> int:
    here = account.find()
    run = Run(options.remove, options.role, options.patience)
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
    say(f"  - the roles {', '.join(filter(run.made, run.roles))}, which EC2 may assume, with policies")
    if run.given:
        say(f"  - inline policies and one attached policy on the role {run.given}")
    say("  - three managed policies")
    say(f"All names begin with {run.name('')}. If the run is killed, this removes the rest: {run.removal}")
    say("It downloads Pulumi's AWS plugin, 200 MB, for which Pulumi publishes no SHA-256. It takes about 10 minutes.")


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
