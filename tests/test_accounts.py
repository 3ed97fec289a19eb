"""ARNs of roles and of log groups must be of the provider's account, for which AWS is asked once."""

import pulumi
import pulumi_aws as aws
import pytest
from documents import BUCKET, GROUP, KEY, as_json, expected_document
from programs import ACCOUNT, IAM, as_secret, declare_managed_policy, declare_permissions, in_each_form

FOREIGN = "arn:aws:iam::999999999999:role/web"
OURS = {"getCallerIdentity": {"accountId": ACCOUNT}}


@pytest.mark.parametrize("preview", [True, False])
@in_each_form
def test_an_arn_of_another_account_is_refused(run, preview, form):
    """Otherwise the policy would land on the role of that name in the provider's account."""
    result = run(lambda: declare_permissions(role=form(FOREIGN)), preview=preview, fails=True, **OURS)
    [problem] = result.error.problems

    assert (problem.path, problem.value) == ("role", "[secret]" if form is as_secret else repr(FOREIGN))
    assert ACCOUNT in problem.rule and ("999999999999" in str(result.error)) == (form is not as_secret)
    assert problem.remedy.startswith(
        "give the component a provider of the role's own account, or write the role's name"
    )
    assert result.inputs("RolePolicy") == {}


EACH_ACCOUNT = "declare one component for each account"
FLEETS = {
    "an ARN first": ([FOREIGN, "batch", f"{FOREIGN}-2"], ["roles[0]", "roles[2]"], EACH_ACCOUNT),
    "a name, which is of the provider's": (["batch", FOREIGN], ["roles[1]"], EACH_ACCOUNT),
    "none is of the provider's": (
        [FOREIGN, f"{FOREIGN}-2"],
        ["roles[0]", "roles[1]"],
        "give the component a provider of the role's own account",
    ),
}


@pytest.mark.parametrize(("roles", "foreign", "remedy"), FLEETS.values(), ids=FLEETS)
def test_each_foreign_role_has_an_error(run, roles, foreign, remedy):
    """Wherever in the list it is; nothing is written, for the roles that are not foreign either."""
    result = run(lambda: declare_managed_policy(roles=roles), fails=True, **OURS)

    assert [problem.path for problem in result.error.problems] == foreign
    assert {problem.remedy.partition(", ")[0] for problem in result.error.problems} == {remedy.partition(", ")[0]}
    assert result.inputs("Policy") == result.inputs("RolePolicyAttachment") == {}


EXPIRED = "https response error StatusCode: 403, RequestID: 1, ExpiredToken: The security token is expired"


@pytest.mark.parametrize(
    ("make", "inputs", "remedy"),
    [
        (declare_permissions, {"role": FOREIGN}, ", or write the role's name instead of its ARN"),
        (declare_managed_policy, {"roles": [FOREIGN]}, ", or write the role's name instead of its ARN"),
        (declare_permissions, {"cloudwatch_log_group_arns": [GROUP]}, ""),
    ],
)
@pytest.mark.parametrize("answer", [EXPIRED, {"accountId": 7}], ids=["an error", "not AWS's"])
def test_an_arn_is_refused_if_aws_does_not_return_the_account(run, make, inputs, remedy, answer):
    result = run(lambda: make(**inputs), fails=True, getCallerIdentity=answer)
    [problem] = result.error.problems

    assert problem.rule.startswith("AWS does not return the provider's account (")
    assert problem.remedy == f"correct the cause or try again later{remedy}"
    assert result.inputs("RolePolicy") == result.inputs("Policy") == {}


FOREIGN_GROUP = GROUP.replace(ACCOUNT, "999999999999")


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(
    ("make", "roles"),
    [
        (declare_permissions, {"role": "web"}),
        (declare_permissions, {"role": f"{IAM}:role/web"}),
        (declare_managed_policy, {"roles": ["api", f"{IAM}:role/web"]}),
    ],
)
@in_each_form
def test_a_log_group_of_another_account_is_refused(run, preview, make, roles, form):
    """Whether the role is given by name or by ARN: its nodes would write to the group of that name in their own account."""
    groups = [GROUP, FOREIGN_GROUP]
    result = run(lambda: make(cloudwatch_log_group_arns=form(groups), **roles), preview=preview, fails=True, **OURS)
    value = "[secret]" if form is as_secret else repr(FOREIGN_GROUP)

    assert [str(problem) for problem in result.error.problems] == [
        f"cloudwatch_log_group_arns[1] {value}: it is in another account than the provider, which belongs to account {ACCOUNT}: "
        "the agent sends only the group's name, so its logs go to the group of that name in the role's own account; write the "
        f"ARN of a log group of account {ACCOUNT}"
    ]
    assert result.inputs("RolePolicy") == result.inputs("Policy") == {}


def test_a_role_and_a_log_group_of_one_foreign_account_have_an_error_each(run):
    result = run(
        lambda: declare_permissions(role=FOREIGN, cloudwatch_log_group_arns=[FOREIGN_GROUP]), fails=True, **OURS
    )

    assert [problem.path for problem in result.error.problems] == ["role", "cloudwatch_log_group_arns[0]"]
    assert len(result.questions) == 1


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

    result = run(program, **OURS)

    assert [question.provider.split("::")[-2] for question in result.questions] == ["first", "second"]
    assert len(result.inputs("RolePolicy")) == 3
