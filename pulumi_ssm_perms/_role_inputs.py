"""The role inputs: a name, an ARN, or something else, which is refused with the way to find the role."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from . import _aws
from ._errors import InvalidValue, Problem, show
from ._inputs import ReadInput
from ._validators import AGENT_NAMES_THE_GROUP, NAME_RULE, WHITE_SPACE, text

ROLE_REMEDY: Final = "write the name or the ARN of an existing role"
_ANOTHER: Final = "write the name or the ARN of another role"
_PAGE: Final = 'the page "Find the role" shows how to find it'


@dataclass(frozen=True)
class RoleInput:
    """A role as it is written, with its name. Only an ARN tells the role's account."""

    written: str
    name: str
    account: str | None = None


# What people pass instead of a role. A role may be named like an id: its ARN is accepted.
_NOT_A_ROLE: Final = (
    (_aws.EC2_INSTANCE, "it is an EC2 instance, not a role", f"write the role of its instance profile; {_PAGE}"),
    (_aws.HYBRID_NODE, "it is a hybrid node, not a role", f"write the role of its activation; {_PAGE}"),
    (_aws.ROLE_ID, "it is the id of a role, not its name", f"write the role's name; {_PAGE}"),
    (
        _aws.INSTANCE_PROFILE_ID,
        "it is the id of an instance profile, not a role",
        f"write the name of the profile's role; {_PAGE}",
    ),
    (_aws.AUTO_SCALING_GROUP, "it is an Auto Scaling group, not a role", f"write the role of its instances; {_PAGE}"),
    (_aws.ECS_TASK, "it is an ECS task, not a role", f"write its task role; {_PAGE}"),
    (
        _aws.ASSUMED_ROLE,
        "it is the ARN of a session that assumed the role, not of the role",
        "write the role's name: the part between assumed-role/ and the next /",
    ),
    (
        _aws.INSTANCE_PROFILE,
        "it is the ARN of an instance profile, not of a role",
        f"write the name of the profile's role; {_PAGE}",
    ),
    (_aws.USER, "it is the ARN of a user, not of a role", ROLE_REMEDY),
)


def role_input(value: object) -> RoleInput:
    """Return the role of a name or an ARN."""
    written = text(value, ROLE_REMEDY, attribute="role.name")
    if written != written.strip():
        raise InvalidValue(WHITE_SPACE, ROLE_REMEDY)
    for pattern, rule, remedy in _NOT_A_ROLE:
        if pattern.fullmatch(written):
            raise InvalidValue(rule, remedy)
    if "/" in written and not written.startswith("arn:"):
        raise InvalidValue("it is a role's name with its path", "drop the path: write what follows the last /")
    account, iam_path, name = _split_arn(written) if written.startswith("arn:") else (None, "", written)
    if not name:
        raise InvalidValue("it names no role", ROLE_REMEDY)
    if not _aws.ROLE_NAME.fullmatch(name):
        raise InvalidValue(f"a role's name has 1 to 64 characters: {NAME_RULE}", ROLE_REMEDY)
    if _is_reserved(iam_path, name, _aws.SERVICE_LINKED_PATH, _aws.SERVICE_LINKED_PREFIX):
        raise InvalidValue("it is a service-linked role, which only its AWS service can change", _ANOTHER)
    if _is_reserved(iam_path, name, _aws.IDENTITY_CENTER_PATH, _aws.IDENTITY_CENTER_PREFIX):
        raise InvalidValue("it is a role of IAM Identity Center, which only that service can change", _ANOTHER)
    return RoleInput(written, name, account)


def role_problems(
    roles: Mapping[str, ReadInput[RoleInput]], log_group_arns: ReadInput[list[str] | None]
) -> Iterator[Problem]:
    """Yield the problems between roles, by their paths, and between them and log groups, as far as they are known."""
    known = {path: role for path, role in roles.items() if isinstance(role, RoleInput)}
    yield from _list_problems(known)
    if isinstance(log_group_arns, list):
        yield from log_group_problems((role.account for role in known.values()), log_group_arns)


def _list_problems(roles: Mapping[str, RoleInput]) -> Iterator[Problem]:
    """Yield roles of another account than the first, and repeated roles: IAM ignores the case of a role's name."""
    account = next(filter(None, (role.account for role in roles.values())), None)
    first: dict[str, str] = {}
    for path, role in roles.items():
        earlier = first.setdefault(role.name.lower(), path)
        if role.account not in (None, account):
            rule = f"it belongs to another account than {account}, and a policy can be attached only in its own account"
            remedy = "declare one component for each account, with a provider of that account"
            yield Problem(path, show(role.written), rule, remedy)
        elif earlier != path:
            rule = f"it is the same role as {earlier}: a name and its ARN are one role, and IAM ignores case"
            yield Problem(path, show(role.written), rule, "name each role once")


def log_group_problems(accounts: Iterable[str | None], log_group_arns: Sequence[str]) -> Iterator[Problem]:
    """Yield log groups of another account than the roles', which is the first that is known."""
    account = next(filter(None, accounts), None)
    for position, arn in enumerate(log_group_arns):
        if account and _aws.arn_account(arn) != account:
            path = f"cloudwatch_log_group_arns[{position}]"
            rule = f"it is in another account than the role: {AGENT_NAMES_THE_GROUP}"
            yield Problem(path, show(arn), rule, "write the ARN of a log group of that account")


def _split_arn(arn: str) -> tuple[str, str, str]:
    if match := _aws.ROLE_ARN.fullmatch(arn):
        return match["account"], match["path"], match["name"]
    raise InvalidValue("it is not the ARN of a role, arn:PARTITION:iam::ACCOUNT:role/NAME", ROLE_REMEDY)


def _is_reserved(iam_path: str, name: str, reserved_path: str, reserved_prefix: str) -> bool:
    return iam_path.startswith(reserved_path) or name.lower().startswith(reserved_prefix.lower())
