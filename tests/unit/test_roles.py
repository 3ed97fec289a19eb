"""A role by its name or its ARN, with any path: whatever is accepted is one that IAM can have."""

import re
import string

from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_ssm_perms._errors import InvalidValue
from pulumi_ssm_perms._role_inputs import RoleInput, role_input
from tests.documents import PARTITIONS

settings.register_profile("tests", deadline=None)  # as in test_properties.py
settings.load_profile("tests")

NAME_CHARACTERS = string.ascii_letters + string.digits + "_+=,.@-"
role_names = st.text(NAME_CHARACTERS, min_size=1, max_size=64).filter(
    lambda name: not name.lower().startswith(("awsservicerolefor", "awsreservedsso_"))
)
role_paths = st.lists(st.text(NAME_CHARACTERS, min_size=1, max_size=20), max_size=3).filter(
    lambda parts: parts[:1] not in (["aws-service-role"], ["aws-reserved"])
)
accounts = st.text(string.digits, min_size=12, max_size=12)


@given(partition=st.sampled_from(PARTITIONS), account=accounts, path=role_paths, name=role_names)
def test_a_role_is_the_same_by_name_and_by_arn(partition: str, account: str, path: list[str], name: str) -> None:
    """Name and ARN, of any path, partition and account, stand for the same role."""
    arn = f"arn:{partition}:iam::{account}:role/" + "/".join([*path, name])

    assert role_input(arn) == RoleInput(arn, name, account)
    assert role_input(name) == RoleInput(name, name)


@given(st.one_of(st.text(), st.text(NAME_CHARACTERS + "/: \n*", max_size=80)))
def test_an_accepted_role_is_one_that_iam_can_have(role: str) -> None:
    """Whatever is accepted as a role has a name that IAM takes, and the name is taken again as it is."""
    try:
        name = role_input(role).name
    except InvalidValue:
        return

    assert re.fullmatch(r"[\w+=,.@-]{1,64}", name, re.ASCII)
    assert role_input(name).name == name
