"""Each input is written once: what its type lists is what is read, and the other way round."""

import inspect
import re
from collections.abc import Callable
from typing import Any, Final, get_args

import pytest

from pulumi_ssm_perms import (
    InvalidInputError,
    SessionManagerManagedPolicy,
    SessionManagerManagedPolicyArgs,
    SessionManagerPermissions,
    SessionManagerPermissionsArgs,
    policy_document,
)

ONE: Final[Any] = SessionManagerPermissions
MANY: Final[Any] = SessionManagerManagedPolicy
DOCUMENT: Final[Any] = policy_document
[GRANTS] = get_args(inspect.signature(policy_document).parameters["grants"].annotation)


@pytest.mark.parametrize(
    ("read", "args"),
    [
        (lambda: ONE("web", role="web", xxxxx=1), SessionManagerPermissionsArgs),
        (lambda: MANY("web", roles=[], xxxxx=1), SessionManagerManagedPolicyArgs),
        (lambda: DOCUMENT(xxxxx=1), GRANTS),
    ],
    ids=["inline", "managed", "document"],
)
def test_the_inputs_are_the_fields_of_the_type(read: Callable[[], object], args: Any) -> None:
    """An unknown input is answered with the list of all, which is that of the type's fields."""
    with pytest.raises(InvalidInputError) as caught:
        read()
    [problem] = caught.value.problems

    assert sorted(re.findall(r"\w+", problem.remedy.removeprefix("the inputs are"))) == sorted(
        args.__required_keys__ | args.__optional_keys__
    )
