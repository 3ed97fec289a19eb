"""How `make verify` waits for AWS, which shows what was written after a while, and reads its simulator's results."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from verification import roles
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


ALLOWS: Final = {"MatchedStatements": [{"SourcePolicyId": "PolicyInputList.1"}]}
DENIES: Final = {"MatchedStatements": [{"SourcePolicyId": "role_web_no"}, {"SourcePolicyId": "role_web_no"}]}
SHAPES: Final[Mapping[str, list[Mapping[str, Any]]]] = {
    "a result for each action": [{"EvalActionName": "kms:Decrypt", "EvalDecision": "explicitDeny", **DENIES}],
    "a result for each action and resource": [
        {"EvalActionName": "kms:Decrypt", "EvalDecision": "explicitDeny", **DENIES},
        {"EvalActionName": "kms:Decrypt", "EvalDecision": "allowed", **ALLOWS},
    ],
}


@pytest.mark.parametrize("results", SHAPES.values(), ids=SHAPES)
def test_the_simulators_results_are_read_alike(results: list[Mapping[str, Any]]) -> None:
    """However AWS shapes them, an action is denied if one result says so, and only the policy that denies is named."""
    allowed = {"EvalActionName": "ssm:UpdateInstanceInformation", "EvalDecision": "allowed", **ALLOWS}
    found = [allowed, *results]

    assert roles.decisions(found) == {"kms:Decrypt": "explicitDeny"}
    assert roles.policies(found) == ["role_web_no"]
