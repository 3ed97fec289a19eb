"""ARNs of roles and of log groups must be of the provider's account, for which AWS is asked once."""

import pulumi
import pulumi_aws as aws
import pytest
from documents import BUCKET, GROUP, KEY, as_json, expected_document
from programs import (
    ACCOUNT,
    FOREIGN,
    IAM,
    UNEXPECTED_RESULT,
    as_output,
    as_secret,
    aws_answers,
    declare_either,
    declare_managed_policy,
    declare_permissions,
)

SECOND, FOREIGN_GROUP = f"{FOREIGN}-2", GROUP.replace(ACCOUNT, "999999999999")
OWN, THIRD = f"{IAM}:role/blue/web", "arn:aws:iam::888888888888:role/api"
SAME_AS_FIRST = (
    "it is the same role as roles[0]: a name and its ARN are one role, and IAM ignores case; name each role once"
)
RULE = f"it is in another account than the provider, which belongs to account {ACCOUNT}"
OR_NAME = f"or write the role's name if you mean the role in {ACCOUNT}"
OWN_PROVIDER = f"{RULE}; give the component a provider of the role's own account, {OR_NAME}"
EACH_ACCOUNT = f"{RULE}; declare one component for each account, with a provider of its own, {OR_NAME}"
NAMESAKE = (
    f"{RULE}: the agent sends only the group's name, so its logs go to the group of that name in the role's own account; write "
    f"the ARN of a log group of account {ACCOUNT}"
)
# A component's inputs, and the lines of its error.
OF_ANOTHER_ACCOUNT = {
    "a role": (lambda: {"role": FOREIGN}, [f"role {FOREIGN!r}: {OWN_PROVIDER}"]),
    "an Output": (lambda: {"role": as_output(FOREIGN)}, [f"role {FOREIGN!r}: {OWN_PROVIDER}"]),
    "a secret": (lambda: {"role": as_secret(FOREIGN)}, [f"role [secret]: {OWN_PROVIDER}"]),
    "roles of a fleet": (
        lambda: {"roles": [FOREIGN, "batch", SECOND]},
        [f"roles[0] {FOREIGN!r}: {EACH_ACCOUNT}", f"roles[2] {SECOND!r}: {EACH_ACCOUNT}"],
    ),
    "all roles of a fleet": (
        lambda: {"roles": [FOREIGN, SECOND, FOREIGN]},
        [f"roles[{position}] {role!r}: {OWN_PROVIDER}" for position, role in enumerate([FOREIGN, SECOND, FOREIGN])],
    ),
    "a namesake of another role": (lambda: {"roles": ["web", FOREIGN]}, [f"roles[1] {FOREIGN!r}: {EACH_ACCOUNT}"]),
    "a namesake before the role": (lambda: {"roles": [FOREIGN, OWN]}, [f"roles[0] {FOREIGN!r}: {EACH_ACCOUNT}"]),
    "a role of a third account": (
        lambda: {"roles": [FOREIGN, THIRD]},
        [f"roles[0] {FOREIGN!r}: {EACH_ACCOUNT}", f"roles[1] {THIRD!r}: {EACH_ACCOUNT}"],
    ),
    "a role and one that is named twice": (
        lambda: {"roles": ["web", FOREIGN, OWN]},
        [f"roles[1] {FOREIGN!r}: {EACH_ACCOUNT}", f"roles[2] {OWN!r}: {SAME_AS_FIRST}"],
    ),
    "a log group": (
        lambda: {"cloudwatch_log_group_arns": as_output([GROUP, FOREIGN_GROUP])},
        [f"cloudwatch_log_group_arns[1] {FOREIGN_GROUP!r}: {NAMESAKE}"],
    ),
    "a secret log group of a fleet": (
        lambda: {"roles": ["api", f"{IAM}:role/web"], "cloudwatch_log_group_arns": as_secret([FOREIGN_GROUP])},
        [f"cloudwatch_log_group_arns[0] [secret]: {NAMESAKE}"],
    ),
    "a role and a log group": (
        lambda: {"role": FOREIGN, "cloudwatch_log_group_arns": [FOREIGN_GROUP]},
        [f"role {FOREIGN!r}: {OWN_PROVIDER}", f"cloudwatch_log_group_arns[0] {FOREIGN_GROUP!r}: {NAMESAKE}"],
    ),
}


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(("inputs", "lines"), OF_ANOTHER_ACCOUNT.values(), ids=OF_ANOTHER_ACCOUNT)
def test_an_arn_of_another_account_is_refused_before_anything_is_written(run, preview, inputs, lines):
    """The policy would land on the role of that name in the provider's account, and logs in the role's own group of that name."""
    result = run(lambda: declare_either(**inputs()), preview=preview, fails=True, **aws_answers())

    assert [str(problem) for problem in result.error.problems] == lines
    assert (result.policies, result.inputs("RolePolicyAttachment"), len(result.questions)) == ({}, {}, 1)


