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
    (r"arn:[\w-]+:organizations:[^\s\"')]+|\bo-[a-z0-9]{10,32}\b", "ORGANIZATION"),
    (r"arn:[\w-]+:(sts|iam)::\d*:(assumed-role|federated-user|user|root)[^\s\"')]*", "CALLER"),
    (r"(?<=User: )\S+", "CALLER"),
    (r"\bA[A-Z]{2}A[A-Z0-9]{12,}(:[^\s\"')]+)?", "CALLER"),  # an access key, or a role's id with its session
    (re.escape(str(Path.home())), "~"),
    (r"(?<!\d)\d{12}(?!\d)|(?<![\d-])\d{4}[-_]\d{4}[-_]\d{4}(?![\d-])", "ACCOUNT"),
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
    session = run.caller.rpartition("/")[2]
    redacted = (*_REDACTED, (rf"(?<!\w){re.escape(session)}(?!\w)", "CALLER"))
    found: dict[str, Any] = {
        "made by": "make verify",
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "answered by": run.answered_by,
        "partition": run.caller.split(":")[1],
        "Region": run.region,
        "versions": _versions(),
        "claims": [
            {"claim": each.claim, "holds": each.holds, "answered": _redacted(each.answered, redacted)}
            | ({} if each.holds else {"wanted": _redacted(each.wanted, redacted)})
            for each in results
        ],
        "not run": [claim for claim in CLAIMS if claim not in tested],
        **({"ended by": _redacted(ended_by, redacted)} if ended_by else {}),
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _redacted(value: Any, patterns: Sequence[tuple[str, str]]) -> Any:
    """Return a value without what names people, accounts or organizations, so that it stays JSON."""
    if isinstance(value, Mapping):
        return {_redacted(key, patterns): _redacted(each, patterns) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(each, patterns) for each in value]
    if isinstance(value, str):
        for pattern, instead in patterns:
            value = re.sub(pattern, instead, value)
    return value
