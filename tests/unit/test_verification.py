"""How `make verify` waits for AWS, which shows what was written after a while."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from verification.run import Run

PATIENCE = 0.6
UNKNOWN = ClientError({"Error": {"Code": "NoSuchEntity", "Message": "No such role"}}, "GetRole")


def answers(*given: Any) -> Callable[[], Any]:
    """Return what answers with these, one after the other, and then with the last one; errors are raised."""
    left = list(given)

    def look() -> Any:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return look


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        (["wanted"], "wanted"),
        ([UNKNOWN, "old", "wanted"], "wanted"),
        (["old"], "old"),
        ([UNKNOWN], "An error occurred (NoSuchEntity) when calling the GetRole operation: No such role"),
    ],
)
def test_it_looks_until_it_sees_what_is_wanted(given: list[Any], seen: str) -> None:
    """What IAM does not show or know yet is looked for again, until patience ends; then the last answer counts."""
    assert Run("00000000", None, PATIENCE).until("wanted", answers(*given)) == seen


def test_it_waits_only_where_it_has_to(capsys: pytest.CaptureFixture[str]) -> None:
    """A person is told why it takes time, and nothing where it takes none."""
    run = Run("00000000", None, PATIENCE)
    run.until("wanted", answers("wanted"))
    told = [capsys.readouterr().out]
    run.until("wanted", answers("old", "wanted"))
    told.append(capsys.readouterr().out)

    assert told == ["", "    AWS does not show it yet; looking again for up to 1 s …\n"]


def test_another_error_is_not_waited_for() -> None:
    """What IAM refuses it will refuse again."""
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetRole")
    with pytest.raises(ClientError, match="AccessDenied"):
        Run("00000000", None, PATIENCE).until("wanted", answers(denied, "wanted"))
