"""How `make verify` waits for AWS."""

from itertools import chain, repeat
from typing import Any, Final
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from tools.verify.claims import Result, try_claim
from tools.verify.run import Run


class UnknownError(ClientError):
    """What IAM says of a role that it does not know, or not yet."""


IAM: Final = Mock()
IAM.exceptions.NoSuchEntityException = UnknownError
RUN: Final = Run("00000000", 0.6, "123456789012", "arn:aws:iam::123456789012:user/me", "eu-west-1", Mock(), IAM, "AWS")
UNKNOWN: Final = UnknownError({"Error": {"Code": "NoSuchEntity", "Message": "No such role"}}, "GetRole")
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
