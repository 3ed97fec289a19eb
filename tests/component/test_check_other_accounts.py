"""`check`: a role of another account is refused, and a key, a bucket or a log group of another account is named."""

from typing import Final

from tests.answers import GROUP_THERE, THERE, iam, rule_for
from tests.checks import expected, in_worlds, runs
from tests.components import depending
from tests.documents import BUCKET, KEY
from tests.fleets import FLEET
from tests.mocks import CALLER_IDENTITY
from tests.sentences import OTHER_ACCOUNTS, UNREACHABLE, UNSEEN, denied, ok
from tests.world import BOTH, DENYING, NODE, ON_KEY, Said, World

KEY_THERE: Final = KEY.replace("123456789012", "999999999999")
# Nobody can say of which account a bucket is.
OF_OTHERS: Final = {
    "kms_key_arns": [KEY_THERE],
    "cloudwatch_log_group_arns": [GROUP_THERE],
    "s3_log_bucket_arn": BUCKET,
    "s3_log_cross_account": True,
}
WORLDS: Final = {
    "all is allowed": World(
        NODE,
        Said([ok(9) + OTHER_ACCOUNTS.format(f"{GROUP_THERE}:*, {KEY_THERE}") + UNSEEN, UNREACHABLE]),
        inputs=OF_OTHERS,
        asked=(3, 3, 6),
    ),
    "something else is denied": World(
        DENYING,
        Said([denied(ON_KEY, "'no'"), UNREACHABLE], ["kms:Decrypt"]),
        BOTH,
        {**OF_OTHERS, "kms_key_arns": [KEY, KEY_THERE]},
    ),
}


@in_worlds(WORLDS)
def test_a_log_group_and_a_key_of_another_account(world: World) -> None:
    """IAM is not asked about them, and the agent cannot write to that log group."""
    assert runs(world) == expected(world)


def test_a_role_of_another_account_is_refused_while_others_wait() -> None:
    """A preview asks nothing about roles to which the program has yet to give something, and still refuses that one."""
    record = FLEET.try_declare({"roles": ["api", THERE], "check": "advisory"}, depending, preview=True, answer=iam())

    assert str(record.error) == f"{FLEET.owner}: roles[1] '{THERE}': {rule_for('a role of another account')}"
    assert [each.token for each in record.invokes] == [CALLER_IDENTITY]