@pytest.mark.parametrize("answers", [aws_answers(), {}], ids=["AWS", "mocks"])
@pytest.mark.parametrize(
    "roles", [["web", "api", "web"], ["web", "api", "Web"], ["web", "api", OWN], [OWN, "api", "web"]]
)
def test_each_role_is_named_once(run, roles, answers):
    """Where nothing answers, as in a user's test with mocks, an ARN is taken for one of the provider's account."""
    result = run(lambda: declare_managed_policy(roles=roles), fails=True, **answers)

    assert [str(problem) for problem in result.error.problems] == [f"roles[2] {roles[2]!r}: {SAME_AS_FIRST}"]
    assert (result.policies, result.inputs("RolePolicyAttachment")) == ({}, {})


EXPIRED = "ExpiredToken: The security token is expired"
ANSWERS = {
    "an error": (f"https response error StatusCode: 403, RequestID: 1, {EXPIRED}", EXPIRED),
    "not AWS's": ({"accountId": 7}, f"aws:index/getCallerIdentity:getCallerIdentity {UNEXPECTED_RESULT}"),
}
OR_A_NAME = ", or write the role's name instead of its ARN"
UNCOMPARED = {
    f"role {FOREIGN!r}": ({"role": FOREIGN}, OR_A_NAME),
    f"roles[0] {FOREIGN!r}": ({"roles": [FOREIGN]}, OR_A_NAME),
    f"cloudwatch_log_group_arns[0] {GROUP!r}": ({"cloudwatch_log_group_arns": [GROUP]}, ""),
}


@pytest.mark.parametrize(("answer", "reason"), ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("subject", UNCOMPARED)
def test_an_arn_is_refused_if_aws_does_not_return_the_account(run, subject, answer, reason):
    inputs, or_name = UNCOMPARED[subject]
    result = run(lambda: declare_either(**inputs), fails=True, getCallerIdentity=answer)
    rule = f"AWS does not return the provider's account ({reason}), so the ARN's account cannot be checked"

    assert str(result.error).partition(": ")[2] == f"{subject}: {rule}; correct the cause or try again later{or_name}"
    assert result.policies == {}


@pytest.mark.parametrize("preview", [True, False])
def test_an_arn_is_taken_if_there_is_no_account_to_compare_with(run, preview):
    """As with the mocks of a user's test, and in a preview with a provider of the same program."""
    result = run(lambda: declare_permissions(role=FOREIGN, cloudwatch_log_group_arns=[FOREIGN_GROUP]), preview=preview)
    document = as_json(expected_document(cloudwatch_log_group_arns=[FOREIGN_GROUP]))

    assert (result.outputs["web"]["role_name"], result.outputs["web"]["policy_json"]) == ("web", document)


def test_each_provider_is_asked_for_its_account_and_never_without_need(run):
    def program():
        for name in ("first", "second"):
            declare_permissions(name, pulumi.ResourceOptions(provider=aws.Provider(name)), role=f"{IAM}:role/web")
        declare_permissions("by-name", kms_key_arns=[KEY], s3_log_bucket_arn=BUCKET)

    result = run(program, **aws_answers())

    assert [question.provider.split("::")[-2] for question in result.questions] == ["first", "second"]
    assert len(result.inputs("RolePolicy")) == 3
