"""What `check_role` says where IAM cannot be asked and where an input is secret, with mocks in the provider's place."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms._check_role import _asking
from tests.answers import (
    ARN,
    ASK_AGAIN,
    AWS_SAID,
    COULD_NOT_ASK,
    DENIED,
    FORBIDDEN,
    GET_ROLE,
    HEARTBEAT,
    MAY_NOT_ASK,
    SIMULATE,
    UNSEEN,
    iam,
)
from tests.documents import KEY
from tests.mocks import Secret
from tests.permissions import PERMISSIONS, declared

MOCKS: Final = "has not answered; in a unit test, let the mocks' call answer it with"
LIMIT: Final = "arn:aws:iam::123456789012:policy/limit"
BOUND: Final = {"arn": ARN, "permissionsBoundary": LIMIT}
LIFT_IT: Final = f"does not allow it. Allow it there as well. {UNSEEN}"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again without a pause where IAM says that it is too busy."""
    monkeypatch.setattr(_asking, "PATIENCE", [0, 0])


@pytest.mark.parametrize(
    ("answers", "warning"),
    [
        pytest.param(
            {"role": DENIED},
            f"{COULD_NOT_ASK} web (AccessDenied: User: me is not authorized on web (aws)). " + MAY_NOT_ASK,
            id="may not get the role",
        ),
        pytest.param(
            {"fails": f"{AWS_SAID}, api error Throttling: Rate exceeded"},
            f"{COULD_NOT_ASK} web (Throttling: Rate exceeded (aws)). {ASK_AGAIN}",
            id="throttled",
        ),
        pytest.param(
            {"fails": "dial tcp"},
            f"{COULD_NOT_ASK} web (invoke of {SIMULATE} failed: dial tcp (aws)). {ASK_AGAIN}",
            id="no answer of AWS",
        ),
        pytest.param({"role": {}}, f"{COULD_NOT_ASK} web ({GET_ROLE} {MOCKS} arn). {ASK_AGAIN}", id="no role"),
        pytest.param(
            {"fails": {}},
            f"{COULD_NOT_ASK} web ({SIMULATE} {MOCKS} results). {ASK_AGAIN}",
            id="no results",
        ),
    ],
)
def test_what_could_not_be_asked_is_one_warning(
    answers: Mapping[str, Any], warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    """There is no list, and the policy is asked for all the same; two failed simulations are one cause."""
    record = declared({"check_role": True, "kms_key_arns": [KEY]}, answer=iam(**answers))

    assert (caplog.messages, record.results["denied_actions"]) == ([warning], None)
    assert PERMISSIONS.policy(record)["role"] == "web"


def test_a_boundary_that_denies_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """What the role may do as soon as its boundary is lifted, the boundary denies."""
    answers = iam(role=BOUND, denied=[HEARTBEAT], by_boundary=True)
    record = declared({"check_role": True, "allow_update_instance_information": True}, answer=answers)

    assert record.results["denied_actions"] == [HEARTBEAT]
    assert caplog.messages == [f"web may not call {HEARTBEAT}: the permissions boundary {LIMIT} {LIFT_IT}"]


SECRET_ROLE: Final[Mapping[str, Any]] = {"role": lambda: pulumi.Output.secret("web"), "kms_key_arns": [KEY]}
SECRET_KEY: Final[Mapping[str, Any]] = {"kms_key_arns": lambda: [pulumi.Output.secret(KEY)]}
NOT_ON_KEY: Final = f"{AWS_SAID}, api error AccessDenied: not authorized on {KEY}"


@pytest.mark.parametrize(
    ("inputs", "answers", "warning"),
    [
        pytest.param(
            SECRET_ROLE,
            {"role": DENIED},
            f"{COULD_NOT_ASK} [secret] (AccessDenied). {MAY_NOT_ASK}",
            id="role, AWS's answer",
        ),
        pytest.param(
            SECRET_ROLE,
            {"role": "dial tcp: web"},
            f"{COULD_NOT_ASK} [secret]. {ASK_AGAIN}",
            id="role, no answer of AWS",
        ),
        pytest.param(
            SECRET_ROLE,
            {"role": BOUND, "denied": ["kms:Decrypt"], "by_boundary": True},
            f"[secret] may not call kms:Decrypt on [secret]: the permissions boundary {LIFT_IT}",
            id="role, denied by its boundary",
        ),
        pytest.param(
            SECRET_KEY,
            {"fails": NOT_ON_KEY},
            f"{COULD_NOT_ASK} web (AccessDenied). {MAY_NOT_ASK}",
            id="key, AWS's answer",
        ),
        pytest.param(
            SECRET_KEY,
            {"denied": ["kms:Decrypt"]},
            f"web may not call kms:Decrypt on [secret]: {FORBIDDEN}",
            id="key, denied",
        ),
        pytest.param(
            SECRET_KEY,
            {"denied": ["kms:Decrypt"], "missing": ["aws:SourceVpc"]},
            "IAM's simulator could not tell whether web may call kms:Decrypt on [secret]: it depends on aws:SourceVpc, "
            f"which only a real request has. {UNSEEN}",
            id="key, missing context keys",
        ),
    ],
)
def test_a_secret_is_in_no_warning(
    inputs: Mapping[str, Any], answers: Mapping[str, Any], warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither role, boundary nor key is shown; AWS's own message repeats what it was asked about, and is left out."""
    declared({**inputs, "check_role": True}, answer=iam(**answers))

    assert caplog.messages == [warning]


def test_the_list_is_as_secret_as_the_role() -> None:
    """What a secret role may not do is kept with it."""
    record = declared({**SECRET_ROLE, "check_role": True}, answer=iam(denied=[HEARTBEAT]))

    assert record.results["denied_actions"] == Secret([HEARTBEAT])
