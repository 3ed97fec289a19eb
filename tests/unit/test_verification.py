"""How `make verify` waits for AWS, reads its simulator's results, and names what it removes."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from verification import roles
from verification.removal import Removal
from verification.run import Run

RUN: Final = Run("00000000", None, patience=0.6)
UNKNOWN: Final = ClientError({"Error": {"Code": "NoSuchEntity", "Message": "No such role"}}, "GetRole")
DENIED: Final = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetRole")
WAITS: Final = "    AWS does not show it yet; looking again for up to 1 s …\n"


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
    ("given", "seen", "told"),
    [
        (["wanted"], "wanted", ""),
        ([UNKNOWN, "old", "wanted"], "wanted", WAITS),
        (["old"], "old", WAITS),
        ([UNKNOWN], "An error occurred (NoSuchEntity) when calling the GetRole operation: No such role", WAITS),
    ],
)
def test_it_looks_until_it_sees_what_is_wanted(
    given: list[Any], seen: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What IAM does not show or know yet is looked for again, until patience ends; a person is told why it waits."""
    assert RUN.until("wanted", answers(*given)) == seen
    assert capsys.readouterr().out == told


def test_another_error_is_not_waited_for() -> None:
    """What IAM refuses it will refuse again."""
    with pytest.raises(ClientError, match="AccessDenied"):
        RUN.until("wanted", answers(DENIED, "wanted"))


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


def test_what_is_removed_is_told_as_a_command() -> None:
    """A person can run it instead, whatever is in a name."""
    removal = Removal("delete_role_policy", {"RoleName": "web", "PolicyName": "it's"})

    assert removal.command == "aws iam delete-role-policy --role-name web --policy-name 'it'\"'\"'s'"
