"""How `make verify` waits for AWS, and what its record leaves out."""

import json
import os
from collections.abc import Callable
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
NO_ROLE: Final = ClientError({"Error": {"Code": "NoSuchEntity", "Message": "No such role"}}, "GetRole")


@pytest.mark.parametrize(
    ("given", "answered", "looks"),
    [(["new"], "new", 1), ([NO_ROLE, "old", "new"], "new", 3), (["old"], "old", 12), ([NO_ROLE], str(NO_ROLE), 12)],
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
        ("logs-123456789012_eu of 1234-5678-9012 or 1234_5678_9012", "logs-ACCOUNT_eu of ACCOUNT or ACCOUNT"),
        ("AKIAIOSFODNN7EXAMPLE, or AROAEXAMPLE0123456789:jane@example.com", "CALLER, or CALLER"),
        ("the session jane@example.com", "the session CALLER"),
        ("key/00000000-0000-0000-0000-00000000abcd", "key/00000000-0000-0000-0000-00000000abcd"),
        (f"{Path.home()}/.aws", "~/.aws"),
        ('a "quote" and \\', 'a "quote" and \\'),
    ],
)
def test_the_record_names_nobody(said: str, told: str) -> None:
    """Callers, accounts and organizations are taken out of each value, and the rest stays JSON."""
    written = json.loads(record.text(RUN, [Result(CLAIMS[0], {said: [said]}, {})], said))

    assert (written["claims"][0]["answered"], written["ended by"]) == ({told: [told]}, told)


def test_an_error_shows_no_password() -> None:
    """A person may paste what is printed, and the record has the same line."""
    assert one_line("http://me:s3cret@host:1/\n  failed") == "http://host:1/ failed"


KEYS: Final = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret"}
WHOSE: Final = "AWS did not say whose credentials these are"


@pytest.mark.parametrize(
    ("env", "why"),
    [
        (KEYS, "No Region is set: set AWS_REGION, or `region` in the profile."),
        ({"AWS_REGION": "eu-west-1"}, f"{WHOSE} (Unable to locate credentials)."),
        ({"AWS_PROFILE": "nope"}, f"{WHOSE} (The config profile (nope) could not be found)."),
        *(
            (
                {**KEYS, "AWS_REGION": "eu-west-1", f"AWS_ENDPOINT_URL_{other}": "http://127.0.0.1:9"},
                f"STS is answered by {sts}, and IAM by {iam}: let AWS answer both.",
            )
            for other, sts, iam in (("STS", "127.0.0.1:9, not AWS", "AWS"), ("IAM", "AWS", "127.0.0.1:9, not AWS"))
        ),
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


@pytest.mark.parametrize("number", ["typo", "", "0000000", "000000000", "0000000A"])
def test_a_run_has_an_id_of_eight_digits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: str
) -> None:
    """Another one is no run's, so nothing is asked of AWS, and nothing said to be gone."""
    monkeypatch.setattr("sys.argv", ["verify", f"--remove={number}"])
    monkeypatch.setattr("signal.signal", lambda *_: None)
    code = command.main()

    assert code == 2
    assert capsys.readouterr().out == f"{NO_ID.format(number)} Nothing was written.\n"


NO_ID: Final = "A run's id has eight hexadecimal digits, which {!r} has not."
TELLING: Final = f"Account 123456789012, as {ME}, Region eu-west-1, answered by AWS.\n"


def ctrl_c(_: Run, tell: Callable[[str], object]) -> str:
    """Remove a part of a run, until Ctrl-C."""
    tell("delete_role: web")
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("removes", "ends"),
    [
        (lambda *_: "", (0, "Found nothing of run 00000000 in account 123456789012.\n")),
        (ctrl_c, (130, "  delete_role: web\n\nStopped. The rest stays: make verify REMOVE=00000000\n")),
    ],
    ids=["nothing is there", "Ctrl-C"],
)
def test_a_removal_tells_what_it_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], removes: Any, ends: Any
) -> None:
    """And of which account; the temporary folder of the killed run goes as well, and no other one."""
    for name in ("ssm-perms-verify-00000000-a", "ssm-perms-verify-00000001-a"):
        (tmp_path / name / "home").mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["verify", "--remove=00000000"])
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(command, "find", lambda *_: RUN)
    monkeypatch.setattr(command, "remove", removes)
    code = command.main()
    before = f"{TELLING}  removed {tmp_path}/ssm-perms-verify-00000000-a\n"

    assert (code, capsys.readouterr().out.removeprefix(before)) == ends
    assert [left.name for left in tmp_path.iterdir()] == ["ssm-perms-verify-00000001-a"]
