"""What `check_role` says where IAM cannot be asked and where an input is secret, with mocks in the provider's place."""

from collections.abc import Mapping
from typing import Any

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
    NO_SUCH_ROLE,
    SIMULATE,
    UNSEEN,
    iam,
    messages,
    role_of,
)
from tests.documents import KEY
from tests.mocks import Secret
from tests.permissions import OWNER, declare, declared

MOCKS = "has not answered; in a unit test, let the mocks' call answer it with"


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

    assert (caplog.messages, record.results["denied_actions"], role_of(record)) == ([warning], None, "web")


def test_a_boundary_that_denies_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """What the role may do as soon as its boundary is lifted, the boundary denies."""
    bound = {"arn": ARN, "permissionsBoundary": "arn:aws:iam::123456789012:policy/limit"}
    answers = iam(role=bound, denied=[HEARTBEAT], by_boundary=True)
    record = declared({"check_role": True, "allow_update_instance_information": True}, answer=answers)

    assert record.results["denied_actions"] == [HEARTBEAT]
    assert caplog.messages == [
        (
            f"web may not call {HEARTBEAT}: the permissions boundary arn:aws:iam::123456789012:policy/limit "
            f"does not allow it. Allow it there as well. {UNSEEN}"
        )
    ]


@pytest.mark.parametrize(
    ("answers", "warning"),
    [
        pytest.param(
            {"role": DENIED},
            f"{COULD_NOT_ASK} [secret] (AccessDenied). {MAY_NOT_ASK}",
            id="AWS's answer",
        ),
        pytest.param(
            {"role": "dial tcp: web"},
            f"{COULD_NOT_ASK} [secret]. {ASK_AGAIN}",
            id="no answer of AWS",
        ),
        pytest.param(
            {"denied": ["kms:Decrypt"]},
            f"[secret] may not call kms:Decrypt on [secret]: {FORBIDDEN}",
            id="denied",
        ),
    ],
)
def test_a_secret_role_is_in_no_warning(
    answers: Mapping[str, Any], warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    """AWS's own message repeats what it was asked about, and is left out."""
    declared(
        lambda: {"role": pulumi.Output.secret("web"), "kms_key_arns": [KEY], "check_role": True}, answer=iam(**answers)
    )

    assert caplog.messages == [warning]


@pytest.mark.parametrize(
    ("answers", "warning"),
    [
        pytest.param(
            {"fails": f"{AWS_SAID}, api error AccessDenied: not authorized on {KEY}"},
            f"{COULD_NOT_ASK} web (AccessDenied). {MAY_NOT_ASK}",
            id="AWS's answer",
        ),
        pytest.param(
            {"denied": ["kms:Decrypt"]}, f"web may not call kms:Decrypt on [secret]: {FORBIDDEN}", id="denied"
        ),
        pytest.param(
            {"denied": ["kms:Decrypt"], "missing": ["aws:SourceVpc"]},
            "IAM's simulator could not tell whether web may call kms:Decrypt on [secret]: it depends on aws:SourceVpc, "
            f"which only a real request has. {UNSEEN}",
            id="missing context keys",
        ),
    ],
)
def test_a_secret_key_is_in_no_warning(
    answers: Mapping[str, Any], warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The role is named, the key is not."""
    declared(lambda: {"kms_key_arns": [pulumi.Output.secret(KEY)], "check_role": True}, answer=iam(**answers))

    assert caplog.messages == [warning]


def test_a_secret_role_that_is_not_there_is_not_shown() -> None:
    """Errors show no secret either."""
    record = declare(lambda: {"role": pulumi.Output.secret("web"), "check_role": True}, answer=iam(role=NO_SUCH_ROLE))

    assert messages(record) == [
        (
            f"{OWNER}: role [secret]: IAM has no such role in the account of the provider; write the name of an "
            "existing role"
        )
    ]


def test_the_list_is_as_secret_as_the_role() -> None:
    """What a secret role may not do is kept with it."""
    record = declared(lambda: {"role": pulumi.Output.secret("web"), "check_role": True}, answer=iam(denied=[HEARTBEAT]))

    assert record.results["denied_actions"] == Secret([HEARTBEAT])
