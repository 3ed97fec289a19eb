"""The record of a run: Region, versions, and each claim with AWS's answer. It names no account, caller or SCP."""

import datetime as dt
import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from tools.release import RECORD, version
from tools.verify.claims import Result
from tools.verify.run import Run

ROOT: Final = Path(__file__).parents[2]
FILE: Final = ROOT / RECORD


def versions() -> dict[str, str]:
    """Return the versions of the packages in this process, and the commit of the source if there is one."""
    described = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40"]
    done = subprocess.run(described, capture_output=True, text=True, check=False)
    commit = {"commit": done.stdout.strip()} if done.returncode == 0 else {}
    sdk = {name: metadata.version(name) for name in ("pulumi", "pulumi-aws", "botocore")}
    return {"pulumi-ssm-perms": version(ROOT), **commit, **sdk}


def text(run: Run, used: Mapping[str, str], results: Iterable[Result], ended_by: str, *, nothing_left: bool) -> str:
    """Return the record as JSON; the wanted answer of a claim is in it only if the claim fails."""
    found: dict[str, Any] = {
        "made by": "make verify",
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "answered by": run.answered_by,
        "partition": run.caller.split(":")[1],
        "Region": run.region,
        "versions": used,
        "claims": [
            {key: value for key, value in result._asdict().items() if key != "wanted" or not result.holds}
            for result in results
        ],
        **({"ended by": ended_by} if ended_by else {}),
        "nothing left": nothing_left,
    }
    written = json.dumps(found, indent=2, ensure_ascii=False, default=str).replace(run.caller, "CALLER")
    written = re.sub(r"User: \S+", "User: CALLER", written)
    # IAM's texts name the SCP that denies, with the organization and its account.
    written = re.sub(r'arn:[\w-]+:organizations:[^\s"\\)]+', "SCP", written)
    return written.replace(run.account, "ACCOUNT") + "\n"
