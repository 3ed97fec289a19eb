"""How `make verify` waits for AWS, reads its simulator's results, and names what it removes."""

from itertools import chain, repeat
from typing import Any, Final
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from tools.verify.removal import Removal
from tools.verify.run import Run

RUN: Final = Run("00000000", patience=0.6)
UNKNOWN: Final = ClientError({"Error": {"Code": "NoSuchEntity", "Message": "No such role"}}, "GetRole")
DENIED: Final = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetRole")
WAITS: Final = "    AWS does not show it yet; looking again for up to 1 s …\n"


@pytest.mark.parametrize(
    ("given", "seen", "told"),
    [
        (["wanted"], "wanted", ""),
        ([UNKNOWN, "old", "wanted"], "wanted", WAITS),
        (["old"], "old", WAITS),
        (
            [UNKNOWN],
            {"error": "An error occurred (NoSuchEntity) when calling the GetRole operation: No such role"},
            WAITS,
        ),
    ],
)
def test_it_looks_until_it_sees_what_is_wanted(
    given: list[Any], seen: object, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What IAM does not show or know yet is looked for again, until patience ends; a person is told why it waits."""
    look = Mock(side_effect=chain(given, repeat(given[-1])))

    assert RUN.until(lambda seen: seen == "wanted", look) == seen
    assert capsys.readouterr().out == told


def test_another_error_is_not_waited_for() -> None:
    """What IAM refuses it will refuse again."""
    with pytest.raises(ClientError, match="AccessDenied"):
        RUN.until(lambda seen: seen == "wanted", Mock(side_effect=[DENIED, "wanted"]))


def test_what_is_removed_is_told_as_a_command() -> None:
    """A person can run it instead, whatever is in a name."""
    removal = Removal("delete_role_policy", {"RoleName": "web", "PolicyName": "it's"})

    assert removal.command == "aws iam delete-role-policy --role-name web --policy-name 'it'\"'\"'s'"
