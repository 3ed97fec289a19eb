"""`check`: a role or a log group of another account is refused, and a key of another account is named."""

from typing import Final

import pytest

from tests.answers import GROUP_THERE, THERE, iam, rule_for
from tests.checks import KINDS, LEVELS, expected, in_worlds, runs
from tests.components import Kind, depending
from tests.documents import BUCKET, KEY
from tests.fleets import FLEET
from tests.messages import sentence
from tests.mocks import CALLER_IDENTITY
from tests.sentences import OTHER_ACCOUNTS, UNSEEN, denied, ok
from tests.world import BOTH, DENYING, NODE, ON_KEY, Aws, Said, World

KEY_THERE: Final = KEY.replace("123456789012", "999999999999")
# Nobody can say of which account a bucket is.
OF_OTHERS: Final = {"kms_key_arns": [KEY_THERE], "s3_log_bucket_arn": BUCKET, "s3_log_cross_account": True}
WORLDS: Final = {
    "all is allowed": World(
        role=NODE,
        said=Said([ok(7) + OTHER_ACCOUNTS.format(KEY_THERE) + UNSEEN]),
        inputs=OF_OTHERS,
        asked=(3, 3),
    ),
    "something else is denied": World(
        role=DENYING,
        said=Said([denied(ON_KEY, "'no'")], ["kms:Decrypt"]),
        ends=BOTH,
        inputs={**OF_OTHERS, "kms_key_arns": [KEY, KEY_THERE]},
    ),
}


@in_worlds(WORLDS)
def test_a_key_of_another_account(world: World) -> None:
    """IAM is not asked about it."""
    assert runs(world) == expected(world)


@KINDS
@LEVELS
@pytest.mark.parametrize("position", [0, 1])
def test_a_log_group_of_another_account(kind: Kind, level: str, position: int, *, preview: bool) -> None:
    """It is a wrong input of a role that is given by its name, too, because IAM tells the role's account."""
    groups = [GROUP_THERE.replace("999999999999", "123456789012")] * position + [GROUP_THERE]
    inputs = {"check": level, "cloudwatch_log_group_arns": groups}
    record = kind.try_declare(inputs, answer=Aws(World(role=NODE)), preview=preview)
    rule = sentence("a log group", "of another account")

    assert str(record.error) == f"{kind.owner}: cloudwatch_log_group_arns[{position}] '{GROUP_THERE}': {rule}"


def test_a_role_of_another_account_is_refused_while_others_wait() -> None:
    """A preview asks nothing about roles to which the program has yet to give something, and still refuses that one."""
    record = FLEET.try_declare({"roles": ["api", THERE], "check": "advisory"}, depending, preview=True, answer=iam())

    assert str(record.error) == f"{FLEET.owner}: roles[1] '{THERE}': {rule_for('a role of another account')}"
    assert [each.token for each in record.invokes] == [CALLER_IDENTITY]
