"""What holds for any values, accepted or not: found by search, and compared with what AWS's pages say."""

import itertools
import json
import re
import string
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_ssm_perms import InvalidInputError, policy_document
from tests.components import needed_with
from tests.documents import ALL_GRANTS, PARTITIONS, policy, wanted

# How long an example takes says how busy the machine is, and nothing of the package.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

partitions = st.sampled_from(PARTITIONS)
accounts = st.text(string.digits, min_size=12, max_size=12)
regions = st.sampled_from(["eu-west-1", "us-gov-east-1", "cn-north-1", "us-isob-east-1", "eusc-de-east-1"])


def arns(service: str, kind: str, characters: str, longest: int) -> st.SearchStrategy[str]:
    """Return ARNs of any partition, Region and account."""
    names = st.text(string.ascii_letters + string.digits + characters, min_size=1, max_size=longest)
    return st.builds(f"arn:{{}}:{service}:{{}}:{{}}:{kind}{{}}".format, partitions, regions, accounts, names)


def parts_that_stay(prefix: str) -> list[str]:
    """Walk an absolute path as Go's `path.Clean` documents it: `..` takes along the part before it, if any."""
    stay: list[str] = []
    for part in prefix.split("/"):
        if part == "..":
            stay = stay[:-1]
        elif part not in ("", "."):
            stay.append(part)
    return stay


keys = arns("kms", "key/", "-", 40)
groups = st.builds("{}{}".format, arns("logs", "log-group:", "_/.#-", 60), st.sampled_from(["", ":*"]))
parts = st.text(string.ascii_letters + "0123456789 !'()_.=\"\\:é$-", min_size=1, max_size=12)
prefixes = st.lists(st.sampled_from(["", ".", "..", "..."]) | parts, max_size=5).map("/".join).filter(parts_that_stay)
buckets = st.builds("arn:{}:s3:::{}".format, partitions, st.from_regex(r"[a-z0-9.-]{3,63}", fullmatch=True))
free_inputs = {
    "allow_update_instance_information": st.booleans(),
    "s3_log_encryption_enforced": st.booleans(),
    "kms_key_arns": st.lists(keys, max_size=4),
    "cloudwatch_log_group_arns": st.lists(groups, max_size=4),
}
bucket = {"s3_log_bucket_arn": buckets}
for_bucket = {
    "s3_log_key_prefix": prefixes,
    "s3_log_cross_account": st.booleans(),
    "s3_log_kms_key_arn": st.none() | keys,
}
accepted = st.fixed_dictionaries({}, optional=free_inputs) | st.fixed_dictionaries(
    bucket, optional={**free_inputs, **for_bucket}
)


def as_the_agent_has_them(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs with the prefix that the agent writes to, and with log groups without the `:*` at their end."""
    groups = [arn.removesuffix(":*") for arn in inputs.get("cloudwatch_log_group_arns") or []]
    prefix = "/".join(parts_that_stay(inputs.get("s3_log_key_prefix") or ""))
    return {**inputs, "cloudwatch_log_group_arns": groups, "s3_log_key_prefix": prefix}


@given(accepted)
def test_any_inputs_grant_what_they_ask_for_and_nothing_else(inputs: dict[str, Any]) -> None:
    """Whatever the names, prefixes and ARNs are, they add their own actions on their own resources alone.

    The document depends on what is given, byte by byte, not on the order in which it is.
    """
    document = policy_document(**inputs)

    assert document == policy(*wanted(as_the_agent_has_them(inputs)))
    assert json.dumps(document) == json.dumps(policy_document(**dict(reversed(inputs.items()))))


SIGNS = ("*", "?", "${", "${aws:username}", "\n", "\0", '"', "\\", "/", ":", ":*", ",", " ", "é", "世", "a")
TAILS = ["".join(signs) for number in (1, 2, 3) for signs in itertools.product(SIGNS, repeat=number)]


@pytest.mark.parametrize("name", [name for name, good in ALL_GRANTS.items() if good is not True])
def test_no_tail_of_a_good_value_can_widen_the_policy(name: str) -> None:
    """A good value with something behind it is refused, or names one resource still."""
    good = ALL_GRANTS[name]
    with_tail = (
        {**needed_with(name), name: [f"{good[0]}{tail}"] if isinstance(good, list) else f"{good}{tail}"}
        for tail in TAILS
    )
    wide = [inputs[name] for inputs in with_tail if not is_narrow(inputs)]

    assert wide == []


def is_narrow(inputs: Mapping[str, Any]) -> bool:
    """Return whether inputs are refused, or grant what they say, without a wildcard or variable that AWS's lacks."""
    try:
        document = policy_document(**inputs)
    except InvalidInputError:
        return True
    given = as_the_agent_has_them(inputs)
    texts = itertools.chain(*(value if isinstance(value, list) else [str(value)] for value in given.values()))
    return document == policy(*wanted(given)) and not re.search(r"[*?\n]|\$\{", " ".join(texts))
