"""How AWS's failures are read: by the code, not by the names in the text."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import pytest

from pulumi_ssm_perms._invokes import (
    InvokeError,
)

SAID: Final = (
    "invoke of aws:iam/getRole:getRole failed: invoking aws:iam/getRole:getRole: 1 error occurred:\n\t* reading IAM "
    "Role ({}): operation error IAM: GetRole, {}https response error StatusCode: 400, RequestID: 1-2, {}\n\n"
)


DENIED: Final = "User: ci is not authorized to perform: iam:GetRole on resource: role {}"


PROXIES: Final = ("NoSuchEntityProxy", "ApiThrottlingProxy", "AccessDeniedProxy", "RequestID")


class Case(NamedTuple):
    """What AWS or its provider says, and how it is read."""

    text: str
    code: str
    said: str
    not_found: bool = False
    throttled: bool = False


def of_aws(error: str, role: str = "web", retries: str = "", **read: bool) -> Case:
    """Return an error of AWS about a role."""
    text = error.removeprefix("api error ")
    return Case(SAID.format(role, retries, error), text.partition(":")[0], text, **read)


def dropped(end: str, *, not_found: bool = False) -> Case:
    """Return a message of the provider without AWS's code."""
    text = f"invoke of aws:kms/getKey:getKey failed: reading KMS Key (web){end}"
    return Case(text, "", text, not_found)


CASES: Final[Mapping[str, Case]] = {
    "a modelled error": of_aws("NoSuchEntity: no role web", not_found=True),
    "of KMS": of_aws("NotFoundException: no key", not_found=True),
    "a throttled call": of_aws(
        "api error Throttling: Rate exceeded", retries="exceeded maximum number of attempts, 25, ", throttled=True
    ),
    **{f"denied, about {role}": of_aws(f"api error AccessDenied: {DENIED.format(role)}", role) for role in PROXIES},
    **{f"missing, {role}": of_aws(f"NoSuchEntity: no role {role}", role, not_found=True) for role in PROXIES},
    "without a cause": dropped(": couldn't find resource", not_found=True),
    "after a wait": dropped(": couldn't find resource (21 retries)", not_found=True),
    "an empty answer": dropped(": empty result", not_found=True),
    "not at the end": dropped(": couldn't find resource list: dial tcp"),
    "with AWS's code": of_aws("api error Other: no: empty result"),
    "a word of it": dropped(": an empty result"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_aws_is_read_by_its_code(case: Case) -> None:
    """Names in the text decide nothing; the provider's own words are known where they drop the code."""
    error = InvokeError(case.text)

    assert (error.code, error.reason(secret=False)) == (case.code, case.code if case.throttled else case.said)
    assert (error.is_not_found, error.is_throttled) == (case.not_found, case.throttled)
    assert error.reason(secret=True) == case.code
