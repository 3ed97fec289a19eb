"""The record of a run: Region, versions, and each claim with AWS's answer. It names no account."""

import datetime as dt
import json
import re
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from tools.release import version
from tools.verify.account import Account
from tools.verify.run import Run
from tools.verify.trial import FAILS, Result, Trial

ROOT: Final = Path(__file__).parents[2]
RECORD: Final = ROOT / "tools/verify/record.json"


def versions() -> dict[str, str]:
    """Return the versions of the packages in this process, and the commit of the source if there is one."""
    described = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40"]
    done = subprocess.run(described, capture_output=True, text=True, check=False)
    commit = {"commit": done.stdout.strip()} if done.returncode == 0 else {}
    sdk = {name: metadata.version(name) for name in ("pulumi", "pulumi-aws", "botocore")}
    return {"pulumi-ssm-perms": version(ROOT), **commit, **sdk}


def text(trial: Trial, used: Mapping[str, str], *, nothing_left: bool) -> str:
    """Return the record as JSON."""
    account, run = trial.account, trial.run
    found: dict[str, Any] = {
        "made by": "make verify",
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "answered by": "AWS" if account.is_aws else f"not AWS, but {account.iam.meta.endpoint_url}",
        "partition": account.partition,
        "Region": account.region,
        "first role": "one that was there" if run.given else "one that the run made",
        "versions": used,
        "claims": [_masked(_told(result), account, run) for result in trial.results],
        "nothing left": nothing_left,
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _told(result: Result) -> Mapping[str, Any]:
    """Return a claim's part of the record; the wanted answer is in it only if the claim fails."""
    return {key: value for key, value in vars(result).items() if key != "wanted" or result.result == FAILS}


def _masked(answered: object, account: Account, run: Run) -> Any:
    """Mask the caller, the account and the role."""
    written = json.dumps(answered, ensure_ascii=False).replace(account.caller, "CALLER")
    written = re.sub(r"User: \S+", "User: CALLER", written).replace(account.number, "ACCOUNT")
    if run.given:
        written = re.sub(rf"(?<![\w+=,.@-]){re.escape(run.given)}(?![\w+=,.@-])", "ROLE", written)
    return json.loads(written)
