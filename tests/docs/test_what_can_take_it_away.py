"""docs/what-can-take-it-away.md: each cause does take the policy away, and what the page says against it helps."""

import json

import pulumi
import pulumi.automation as auto
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Fault, Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.on_engine import documents, gaps, permissions

PAGE = "docs/what-can-take-it-away.md"

GONE = ("DeleteRolePolicy", "web")
OURS = policy_document()
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OWN = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)


@shows(PAGE, "How to notice", "How to get it back")
def test_a_deletion_is_noticed_and_mended(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """What someone deleted, plain preview and up do not see; the page's commands do, and give it back."""
    notice, mend = shown
    stack = box.stack(permissions())
    stack.up()
    console = terminal(stack)
    console.run(notice.text)
    [name] = box.role_policies("web")
    box.client("iam").delete_role_policy(RoleName="web", PolicyName=name)
    stack.preview(expect_no_changes=True)
    stack.up()
    unseen = documents(box)
    refusal = console.fails(notice.text)
    console.run(mend.text)
    console.run(notice.text)

    assert "no changes were expected for preview but changes were proposed" in refusal
    assert (unseen, documents(box)) == ([], [OURS])


@shows(PAGE, "Who did it")
def test_who_did_it(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The command asks CloudTrail for the deletions of inline policies, which the sandbox's AWS keeps no trail of."""
    box.answer("LookupEvents", lambda _: (200, '{"Events": []}', "application/x-amz-json-1.1"))
    [look] = shown
    terminal(None).run(look.text)
    [call] = box.calls

    assert call.params["LookupAttributes"] == [{"AttributeKey": "EventName", "AttributeValue": "DeleteRolePolicy"}]


@pytest.mark.filterwarnings("ignore:.*inline_policies.*:DeprecationWarning")
@shows(PAGE, ("inline_policies of the role", 1))
def test_inline_policies_of_the_role(box: Sandbox, shown: list[Block]) -> None:
    """The role deletes the policy at a refresh, and the next refresh writes it again."""
    [program] = shown
    stack = box.stack(program.program())
    stack.up()
    held = [list(box.role_policies("app").values()).count(OURS)]
    for refresh in (False, True, True):
        stack.up(refresh=refresh)
        held.append(list(box.role_policies("app").values()).count(OURS))

    assert held == [1, 1, 0, 1]


@pytest.mark.filterwarnings("ignore:.*inline_policies.*:DeprecationWarning")
@shows(PAGE, ("inline_policies of the role", 1))
def test_inline_policies_after_a_refresh(box: Sandbox, shown: list[Block]) -> None:
    """Given to a role that was refreshed before, they delete the policy at once."""
    [program] = shown
    a, b = program.content.index("    inline_policies"), program.content.index(")\n\nSession")
    box.stack(program.changed(program.content[a:b], "").program()).up()
    box.stack(program.changed(program.content[a:b], "").program()).up(refresh=True)
    before = list(box.role_policies("app").values())
    box.stack(program.program()).up()

    assert (before, list(box.role_policies("app"))) == ([OURS], ["own"])


@pytest.mark.filterwarnings("ignore:.*inline_policies.*:DeprecationWarning")
@pytest.mark.parametrize(
    ("first", "second", "own_kept"), [(0, 1, True), (1, 0, False)], ids=["out of the role", "into the role"]
)
@shows(PAGE, "inline_policies of the role")
def test_the_roles_own_policies_beside_it(
    box: Sandbox,
    shown: list[Block],
    first: int,
    second: int,
    own_kept: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """One run moves them out of the role and takes nothing away; the other way round it deletes them."""
    programs = [block.program() for block in shown]
    box.stack(programs[first]).up()
    box.stack(programs[second]).up()
    found = box.role_policies("app")

    assert ("own" in found, OURS in found.values()) == (own_kept, True)


@pytest.mark.parametrize(
    ("rest", "lost"),
    [(", web.policy_name]", []), ("], opts=pulumi.ResourceOptions(depends_on=[web])", [GONE])],
    ids=["listed", "not listed"],
)
@shows(PAGE, "RolePoliciesExclusive")
def test_an_exclusive_list_has_to_name_it(
    box: Sandbox, shown: list[Block], rest: str, lost: list[tuple[str, str]]
) -> None:
    """With `policy_name` in the list the policy stays; without, it is deleted as soon as the list is there."""
    [program] = shown
    box.client("iam").put_role_policy(RoleName="web", PolicyName="own", PolicyDocument=OWN)
    stack = box.stack(program.changed(", web.policy_name]", rest).program(pulumi=pulumi))
    stack.up()
    stack.up(refresh=True)

    assert gaps(box) == lost
    assert "own" in box.role_policies("web")


DENIED = "A permissions boundary or an SCP"


def warnings(stack: auto.Stack) -> list[str]:
    """Preview a stack, and return what the components warn of."""
    events: list[auto.EngineEvent] = []
    stack.preview(on_event=events.append)
    found = [event.diagnostic_event for event in events if event.diagnostic_event]
    return [found.message.strip() for found in found if found.severity == "warning" and found.urn]


@pytest.mark.parametrize("cause", ["boundary", "organization"])
@shows(PAGE, (DENIED, 1), (DENIED, 2), (DENIED, 3))
def test_check_role_says_what_denies(box: Sandbox, shown: list[Block], cause: str) -> None:
    """The preview warns in the page's words, for a boundary and for an SCP."""
    program, boundary, organization = shown
    if cause == "boundary":
        arn = box.client("iam").create_policy(PolicyName="boundary", PolicyDocument=OWN)["Policy"]["Arn"]
        box.client("iam").put_role_permissions_boundary(RoleName="web", PermissionsBoundary=arn)
    else:
        for action in [*OURS["Statement"][0]["Action"], "ssm:UpdateInstanceInformation"]:
            box.script_simulation(action, decision="implicitDeny", scp=True)
    texts = {"boundary": boundary.text, "organization": organization.text}

    assert warnings(box.stack(program.program())) == [texts[cause].strip()]


@shows(PAGE, (DENIED, 4))
def test_a_run_that_fails_for_it(box: Sandbox, shown: list[Block]) -> None:
    """The preview passes, and fails as soon as a boundary denies something."""
    [program] = shown
    stack = box.stack(program.program())
    stack.up()
    stack.preview(refresh=True, expect_no_changes=True)
    arn = box.client("iam").create_policy(PolicyName="boundary", PolicyDocument=OWN)["Policy"]["Arn"]
    box.client("iam").put_role_permissions_boundary(RoleName="web", PermissionsBoundary=arn)

    with pytest.raises(auto.CommandError, match="web may not call ssmmessages:CreateControlChannel, "):
        stack.preview(refresh=True, expect_no_changes=True)
    box.fail("SimulatePrincipalPolicy", Fault.denied())
    with pytest.raises(auto.CommandError, match="it could not be found out what web may call"):
        stack.preview(refresh=True, expect_no_changes=True)


@shows(PAGE, "A key policy")
def test_a_key_policy_has_to_let_iam_decide(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The command prints the key policy, and the page's statement is what KMS writes by default."""
    look, statement = shown
    key = box.client("kms").create_key()["KeyMetadata"]["Arn"]
    [printed] = terminal(None).run(look.changed(KEY, key).text)

    assert json.loads(printed)["Statement"] == [statement.json]
