"""docs/drift.md: how to notice a loss and mend it, and what other resources and policies do."""

import json
from collections.abc import Sequence
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from sandbox import Fault, Sandbox
from tests.docs.console import OpenTerminal, script
from tests.docs.pages import Block, shows
from tests.docs.runs import held, up
from tests.documents import allow, policy
from tests.on_engine import TRUST, Program, inline_documents, permissions

PAGE: Final = "docs/drift.md"

OURS: Final = policy_document()
OWN: Final = policy(allow(["s3:GetObject"]))
LISTS: Final = "ignore:.*(inline_policies|managed_policy_arns).*:DeprecationWarning"


@pytest.mark.parametrize("what", ["policy", "role"])
@shows(PAGE, "How to notice", "How to get it back")
def test_a_deletion_is_noticed_and_mended(box: Sandbox, shown: list[Block], terminal: OpenTerminal, what: str) -> None:
    """Plain preview and up do not see that a policy was deleted, or its role, which was made again; the commands do."""
    notice, mend = shown
    stack = up(box, permissions())
    console = terminal(stack)
    console.run(notice.text)
    iam = box.client("iam")
    [name] = box.role_policies("web")
    iam.delete_role_policy(RoleName="web", PolicyName=name)
    if what == "role":
        iam.delete_role(RoleName="web")
        box.create_role("web")
    stack.preview(expect_no_changes=True)
    stack.up()
    unseen = inline_documents(box)
    refusal = console.fails(notice.text)
    console.run(mend.text)

    assert "no changes were expected for preview but changes were proposed" in refusal
    assert unseen == []
    assert inline_documents(box) == [OURS]


@shows(PAGE, "Who did it")
def test_who_did_it(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The command asks CloudTrail for the deletions of inline policies, which the sandbox's AWS keeps no trail of."""
    script(box, {"LookupEvents": {"Events": []}})
    terminal(None).run(shown[0].text)

    deletions = [{"AttributeKey": "EventName", "AttributeValue": "DeleteRolePolicy"}]
    assert [call.params["LookupAttributes"] for call in box.calls] == [deletions]


def of_a_role(*, listed: bool) -> Program:
    """Return a program whose role has a policy of each kind of its own, listed in it or beside it, and one of ours."""
    own = json.dumps(OWN)

    def program() -> None:
        managed = aws.iam.Policy("own", name="own", policy=own).arn
        lists: Any = {"inline_policies": [{"name": "own", "policy": own}], "managed_policy_arns": [managed]}
        role = aws.iam.Role("app", name="app", assume_role_policy=TRUST, **(lists if listed else {}))
        if not listed:
            aws.iam.RolePolicy("own", role=role.name, name="own", policy=own)
            aws.iam.RolePolicyAttachment("own", role=role.name, policy_arn=managed)
        after = pulumi.ResourceOptions(depends_on=[role])
        SessionManagerPermissions("app", role="app", opts=after)
        SessionManagerManagedPolicy("fleet", roles=["app"], opts=after)

    return program


def own_and_ours(box: Sandbox) -> tuple[int, int]:
    """Count that role's own policies and ours."""
    found = held(box, "app")
    return found.count(OWN), found.count(OURS)


@pytest.mark.filterwarnings(LISTS)
def test_a_role_that_lists_its_policies(box: Sandbox) -> None:
    """It takes ours away at a refresh, and the next refresh gives them back."""
    stack = box.stack(of_a_role(listed=True))
    found: list[tuple[int, int]] = []
    for refresh in (False, False, True, True):
        stack.up(refresh=refresh)
        found.append(own_and_ours(box))

    assert found == [(2, 2), (2, 2), (2, 0), (2, 2)]


@pytest.mark.filterwarnings(LISTS)
def test_the_roles_own_policies_beside_it(box: Sandbox) -> None:
    """One run moves them out of the role and takes nothing away; back in it, the role loses all that it has."""
    up(box, of_a_role(listed=True))
    stack = up(box, of_a_role(listed=False))
    out = own_and_ours(box)
    stack.up(refresh=True)
    up(box, of_a_role(listed=True))

    assert out == (2, 2)
    assert own_and_ours(box) == (0, 0)


def ours() -> tuple[SessionManagerPermissions, SessionManagerManagedPolicy]:
    """Declare a policy of each kind on the role."""
    return SessionManagerPermissions("web", role="web"), SessionManagerManagedPolicy("fleet", roles=["web"])


def empty_lists(after: Sequence[pulumi.Resource] = ()) -> None:
    """Declare the lists of all policies that the role may have, and name none."""
    opts = pulumi.ResourceOptions(depends_on=after)
    aws.iam.RolePoliciesExclusive("web", role_name="web", policy_names=[], opts=opts)
    aws.iam.RolePolicyAttachmentsExclusive("web", role_name="web", policy_arns=[], opts=opts)


@shows(PAGE, "Exclusive lists")
def test_exclusive_lists_leave_what_they_name(box: Sandbox, shown: list[Block]) -> None:
    """What is in the page's lists stays, at a refresh as well."""
    [program] = shown
    box.client("iam").put_role_policy(RoleName="web", PolicyName="own", PolicyDocument=json.dumps(OWN))
    up(box, program.program()).up(refresh=True)

    assert box.role_policies("web")["own"] == OWN
    assert held(box).count(OURS) == 2


@pytest.mark.parametrize("refresh", [False, True], ids=["at once", "at a refresh"])
def test_exclusive_lists_take_what_they_do_not_name(box: Sandbox, *, refresh: bool) -> None:
    """Lists that are new take it at once, and lists that were there before at a refresh."""

    def program() -> None:
        made = ours()
        empty_lists(() if refresh else made)

    if refresh:
        up(box, empty_lists)
    up(box, program).up(refresh=refresh)

    assert held(box) == []


@shows(PAGE, "A permissions boundary or an SCP")
def test_a_run_that_fails_for_a_boundary(box: Sandbox, shown: list[Block]) -> None:
    """The preview passes, and fails as soon as a boundary denies something, or nobody can say."""
    [program] = shown
    stack = up(box, program.program())
    stack.preview(refresh=True, expect_no_changes=True)
    arn = box.client("iam").create_policy(PolicyName="boundary", PolicyDocument=json.dumps(OWN))["Policy"]["Arn"]
    box.client("iam").put_role_permissions_boundary(RoleName="web", PermissionsBoundary=arn)

    with pytest.raises(auto.CommandError, match="web may not call ssmmessages:CreateControlChannel, "):
        stack.preview(refresh=True, expect_no_changes=True)
    box.fail("SimulatePrincipalPolicy", Fault.denied())
    with pytest.raises(auto.CommandError, match="it could not be found out what web may call"):
        stack.preview(refresh=True, expect_no_changes=True)
