"""Inputs as keyword arguments, as one dict, and what is refused about either, the name and the options."""

from collections import UserString
from collections.abc import Callable
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import InvalidInputError, SessionManagerManagedPolicy, SessionManagerPermissions
from tests.documents import KEY
from tests.mocks import Record, ran

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
    as_a_dict = ran(lambda: component("web", {**roles, **INPUTS}, OPTS))
    as_keywords = ran(lambda: component("web", **roles, **INPUTS, opts=OPTS))

    assert registered(as_keywords) == registered(as_a_dict)


ITSELF: Final[list[Any]] = []
ITSELF.append(ITSELF)
WRONG: Final[dict[str, tuple[Callable[[], object], list[str]]]] = {
    "both forms": (
        lambda: ONE("web", {"role": "web"}, check_role=True, kms_key_arns=[KEY]),
        [
            (
                "SessionManagerPermissions 'web': check_role, kms_key_arns: inputs are given as one dict and as keyword "
                "arguments; write all of them as keyword arguments"
            )
        ],
    ),
    "options as keyword arguments": (
        lambda: ONE("web", role="web", protect=True, depends_on=[]),
        [
            (
                "SessionManagerPermissions 'web': protect: it is a resource option, not an input; "
                "pass opts=pulumi.ResourceOptions(protect=…)"
            ),
            (
                "SessionManagerPermissions 'web': depends_on: it is a resource option, not an input; "
                "pass opts=pulumi.ResourceOptions(depends_on=…)"
            ),
        ],
    ),
    "an option beside the dict": (
        lambda: MANY("fleet", {"roles": []}, protect=True),
        [
            (
                "SessionManagerManagedPolicy 'fleet': protect: it is a resource option, not an input; "
                "pass opts=pulumi.ResourceOptions(protect=…)"
            )
        ],
    ),
    "a wrong name": (
        lambda: ONE("web", rol="web"),
        [
            "SessionManagerPermissions 'web': 'rol': there is no such input; did you mean role?",
            "SessionManagerPermissions 'web': role None: it is required; write the name or the ARN of an existing role",
        ],
    ),
    "no inputs": (
        lambda: ONE("web"),
        ["SessionManagerPermissions 'web': role None: it is required; write the name or the ARN of an existing role"],
    ),
    "options that are a dict": (
        lambda: ONE("web", {"role": "web"}, {"protect": True}),
        [
            (
                "SessionManagerPermissions 'web': opts (dict): it is not pulumi.ResourceOptions; "
                "pass opts=pulumi.ResourceOptions(…)"
            )
        ],
    ),
    "no name": (
        lambda: ONE({"role": "web"}),
        [
            (
                "SessionManagerPermissions: name (dict): a component's name is a string; "
                'write the name first: SessionManagerPermissions("NAME", …)'
            )
        ],
    ),
    "a name that is no str": (
        lambda: ONE(UserString("web"), role="web"),
        [
            (
                "SessionManagerPermissions: name (UserString): a component's name is a string; "
                'write the name first: SessionManagerPermissions("NAME", …)'
            )
        ],
    ),
    "a role that is no str": (
        lambda: ONE("web", role=UserString("web")),
        [
            (
                "SessionManagerPermissions 'web': role (UserString): it is not a string; "
                "write the name or the ARN of an existing role"
            )
        ],
    ),
}


@pytest.mark.parametrize(("declare", "lines"), WRONG.values(), ids=WRONG)
def test_what_is_refused(declare: Callable[[], object], lines: list[str]) -> None:
    """Each mistake is a line that says what to write instead."""
    with pytest.raises(InvalidInputError) as caught:
        declare()

    assert str(caught.value).splitlines() == lines


def test_a_list_that_contains_itself_is_refused() -> None:
    """Its element is a list where a string is wanted."""
    with pytest.raises(InvalidInputError) as caught:
        ONE("web", role="web", kms_key_arns=ITSELF)

    assert [(problem.path, problem.value, problem.rule) for problem in caught.value.problems] == [
        ("kms_key_arns[0]", "(list)", "it is not a string")
    ]
