"""Each input is written once: its type says how it is read, and a field without a check is noticed at the import."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, Optional, TypedDict

import pulumi
import pytest

from pulumi_ssm_perms._specs import Spec, specs


class Args(TypedDict):
    """A field of each kind that a component has."""

    names: Sequence[str]
    name: pulumi.Input[str]
    arns: NotRequired[pulumi.Input[Optional[Sequence[pulumi.Input[str]]]]]
    arn: NotRequired[pulumi.Input[Optional[str]]]
    flag: NotRequired[pulumi.Input[Optional[bool]]]
    plain_flag: NotRequired[Optional[bool]]
    tags: NotRequired[pulumi.Input[Optional[Mapping[str, pulumi.Input[str]]]]]


class MoreArgs(Args):
    """A field more, on top of those of its base."""

    more: NotRequired[pulumi.Input[Optional[str]]]


CHECKED = {name: Spec(str) for name in Args.__annotations__}


def test_a_type_says_how_its_input_is_read() -> None:
    """A list is read element by element and is empty when it is missing, a boolean is false, all else is `None`."""
    read = {name: (spec.many, spec.default) for name, spec in specs(Args, CHECKED).items()}

    assert read == {
        "names": (True, ()),
        "name": (False, None),
        "arns": (True, ()),
        "arn": (False, None),
        "flag": (False, False),
        "plain_flag": (False, False),
        "tags": (False, None),
    }


@pytest.mark.parametrize(
    ("args", "checked", "unpaired"),
    [
        pytest.param(MoreArgs, CHECKED, "MoreArgs: every field needs a spec, and every spec a field: more", id="field"),
        pytest.param(
            Args,
            {**CHECKED, "other": Spec(str), "more": Spec(str)},
            "Args: every field needs a spec, and every spec a field: more, other",
            id="specs",
        ),
    ],
)
def test_a_field_and_its_check_belong_together(args: type, checked: dict[str, Any], unpaired: str) -> None:
    """A field without a check, which would be ignored, and a check without a field are errors that name them."""
    with pytest.raises(TypeError) as caught:
        specs(args, checked)

    assert str(caught.value) == unpaired
