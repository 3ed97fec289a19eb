"""The record of a run: Region, versions, each claim with AWS's answer, and what was not run. It names nobody."""

import datetime as dt
import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from tools.release import RECORD, version
from tools.verify.claims import CLAIMS, Result
from tools.verify.run import Run

ROOT: Final = Path(__file__).parents[2]
FILE: Final = ROOT / RECORD
_REDACTED: Final = (
    (r"//[^/\s@]+@", "//"),  # a password in an address
    (r"arn:[\w-]+:organizations:[^\s\"')]+|\bo-[a-z0-9]{10,32}\b", "ORGANIZATION"),
    (r"arn:[\w-]+:(sts|iam)::\d*:(assumed-role|federated-user|user|root)[^\s\"')]*", "CALLER"),
    (r"(?<=User: )\S+", "CALLER"),
    (re.escape(str(Path.home())), "~"),
    (r"\b\d{12}\b", "ACCOUNT"),
)


def _versions() -> dict[str, str]:
    """Return the versions of the packages in this process, and the commit of the source if there is one."""
    described = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40"]
    done = subprocess.run(described, capture_output=True, text=True, check=False)
    commit = {"commit": done.stdout.strip()} if done.returncode == 0 else {}
    sdk = {name: metadata.version(name) for name in ("pulumi", "pulumi-aws", "botocore")}
    return {"pulumi-ssm-perms": version(ROOT), **commit, **sdk}


def text(run: Run, results: Sequence[Result], ended_by: str) -> str:
    """Return the record as JSON; the wanted answer of a claim is in it only if the claim fails."""
    tested = {result.claim for result in results}
    found: dict[str, Any] = {
        "made by": "make verify",
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "answered by": run.answered_by,
        "partition": run.caller.split(":")[1],
        "Region": run.region,
        "versions": _versions(),
        "claims": [
            {"claim": each.claim, "holds": each.holds, "answered": each.answered}
            | ({} if each.holds else {"wanted": each.wanted})
            for each in results
        ],
        "not run": [claim for claim in CLAIMS if claim not in tested],
        **({"ended by": ended_by} if ended_by else {}),
    }
    return json.dumps(_redacted(found), indent=2, ensure_ascii=False) + "\n"


def _redacted(value: Any) -> Any:
    """Return a value without what names people, accounts or organizations, so that it stays JSON."""
    if isinstance(value, Mapping):
        return {_redacted(key): _redacted(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(each) for each in value]
    if isinstance(value, str):
        for pattern, instead in _REDACTED:
            value = re.sub(pattern, instead, value)
    return value
