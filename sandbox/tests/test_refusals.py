"""What the sandbox's AWS refuses: what AWS refuses although moto would do it, and what moto can't do."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox
from sandbox.tests.policies import READ, managed, policy, put


def document_of(characters: int) -> dict[str, Any]:
    """Make a document of so many characters."""
    missing = characters - len(json.dumps(policy({"Sid": "", **READ["Statement"][0]}), separators=(",", ":")))
    return policy({"Sid": "x" * missing, **READ["Statement"][0]})


def refused(box: Sandbox, call: str, **arguments: Any) -> tuple[str, str]:
    """Return code and message of a call that AWS refuses."""
    with pytest.raises(ClientError) as caught:
        getattr(box.client("iam"), call)(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_managed_policys_name_is_unique_whatever_its_path(box: Sandbox) -> None:
    """AWS refuses a second policy of a name, in another path or case; moto would make it."""
    managed(box, "shared")

    assert refused(box, "create_policy", PolicyName="Shared", Path="/team/", PolicyDocument=json.dumps(READ)) == (
        "EntityAlreadyExists",
        "A policy called Shared already exists. Duplicate names are not allowed.",
    )


def test_an_attached_policy_or_one_with_versions_is_not_deleted(box: Sandbox) -> None:
    """AWS wants it detached, once even if it was attached twice, and the other versions deleted first."""
    box.create_role("web")
    attached, versioned = managed(box, "shared", roles=["web", "web"]), managed(box, "other")
    box.client("iam").create_policy_version(PolicyArn=versioned, PolicyDocument=json.dumps(READ), SetAsDefault=True)
    first = refused(box, "delete_policy", PolicyArn=attached)
    box.client("iam").detach_role_policy(RoleName="web", PolicyArn=attached)
    box.client("iam").delete_policy(PolicyArn=attached)

    assert first == ("DeleteConflict", "Cannot delete a policy attached to entities.")
    assert refused(box, "delete_policy", PolicyArn=versioned)[0] == "DeleteConflict"


def test_the_eleventh_managed_policy_is_refused(box: Sandbox) -> None:
    """A role holds ten managed policies by AWS's default quota; one that it has already is no eleventh."""
    box.create_role("web")
    first, *_ = [managed(box, f"shared-{number}", roles=["web"]) for number in range(10)]
    box.client("iam").attach_role_policy(RoleName="web", PolicyArn=first)

    assert refused(box, "attach_role_policy", RoleName="web", PolicyArn=managed(box, "eleventh")) == (
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPerRole: 10",
    )


def test_a_managed_policy_may_have_6144_characters(box: Sandbox) -> None:
    """White space is free; one character more is refused, in a new version as well."""
    arn = managed(box, "shared", document_of(6144))
    long = json.dumps(document_of(6145))
    message = ("LimitExceeded", "Cannot exceed quota for PolicySize: 6144")

    assert refused(box, "create_policy", PolicyName="long", PolicyDocument=long) == message
    assert refused(box, "create_policy_version", PolicyArn=arn, PolicyDocument=long) == message


def test_a_roles_inline_policies_may_have_10240_characters_together(box: Sandbox) -> None:
    """The sum over the role's policies counts, with the new document in place of the one of the same name."""
    box.create_role("web", policies={"other": document_of(240)})
    for _ in range(2):
        put(box, document=document_of(10_000))
    long = json.dumps(document_of(10_001), indent=2)

    assert refused(box, "put_role_policy", RoleName="web", PolicyName="own", PolicyDocument=long) == (
        "LimitExceeded",
        "Maximum policy size of 10240 bytes exceeded for role web",
    )


def test_what_moto_lacks_is_told_to_a_person(box: Sandbox) -> None:
    """A command of AWS's own CLI that the sandbox can't do ends with a sentence that names the call."""
    with pytest.raises(ClientError) as caught:
        box.client("cloudtrail").lookup_events()

    assert caught.value.response["Error"]["Code"] == "NotImplemented"
    assert caught.value.response["Error"]["Message"] == "The local AWS can't do cloudtrail:LookupEvents."
