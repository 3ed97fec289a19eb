"""Inputs that are right alone and refused together: what needs a bucket, and what preferences exclude."""

import pytest
from documents import ALL_GRANTS, KEY, NEED_A_BUCKET
from programs import declare_permissions, error_of, in_each_form, session, unexpected_messages, unknown, wrong_inputs

from pulumi_ssm_perms import policy_document

NO_BUCKET = "it needs a log bucket; name a bucket in"
TWICE = "it is read from session_preferences, which is set as well; set only one of the two"
BESIDE_PREFERENCES = {
    "s3_log_bucket_arn": TWICE,
    "s3_log_key_prefix": TWICE,
    "cloudwatch_log_group_arns": TWICE,
    "s3_log_kms_key_arn": f"{NO_BUCKET} the Session document, or leave",
    "s3_log_cross_account": f"{NO_BUCKET} the Session document, or leave",
}


@in_each_form
def test_inputs_without_their_bucket_are_refused(run, form):
    words = f"{NO_BUCKET} s3_log_bucket_arn or in session_preferences, or leave this input out"
    cases = [case for name in NEED_A_BUCKET for case in wrong_inputs(name, {words: [ALL_GRANTS[name]]})]

    assert unexpected_messages(run, form, cases) == []


@pytest.mark.parametrize("name", NEED_A_BUCKET)
def test_policy_document_refuses_inputs_without_their_bucket(name):
    """It has no preferences, in which a bucket could be."""
    message = error_of(policy_document, **{name: ALL_GRANTS[name]})

    assert message == f"{name} {ALL_GRANTS[name]!r}: {NO_BUCKET} s3_log_bucket_arn, or leave this input out"


@pytest.mark.parametrize("name", NEED_A_BUCKET)
def test_a_bucket_that_is_not_known_yet_counts(run, name):
    result = run(
        lambda: declare_permissions(**{name: ALL_GRANTS[name], "s3_log_bucket_arn": unknown()}),
        preview=True,
    )

    assert "web-session-manager" in result.inputs("RolePolicy")


@in_each_form
@pytest.mark.parametrize("inputs", [{}, {"kmsKeyId": KEY, "s3BucketName": ""}], ids=["empty", "without a bucket"])
def test_inputs_refused_beside_preferences(run, inputs, form):
    """Bucket, prefix and log groups are read from them; what needs a bucket needs one in them."""
    cases = [
        case
        for name, words in BESIDE_PREFERENCES.items()
        for case in wrong_inputs(name, {words: [ALL_GRANTS[name]]}, session_preferences=session(inputs))
    ]

    assert unexpected_messages(run, form, cases) == []
