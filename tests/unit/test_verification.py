"""How `make verify` waits for AWS, reads its simulator's results, and names what it removes."""

from collections.abc import Mapping
from itertools import chain, repeat
from typing import Any, Final
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from tools.verify import roles
from tools.verify.removal import Removal
from tools.verify.run import Run

RUN: Final = Run("00000000", None, patience=0.6)
UNKNOWN: Final = ClientError({"Error": {"Code": "NoSuchEntity", "Message": "No such role"}}, "GetRole")
DENIED: Final = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetRole")
WAITS: Final = "    AWS does not show it yet; looking again for up to 1 s …\n"


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
    look = Mock(side_effect=chain(given, repeat(given[-1])))

    assert RUN.until("wanted", look) == seen
    assert capsys.readouterr().out == told


def test_another_error_is_not_waited_for() -> None:
    """What IAM refuses it will refuse again."""
    with pytest.raises(ClientError, match="AccessDenied"):
        RUN.until("wanted", Mock(side_effect=[DENIED, "wanted"]))


def result(action: str, decision: str, *policies: str) -> Mapping[str, Any]:
    """Return a result of the simulator."""
    matched = [{"SourcePolicyId": policy} for policy in policies]
    return {"EvalActionName": action, "EvalDecision": decision, "MatchedStatements": matched}


@pytest.mark.parametrize("of_another_resource", [[], [result("kms:Decrypt", "allowed", "PolicyInputList.1")]])
def test_the_simulators_results_are_read_alike(of_another_resource: list[Mapping[str, Any]]) -> None:
    """However AWS shapes them, an action is denied if one result says so, and only the policy that denies is named."""
    allowed = result("ssm:UpdateInstanceInformation", "allowed", "PolicyInputList.1")
    denied = result("kms:Decrypt", "explicitDeny", "role_web_no", "role_web_no")
    found = [allowed, denied, *of_another_resource]

    assert roles.decisions(found) == {"kms:Decrypt": "explicitDeny"}
    assert roles.policies(found) == ["role_web_no"]


def test_what_is_removed_is_told_as_a_command() -> None:
    """A person can run it instead, whatever is in a name."""
    removal = Removal("delete_role_policy", {"RoleName": "web", "PolicyName": "it's"})

    assert removal.command == "aws iam delete-role-policy --role-name web --policy-name 'it'\"'\"'s'"
