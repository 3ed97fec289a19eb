"""How `make verify` waits for AWS, and what its record leaves out."""

import json
from itertools import chain, repeat
from typing import Any, Final
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from tools.verify import record
from tools.verify.claims import Result, try_claim
from tools.verify.run import Run

RUN: Final = Run(
    "00000000", 0.6, "123456789012", "arn:aws:iam::123456789012:user/me", "eu-west-1", Mock(), Mock(), "AWS"
)
UNKNOWN: Final = ClientError({"Error": {"Code": "NoSuchEntity", "Message": "No such role"}}, "GetRole")
DENIED: Final = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetRole")
NEW, OLD = {"has": "new", "more": 1}, {"has": "old"}
WAITS: Final = "    AWS does not show it yet; looking again for up to 1 s …\n"


@pytest.mark.parametrize(
    ("given", "answered", "told"),
    [
        ([NEW], NEW, ""),
        ([UNKNOWN, OLD, NEW], NEW, WAITS),
        ([OLD], OLD, WAITS),
        ([UNKNOWN], {"error": str(UNKNOWN)}, WAITS),
        ([DENIED, NEW], {"error": str(DENIED)}, ""),
    ],
)
def test_it_looks_until_it_sees_what_is_wanted(
    given: list[Any], answered: object, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What IAM does not show or know yet is looked for until patience ends; what it refuses it will refuse again."""
    wanted = {"has": "new"}
    found = try_claim(RUN, "A claim.", wanted, Mock(side_effect=chain(given, repeat(given[-1]))))

    assert found == Result("A claim.", answered is NEW, answered, wanted)  # type: ignore[arg-type]
    assert capsys.readouterr().out == told


def test_the_record_names_no_organization() -> None:
    """IAM's text about an SCP has its ARN, with the organization and its account."""
    said = "explicit deny in a service control policy: {}".format
    scp = "arn:aws:organizations::987654321098:policy/o-example/service_control_policy/p-example"
    written = record.text(
        RUN, {}, [Result("A claim.", holds=False, answered={"error": said(scp)}, wanted={})], "", nothing_left=True
    )

    assert json.loads(written)["claims"][0]["answered"] == {"error": said("SCP")}
