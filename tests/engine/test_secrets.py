"""What stays secret of a secret input, and what Pulumi itself shows: in a stack's state, and in what it prints."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import BUCKET, LOG_GROUP

HIDDEN: Final = "hidden"
KEY: Final = f"arn:aws:kms:eu-west-1:123456789012:key/{HIDDEN}"
POLICY: Final = "aws:iam/policy:Policy"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
FLEET: Final = "ssm-perms:index:SessionManagerManagedPolicy"

OF_THE_ARN: Final = {
    (POLICY, "id"),
    (POLICY, "arn"),
    (ATTACHMENT, "id"),
    (ATTACHMENT, "policyArn"),
    (FLEET, "policy_arn"),
}


def shown(box: Sandbox) -> Iterator[tuple[str, str]]:
    """Yield where the state has the secret as it is: the type of a resource, and what of it."""
    for resource in json.loads(box.state_file().read_text())["checkpoint"]["latest"]["resources"]:
        kinds = ("inputs", "outputs")
        properties = {name: value for kind in kinds for name, value in resource.get(kind, {}).items()}
        for name, value in {**properties, "urn": resource["urn"]}.items():
            if HIDDEN in json.dumps(value):
                yield resource["type"], name


def one(**inputs: Any) -> Callable[[], None]:
    """Return a program with one role, in which what is hidden is a secret."""

    def program() -> None:
        SessionManagerPermissions("web", {"role": "web", **secretly(inputs)})  # type: ignore[typeddict-item]

    return program


def fleet(**inputs: Any) -> Callable[[], None]:
    """Return a program with many roles, in which what is hidden is a secret."""

    def program() -> None:
        SessionManagerManagedPolicy("fleet", {"roles": ["web"], **secretly(inputs)})  # type: ignore[typeddict-item]

    return program


def secretly(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Make an Output of each input, and a secret of what is hidden."""
    return {
        name: pulumi.Output.secret(value) if HIDDEN in json.dumps(value) else value for name, value in inputs.items()
    }


@pytest.mark.parametrize(
    ("program", "places"),
    [
        (one(role=HIDDEN), {(ROLE_POLICY, "id")}),
        (one(policy_name=HIDDEN), {(ROLE_POLICY, "id")}),
        (one(kms_key_arns=[KEY]), set()),
        (one(s3_log_bucket_arn=f"{BUCKET}-{HIDDEN}", s3_log_key_prefix=HIDDEN), set()),
        (one(cloudwatch_log_group_arns=[f"{LOG_GROUP}-{HIDDEN}"]), set()),
        (fleet(kms_key_arns=[KEY]), set()),
        (fleet(description=HIDDEN), set()),
        (fleet(policy_name=HIDDEN), OF_THE_ARN),
        (fleet(path=f"/{HIDDEN}/"), OF_THE_ARN),
        (fleet(tags={"team": HIDDEN}), {(POLICY, "tagsAll")}),
    ],
    ids=["role", "policy name", "key", "bucket", "group", "fleet's key", "description", "name", "path", "tag"],
)
def test_where_the_state_has_a_secret(box: Sandbox, program: Callable[[], None], places: set[tuple[str, str]]) -> None:
    """Nowhere, but for the policy's id and ARN, which hold role, name and path, and a tag in `tagsAll`."""
    for role in ("web", HIDDEN):
        box.create_role(role)
    stack = box.stack(program)
    printed = stack.preview().stdout + stack.up().stdout

    assert (set(shown(box)), HIDDEN in printed) == (places, False)


def test_an_exact_name_is_a_digest(box: Sandbox) -> None:
    """Pulumi calls a policy with an exact name by role and name; where one is secret, by what is made of the two."""
    box.create_role(HIDDEN)
    box.stack(one(role=HIDDEN, policy_name="ssm")).up()
    resources = json.loads(box.state_file().read_text())["checkpoint"]["latest"]["resources"]
    [name] = [resource["urn"].rpartition("::")[2] for resource in resources if resource["type"] == ROLE_POLICY]

    assert name == "/" + hashlib.sha256(f"/{HIDDEN}/ssm".encode()).hexdigest()[:16]


def test_a_detailed_preview_shows_the_id(box: Sandbox) -> None:
    """`pulumi preview --diff` prints the id of what it changes, and so a secret role's name."""
    box.create_role(HIDDEN)
    box.stack(one(role=HIDDEN)).up()
    changed = box.stack(one(role=HIDDEN, allow_update_instance_information=True))

    assert f"[id={HIDDEN}:web-session-manager-" in changed.preview(diff=True).stdout
    assert HIDDEN not in changed.preview().stdout
