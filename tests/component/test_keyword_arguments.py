"""Inputs as keyword arguments and as one dict, and what is not a string."""

from collections import UserString
from collections.abc import Callable
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import InvalidInputError, SessionManagerManagedPolicy, SessionManagerPermissions
from tests.documents import KEY
from tests.mocks import Record, run

INPUTS: Final[dict[str, Any]] = {"kms_key_arns": [KEY], "allow_update_instance_information": True}
ONE: Final[Any] = SessionManagerPermissions
MANY: Final[Any] = SessionManagerManagedPolicy
OPTS: Final = pulumi.ResourceOptions(protect=True)


def registered(record: Record) -> list[tuple[Any, ...]]:
    """Return what was registered, and whether it is protected."""
    return [(made.type, made.name, made.inputs, made.request.protect) for made in record.registrations]


@pytest.mark.parametrize(
    ("component", "roles"), [(ONE, {"role": "web"}), (MANY, {"roles": ["web"]})], ids=["inline", "managed"]
)
def test_keyword_arguments_are_the_dict(component: Any, roles: dict[str, Any]) -> None:
    """Both forms register the same resources, with the same options."""
    as_a_dict = run(lambda: component("web", {**roles, **INPUTS}, OPTS))
    as_keywords = run(lambda: component("web", **roles, **INPUTS, opts=OPTS))

    assert registered(as_keywords) == registered(as_a_dict)


@pytest.mark.parametrize("component", [ONE, MANY], ids=["inline", "managed"])
def test_options_in_a_dict_are_no_options(component: Any) -> None:
    """Pulumi would fail on them with a traceback."""
    with pytest.raises(InvalidInputError, match=r"opts \(dict\): it is not pulumi.ResourceOptions; pass opts="):
        component("web", {}, {"protect": True})


ITSELF: Final[list[Any]] = []
ITSELF.append(ITSELF)


@pytest.mark.parametrize(
    ("declare", "path", "value"),
    [
        (lambda: ONE(UserString("web"), role="web"), "name", "(UserString)"),
        (lambda: ONE("web", role=UserString("web")), "role", "(UserString)"),
        (lambda: ONE("web", role="web", kms_key_arns=ITSELF), "kms_key_arns[0]", "(list)"),
    ],
    ids=["the name", "the role", "a list that contains itself"],
)
def test_what_only_looks_like_a_string(declare: Callable[[], object], path: str, value: str) -> None:
    """It is named, with its type."""
    with pytest.raises(InvalidInputError) as caught:
        declare()
    [problem] = caught.value.problems

    assert problem.path == path
    assert problem.value == value
