"""How `make verify` waits for AWS, and what its record leaves out."""

import json
import os
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Final
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from tools.verify import __main__ as command
from tools.verify import record
from tools.verify.claims import CLAIMS, Result, try_claim
from tools.verify.run import RefusedError, Run, find, one_line

ME: Final = "arn:aws:sts::123456789012:assumed-role/Admin/jane@example.com"
RUN: Final = Run("00000000", 0.06, "eu-west-1", Mock(), Mock(), "123456789012", ME, "AWS")
UNKNOWN: Final = ClientError({"Error": {"Code": "NoSuchEntity", "Message": "No such role"}}, "GetRole")


@pytest.mark.parametrize(
    ("given", "answered", "looks"),
    [(["new"], "new", 1), ([UNKNOWN, "old", "new"], "new", 3), (["old"], "old", 12), ([UNKNOWN], str(UNKNOWN), 12)],
)
def test_it_looks_until_it_sees_what_is_wanted(given: list[Any], answered: str, looks: int) -> None:
    """IAM may not show for some time what was written."""
    seen = Mock(side_effect=chain(given, repeat(given[-1])))
    result = try_claim(RUN, "A claim.", lambda: (seen(), "new"))

    assert (result.answered, result.holds, seen.call_count) == (answered, answered == "new", looks)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"User: {ME} may not", "User: CALLER may not"),
        (f"{ME} or arn:aws:iam::123456789012:user/path/me", "CALLER or CALLER"),
        ("denied by arn:aws:organizations::987654321098:policy/o-abcde12345/p-1.", "denied by ORGANIZATION"),
        ("the organization o-abcde12345", "the organization ORGANIZATION"),
        ("arn:aws:iam::123456789012:role/web", "arn:aws:iam::ACCOUNT:role/web"),
        ('no connection to "http://me:s3cret@host:1/"', 'no connection to "http://host:1/"'),
        (f"{Path.home()}/.aws", "~/.aws"),
        ('a "quote" and \\', 'a "quote" and \\'),
    ],
)
def test_the_record_names_nobody(said: str, told: str) -> None:
    """Callers, accounts, organizations and passwords are taken out of each value, and the rest stays JSON."""
    written = json.loads(record.text(RUN, [Result(CLAIMS[0], {said: [said]}, {})], said))

    assert (written["claims"][0]["answered"], written["ended by"]) == ({told: [told]}, told)


def test_an_error_shows_no_password() -> None:
    """A person may paste what is printed."""
    assert one_line("http://me:s3cret@host:1/\n  failed") == "http://host:1/ failed"


KEYS: Final = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret"}
WHOSE: Final = "AWS did not say whose credentials these are"


@pytest.mark.parametrize(
    ("env", "why"),
    [
        (KEYS, "No Region is set: set AWS_REGION, or `region` in the profile."),
        ({"AWS_REGION": "eu-west-1"}, f"{WHOSE} (Unable to locate credentials)."),
        ({"AWS_PROFILE": "nope"}, f"{WHOSE} (The config profile (nope) could not be found)."),
    ],
)
def test_it_refuses_a_caller_whom_aws_would_not_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], why: str
) -> None:
    """One line says what is missing."""
    files = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), str(tmp_path / "none"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    monkeypatch.setattr("os.environ", {**kept, **files, "AWS_EC2_METADATA_DISABLED": "true", **env})

    with pytest.raises(RefusedError) as refused:
        find("00000000", patience=0)

    assert str(refused.value) == why


@pytest.mark.parametrize(
    ("answer", "code", "last"),
    [
        *((answer, 2, "Nobody said yes; YES=1 says it. Nothing was written.") for answer in ("no", "", "yes, but")),
        (EOFError, 2, "Nobody said yes; YES=1 says it. Nothing was written."),
        (KeyboardInterrupt, 130, "Stopped. Nothing was written."),
        (" Yes ", 0, "and takes some minutes."),
    ],
)
def test_only_yes_is_yes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: Any, code: int, last: str
) -> None:
    """Any other answer, and Ctrl-C, end the command before it writes."""
    monkeypatch.setattr("sys.argv", ["verify"])
    monkeypatch.setattr("sys.stdin", Mock(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", Mock(side_effect=[answer]))
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(command, "find", lambda *_: RUN)
    monkeypatch.setattr(command, "_verify", lambda *_: 0)

    assert command.main() == code
    assert capsys.readouterr().out.endswith(f"{last}\n")
