"""The names of the policies: exact, or generated from the component's name."""

import re
from collections.abc import Iterator
from typing import Final

from . import _aws
from ._errors import InvalidValue, Problem, show
from ._inputs import Later, Read
from ._validators import NAME_RULE, text

# If no name is set, the AWS provider appends a random part to the resource's name.
SUFFIX: Final = "-session-manager"
_RANDOM: Final = "-1234567"
_GENERATED: Final = re.compile(rf".*{SUFFIX}-[0-9a-f]{{7}}")
_COMPONENT_NAME: Final = re.compile(rf"{_aws.NAME_CHARACTERS}+")


def policy_name(value: object) -> str:
    """Return the value if IAM accepts it as the name of a policy."""
    name = text(value, "write a name, or leave it out to get one", attribute="policy.name")
    if not _aws.POLICY_NAME.fullmatch(name):
        rule = f"a policy's name has 1 to 128 characters: {NAME_RULE}"
        raise InvalidValue(rule, "choose such a name, or leave it out to get one")
    return name


def inline_problems(component: str, policy_name: Read[str | None]) -> Iterator[Problem]:
    """Yield the problem of an inline policy's exact name, or of the one that is generated for a component.

    An exact name must not look generated. Pulumi would delete the policy together with the generated entry.
    """
    if isinstance(policy_name, Later):
        return
    if policy_name is None:
        yield from _generated_problems(component, "on the role", digest=False)
    elif _GENERATED.fullmatch(policy_name) or re.search(
        rf"(?<![A-Za-z0-9]){re.escape(component + SUFFIX)}", policy_name
    ):
        rule = "it looks like a generated name, and Pulumi would delete this policy together with the generated one"
        remedy = f"choose a name without {SUFFIX}, or leave it out to keep the generated one"
        yield Problem("policy_name", show(policy_name), rule, remedy)


def managed_problems(component: str, policy_name: str | None, *, digest: bool) -> Iterator[Problem]:
    """Yield the problem of the name that is generated for a managed policy, if it has no exact one."""
    if policy_name is None:
        yield from _generated_problems(component, "in the account", digest=digest)


def _generated_problems(component: str, unique: str, *, digest: bool) -> Iterator[Problem]:
    """Yield the problem if IAM would refuse the name that is generated from a component's name.

    `unique` says where an exact name must be unique. With `digest`, the generated name has a digest as well.
    """
    end = SUFFIX + _RANDOM * (2 if digest else 1)
    limit = _aws.POLICY_NAME_LIMIT - len(end)
    if not _COMPONENT_NAME.fullmatch(component) or len(component) > limit:
        rule = f"the policy is named after it, NAME{end}, so it must have 1 to {limit} characters: {NAME_RULE}"
        remedy = f"choose another component name, or set «policy_name», which must then be unique {unique}"
        yield Problem("name", show(component), rule, remedy)
