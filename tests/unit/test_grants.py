"""What any accepted inputs grant: found by search, and compared with what AWS's pages say, pair by pair."""

import json
import string
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_ssm_perms import InvalidInputError, policy_document
from tests.documents import KEY, PARTITIONS, policy, wanted

regions = st.sampled_from(["eu-west-1", "us-gov-east-1", "cn-north-1", "us-isob-east-1", "eusc-de-east-1"])
partitions = st.sampled_from(PARTITIONS)
keys = st.builds(
    "arn:{}:kms:{}:123456789012:key/{}".format,
    partitions,
    regions,
    st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=40),
)
groups = st.builds(
    "arn:{}:logs:{}:123456789012:log-group:{}".format,
    partitions,
    regions,
    st.text(string.ascii_letters + string.digits + "_/.#-", min_size=1, max_size=60),
)
prefixes = st.lists(
    st.text(string.ascii_letters + "0123456789 !'()_.=\"\\:é$-", min_size=1, max_size=12).filter(
        lambda part: part not in (".", "..")
    ),
    max_size=3,
).map("/".join)
free_inputs = {
    "allow_update_instance_information": st.booleans(),
    "s3_log_encryption_enforced": st.booleans(),
    "kms_key_arns": st.lists(keys, max_size=4),
    "cloudwatch_log_group_arns": st.lists(groups, max_size=4),
}
bucket_inputs = {
    "s3_log_bucket_arn": st.builds(
        "arn:{}:s3:::{}".format, partitions, st.from_regex(r"[a-z0-9.-]{3,63}", fullmatch=True)
    ),
    "s3_log_key_prefix": prefixes,
    "s3_log_cross_account": st.booleans(),
    "s3_log_kms_key_arn": st.none() | keys,
}
accepted = st.fixed_dictionaries({}, optional=free_inputs) | st.fixed_dictionaries(
    {"s3_log_bucket_arn": bucket_inputs["s3_log_bucket_arn"]},
    optional={**free_inputs, **{name: each for name, each in bucket_inputs.items() if name != "s3_log_bucket_arn"}},
)


@given(accepted)
def test_any_inputs_grant_what_they_ask_for_and_nothing_else(inputs: dict[str, Any]) -> None:
    """Whatever the names, prefixes and ARNs are, they add their own actions on their own resources alone."""
    assert policy_document(**inputs) == policy(*wanted(inputs))


@given(accepted)
def test_the_same_inputs_give_the_same_bytes(inputs: dict[str, Any]) -> None:
    """The document depends on what is given, not on the order in which it is."""
    backwards = dict(reversed(inputs.items()))

    assert json.dumps(policy_document(**inputs)) == json.dumps(policy_document(**backwards))


@given(st.integers(min_value=60, max_value=160))
def test_a_document_is_as_large_as_iam_takes_and_no_larger(number: int) -> None:
    """Up to the quota for inline policies every key is granted; beyond it the document is refused, never cut."""
    arns = [f"{KEY[:-4]}{position:04}" for position in range(number)]
    size = len(json.dumps({**policy_document(kms_key_arns=arns[:2])}, separators=(",", ":"))) + (number - 2) * 78
    try:
        document = policy_document(kms_key_arns=arns)
    except InvalidInputError:
        document = None

    assert (document is not None) == (size <= 10_240)
    assert document is None or document == policy(*wanted({"kms_key_arns": arns}))
