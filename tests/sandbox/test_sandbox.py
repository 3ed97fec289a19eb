"""What the sandbox refuses, so that no test shows something else than it says. What it does is seen in `tests/engine`."""

import json

import pulumi.automation as auto
import pulumi_aws as aws
import pytest
from documents import allow

from sandbox import Fault, Sandbox

pytestmark = pytest.mark.engine
READ = {"Version": "2012-10-17", "Statement": [allow(["s3:GetObject"])]}
ACTION = "put_role_policy"


def inline():
    aws.iam.RolePolicy("own", name="own", role="web", policy=json.dumps(READ))


def test_a_gap_is_looked_for_where_something_can_be_lost(box):
    """Else a wrong name would show that there was none."""
    box.create_role("web")
    box.stack(inline).up()

    assert box.writes_losing("web", "s3:GetObject") == []
    for asked in (("wbe", "s3:GetObject"), ("web", "s3:ListBucket")):
        with pytest.raises(
            LookupError, match=f"after no write of the provider had a role '{asked[0]}' exactly {asked[1]}"
        ):
            box.writes_losing(*asked)


def test_a_process_has_one_sandbox_at_a_time(box):
    with pytest.raises(RuntimeError, match="one sandbox at a time"), Sandbox():
        pass


@pytest.mark.parametrize("script", [lambda box: box.fail(ACTION, Fault()), lambda box: box.answer(ACTION, dict)])
def test_what_no_call_meets_is_an_error(box, script):
    """The test has not seen what it was to see."""
    script(box)
    with pytest.raises(LookupError, match="no call met the fault or the answer of put_role_policy"):
        box.reset()


def test_an_answer_that_fails_is_told(box):
    box.create_role("web")
    box.answer("PutRolePolicy", lambda params: params["Role"])
    with pytest.raises(auto.CommandError, match=r"TheAnswerFailed: KeyError\('Role'\)"):
        box.stack(inline).up()
    with pytest.raises(LookupError, match=r"an answer failed: KeyError\('Role'\)"):
        box.reset()


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (lambda: aws.sqs.Queue("q"), "has no aws:sqs/queue:Queue"),
        (lambda: aws.iam.get_user(user_name="a"), "has no aws:iam/getUser:getUser"),
        (lambda: aws.iam.Role("r", assume_role_policy="{}", inline_policies=[{"name": "a"}]), "Invalid or unknown key"),
    ],
)
def test_what_the_provider_does_not_have_is_named(box, program, message):
    with pytest.raises(auto.CommandError, match=message):
        box.stack(program).preview()
