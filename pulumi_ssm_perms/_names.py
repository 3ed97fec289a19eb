"""The names of the policies: given by the user, or generated from the component's name."""

import re
from typing import Final

from . import _aws
from ._checks import NAME_RULE, text
from ._errors import InvalidValue, Problem, show

# The AWS provider appends a random part to the name of a resource that is given none.
SUFFIX: Final = "-session-manager"
_RANDOM: Final = "-1234567"
_GENERATED: Final = re.compile(rf".*{SUFFIX}-[0-9a-f]{{7}}")
_COMPONENT_NAME: Final = re.compile(rf"{_aws.NAME_CHARACTERS}+")


def policy_name(value: object) -> str:
    """Return the value if IAM accepts it as the name of a policy."""
    name = text(value, "policy.name", "write a name, or leave it out to get one")
    if not _aws.POLICY_NAME.fullmatch(name):
        raise InvalidValue(
            f"a policy's name has 1 to 128 characters: {NAME_RULE}", "choose such a name, or leave it out to get one"
        )
    return name


def inline_policy_name(component: str, value: object) -> str:
    """Return the value if IAM accepts it as the name of a policy, and if no component generates such a name.

    If a generated name became the exact one, Pulumi would delete the policy together with its generated entry.
    """
    name = policy_name(value)
    if _GENERATED.fullmatch(name) or re.search(rf"(?<![A-Za-z0-9]){re.escape(component + SUFFIX)}", name):
        raise InvalidValue(
            "a component generates such names, and Pulumi would delete this policy together with the generated one",
            f"choose a name without {SUFFIX}, or leave it out to keep the generated one",
        )
    return name


def generated_name(component: str, unique: str, *, digest: bool = False) -> Problem | None:
    """Return why IAM would refuse the policy name that is generated from a component's name, if it would.

    `unique` says where a name that is given instead must be the only one, `digest` that the generated name has one.
    """
    end = SUFFIX + _RANDOM * (2 if digest else 1)
    limit = _aws.POLICY_NAME_LIMIT - len(end)
    if _COMPONENT_NAME.fullmatch(component) and len(component) <= limit:
        return None
    rule = (
        f"the policy is named after it, NAME{end}, and IAM takes at most {_aws.POLICY_NAME_LIMIT} letters, digits and "
        f"_+=,.@-, which leaves {limit} for the component's name"
    )
    remedy = f"choose another component name, or give policy_name, which must then be unique {unique}"
    return Problem("name", show(component), rule, remedy)
