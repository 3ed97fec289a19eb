"""What `check_role` says where IAM cannot be asked and where an input is secret, with mocks in the provider's place."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pytest

from tests.answers import (
    ASK_AGAIN,
    AWS_SAID,
    BOUND,
    COULD_NOT_ASK,
    COULD_NOT_TELL,
    DENIED,
    FORBIDDEN,
    GET_ROLE,
    HEARTBEAT,
    LIFT_IT,
    LIMIT,
    MAY_NOT_ASK,
    ONLY_REAL,
    SIMULATE,
    iam,
)
from tests.components import PERMISSIONS, declare
from tests.documents import KEY
from tests.mocks import Secret

MOCKS: Final = "has not answered; in a unit test, let the mocks' call method return"


UNASKED: Final[Mapping[str, tuple[Mapping[str, Any], str]]] = {
    "may not get the role": (
        {"role": DENIED},
        f"{COULD_NOT_ASK} role 'web' (AccessDenied: User: me is not authorized on web (aws)). {MAY_NOT_ASK}",
    ),
    "throttled": (
        {"fails": f"{AWS_SAID}, api error Throttling: Rate exceeded"},
        f"{COULD_NOT_ASK} role 'web' (Throttling). {ASK_AGAIN}",
    ),
    "no answer of AWS": (
        {"fails": "dial tcp"},
        f"{COULD_NOT_ASK} role 'web' (invoke of {SIMULATE} failed: dial tcp (aws)). {ASK_AGAIN}",
    ),
    "no role": ({"role": {}}, f"{COULD_NOT_ASK} role 'web' ({GET_ROLE} {MOCKS} arn). {ASK_AGAIN}"),
    "no results": ({"fails": {}}, f"{COULD_NOT_ASK} role 'web' ({SIMULATE} {MOCKS} results). {ASK_AGAIN}"),
}


@pytest.mark.parametrize(("answers", "warning"), UNASKED.values(), ids=UNASKED)
def test_what_could_not_be_asked_is_one_warning(
    answers: Mapping[str, Any], warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    """There is no list, and the policy is asked for all the same; two failed simulations are one cause."""
    record = declare({"check_role": True, "kms_key_arns": [KEY]}, answer=iam(**answers))

    assert caplog.messages == [warning]
    assert record.results["denied_actions"] is None
    assert PERMISSIONS.policy(record)["role"] == "web"


def test_a_boundary_that_denies_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """What the role may do as soon as its boundary is lifted, the boundary denies."""
    answers = iam(role=BOUND, denied=[HEARTBEAT], by_boundary=True)
    record = declare({"check_role": True, "allow_update_instance_information": True}, answer=answers)

    assert record.results["denied_actions"] == [HEARTBEAT]
    assert caplog.messages == [f"role 'web' may not call {HEARTBEAT}: the permissions boundary {LIMIT} {LIFT_IT}"]


SECRET_ROLE: Final[Mapping[str, Any]] = {"role": lambda: pulumi.Output.secret("web"), "kms_key_arns": [KEY]}
SECRET_KEY: Final[Mapping[str, Any]] = {"kms_key_arns": lambda: [pulumi.Output.secret(KEY)]}
SECRETS: Final[Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any], str]]] = {
    "role, AWS's answer": (
        SECRET_ROLE,
        {"role": DENIED},
        f"{COULD_NOT_ASK} role [secret] (AccessDenied). {MAY_NOT_ASK}",
    ),
    "role, no answer of AWS": (SECRET_ROLE, {"role": "dial tcp: web"}, f"{COULD_NOT_ASK} role [secret]. {ASK_AGAIN}"),
    "role, denied by its boundary": (
        SECRET_ROLE,
        {"role": BOUND, "denied": ["kms:Decrypt"], "by_boundary": True},
        f"role [secret] may not call kms:Decrypt on [secret]: the permissions boundary {LIFT_IT}",
    ),
    "key, AWS's answer": (
        SECRET_KEY,
        {"fails": f"{AWS_SAID}, api error AccessDenied: not authorized on {KEY}"},
        f"{COULD_NOT_ASK} role 'web' (AccessDenied). {MAY_NOT_ASK}",
    ),
    "key, denied": (
        SECRET_KEY,
        {"denied": ["kms:Decrypt"]},
        f"role 'web' may not call kms:Decrypt on [secret]: {FORBIDDEN}",
    ),
    "key, missing context keys": (
        SECRET_KEY,
        {"denied": ["kms:Decrypt"], "missing": ["aws:SourceVpc"]},
        f"{COULD_NOT_TELL} role 'web' may call kms:Decrypt on [secret]: it depends on aws:SourceVpc, {ONLY_REAL}",
    ),
}


@pytest.mark.parametrize(("inputs", "answers", "warning"), SECRETS.values(), ids=SECRETS)
def test_a_secret_is_in_no_warning(
    inputs: Mapping[str, Any], answers: Mapping[str, Any], warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither role, boundary nor key is shown; AWS's own message repeats what it was asked about, and is left out."""
    declare({**inputs, "check_role": True}, answer=iam(**answers))

    assert caplog.messages == [warning]


def test_the_list_is_as_secret_as_the_role() -> None:
    """What a secret role may not do is kept with it."""
    record = declare({**SECRET_ROLE, "check_role": True}, answer=iam(denied=[HEARTBEAT]))

    assert record.results["denied_actions"] == Secret([HEARTBEAT])
