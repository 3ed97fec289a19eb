"""What `SessionManagerManagedPolicy` writes to AWS, which is no more than it takes, and what it leaves of others."""

import json
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerManagedPolicy
from sandbox import Sandbox
from tests.documents import CHANNELS, CHANNELS_AND_HEARTBEAT, KEY, OTHER_KEY, allow, decrypt, policy
from tests.fleets import fleet
from tests.on_engine import writes

OWN = policy(allow(["s3:GetObject"]))
TRUST = json.dumps(
    policy({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
)


def make_roles(box: Sandbox, count: int = 40) -> list[str]:
    """Make roles with a policy of their own; return every other one's name and the others' ARNs, which have a path."""
    given = []
    for number in range(count):
        arn = box.create_role(f"node-{number}", path="/team/blue/" if number % 2 else "/", policies={"own": OWN})
        given.append(arn if number % 2 else f"node-{number}")
    return given


def attached(box: Sandbox, count: int = 40) -> dict[str, list[dict[str, Any]]]:
    """Return the documents of each role's managed policies."""
    return {f"node-{number}": [*box.attached_policies(f"node-{number}").values()] for number in range(count)}


def attach_by_hand(box: Sandbox, name: str, roles: Sequence[str]) -> str:
    """Attach somebody else's managed policy to roles; return its ARN."""
    iam = box.client("iam")
    arn = str(iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(OWN))["Policy"]["Arn"])
    for role in roles:
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    box.forget()
    return arn


def test_forty_roles_get_one_policy(box: Sandbox) -> None:
    """The first `up` creates one policy and attaches it to each role, whether given by name or by ARN."""
    box.stack(fleet(make_roles(box))).up()
    created, *others = writes(box)

    assert created[0] == "CreatePolicy"
    assert sorted(others) == sorted(("AttachRolePolicy", f"node-{number}") for number in range(40))
    assert attached(box) == {f"node-{number}": [policy(CHANNELS)] for number in range(40)}


def test_a_second_up_writes_nothing(box: Sandbox) -> None:
    """What is there stays as it is, in whatever order the roles are given."""
    roles = make_roles(box)
    box.stack(fleet(roles)).up()
    box.forget()
    box.stack(fleet(list(reversed(roles)))).up()

    assert writes(box) == []


def test_a_new_document_is_one_write(box: Sandbox) -> None:
    """A new key is one call, which every role has at once."""
    roles = make_roles(box)
    box.stack(fleet(roles)).up()
    box.forget()
    box.stack(fleet(roles, kms_key_arns=[KEY])).up()

    assert [action for action, _ in writes(box)] == ["CreatePolicyVersion"]
    assert attached(box) == {f"node-{number}": [policy(CHANNELS, decrypt(KEY))] for number in range(40)}


def test_five_roles_dropped_are_five_writes(box: Sandbox) -> None:
    """Dropping roles detaches the policy from them, and touches no other role, whatever the order of the list."""
    roles = make_roles(box)
    box.stack(fleet(roles)).up()
    box.forget()
    box.stack(fleet(list(reversed(roles[5:])))).up()

    assert sorted(writes(box)) == [("DetachRolePolicy", f"node-{number}") for number in range(5)]


def test_a_role_added_is_one_write(box: Sandbox) -> None:
    """Adding a role in front of the others attaches the policy to it, and touches no other role."""
    first, *others = make_roles(box, 3)
    box.stack(fleet(others)).up()
    box.forget()
    box.stack(fleet([first, *others])).up()

    assert writes(box) == [("AttachRolePolicy", "node-0")]


def test_a_name_that_becomes_an_arn_writes_nothing(box: Sandbox) -> None:
    """A role is its name, however it is given."""
    arn = box.create_role("web", path="/team/")
    box.stack(fleet([arn])).up()
    box.forget()
    box.stack(fleet(["web"])).up()

    assert writes(box) == []


def test_the_sixth_document_takes_the_oldest_versions_place(box: Sandbox) -> None:
    """IAM keeps five versions: the oldest one goes, and at no moment is the role without the default one."""
    box.create_role("web")
    for number in range(6):
        box.forget()
        stack = box.stack(fleet(["web"], kms_key_arns=[KEY.replace("1234abcd", f"{number:08d}")]))
        stack.up()

    assert [action for action, _ in writes(box)] == ["DeletePolicyVersion", "CreatePolicyVersion"]
    assert box.gaps("web", "ssmmessages:OpenDataChannel") == []


def test_description_path_and_tags_are_in_iam(box: Sandbox) -> None:
    """What the page has as optional steps is on the policy as IAM has it."""
    tags = {"team": "platform", "stage": "prod"}
    given: dict[str, Any] = {
        "policy_name": "SessionManager",
        "description": "for the web tier",
        "path": "/team/",
        "tags": tags,
    }
    arn = box.stack(fleet([], **given)).up().outputs["policy_arn"].value
    found = box.client("iam").get_policy(PolicyArn=arn)["Policy"]

    assert (found["PolicyName"], found["Description"], found["Path"], found["Arn"]) == (
        "SessionManager",
        "for the web tier",
        "/team/",
        "arn:aws:iam::123456789012:policy/team/SessionManager",
    )
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == tags


def test_other_tags_leave_policy_and_attachments_alone(box: Sandbox) -> None:
    """A tag that changes and one that goes are written, and nothing else."""
    box.create_role("web")
    box.stack(fleet(["web"], tags={"team": "platform", "stage": "prod"})).up()
    box.forget()
    box.stack(fleet(["web"], tags={"team": "security"})).up()

    assert [action for action, _ in writes(box)] == ["UntagPolicy", "TagPolicy"]


def test_other_policies_of_the_roles_stay(box: Sandbox) -> None:
    """Inline and managed policies of others are as before, with the component and after it."""
    roles = make_roles(box, 2)
    other = attach_by_hand(box, "other", ["node-0", "node-1"])
    stack = box.stack(fleet(roles))
    arn = stack.up().outputs["policy_arn"].value
    during = [(box.role_policies(role), box.attached_policies(role)) for role in ("node-0", "node-1")]
    stack.destroy()
    after = [(box.role_policies(role), box.attached_policies(role)) for role in ("node-0", "node-1")]

    assert during == [({"own": OWN}, {other: OWN, arn: policy(CHANNELS)})] * 2
    assert after == [({"own": OWN}, {other: OWN})] * 2


def test_destroy_writes_only_what_it_takes(box: Sandbox) -> None:
    """The policy is detached from each role and deleted, with all its versions."""
    roles = make_roles(box, 2)
    box.stack(fleet(roles)).up()
    stack = box.stack(fleet(roles, kms_key_arns=[KEY]))
    stack.up()
    box.forget()
    stack.destroy()
    first, second, *others = writes(box)

    assert sorted([first, second]) == [("DetachRolePolicy", "node-0"), ("DetachRolePolicy", "node-1")]
    assert [action for action, _ in others] == ["DeletePolicyVersion", "DeletePolicy"]


def test_two_stacks_on_the_same_roles(box: Sandbox) -> None:
    """Each stack has a policy of its own, and destroying one leaves the other's where it is."""
    roles = make_roles(box, 2)
    blue = box.stack(fleet(roles, kms_key_arns=[KEY]), name="blue")
    blue.up()
    box.stack(fleet(roles, kms_key_arns=[OTHER_KEY]), name="green").up()
    both = attached(box, 2)
    blue.destroy()

    documents = [policy(CHANNELS, decrypt(KEY)), policy(CHANNELS, decrypt(OTHER_KEY))]
    assert both == {"node-0": documents, "node-1": documents}
    assert attached(box, 2) == {"node-0": documents[1:], "node-1": documents[1:]}


def test_names_that_concatenate_to_the_same_text(box: Sandbox) -> None:
    """Component `web` with role `api-prod` and component `web-api` with role `prod` are both deployed."""
    for role in ("api-prod", "prod"):
        box.create_role(role)

    def program() -> None:
        SessionManagerManagedPolicy("web", {"roles": ["api-prod"]})
        SessionManagerManagedPolicy("web-api", {"roles": ["prod"], "allow_update_instance_information": True})

    box.stack(program).up()

    assert [*box.attached_policies("api-prod").values()] == [policy(CHANNELS)]
    assert [*box.attached_policies("prod").values()] == [policy(CHANNELS_AND_HEARTBEAT)]


def test_a_policy_for_others_to_attach(box: Sandbox) -> None:
    """With an empty list, a role whose name is an Output gets the policy by an attachment of the program's own."""

    def program() -> None:
        shared = SessionManagerManagedPolicy("shared", {"roles": []})
        role = aws.iam.Role("made", assume_role_policy=TRUST)
        aws.iam.RolePolicyAttachment("made", role=role.name, policy_arn=shared.policy_arn)
        pulumi.export("role", role.name)

    role = box.stack(program).up().outputs["role"].value

    assert [*box.attached_policies(role).values()] == [policy(CHANNELS)]


def test_a_role_of_the_same_run(box: Sandbox) -> None:
    """A role that the program itself makes with a plain name is waited for with `depends_on`."""

    def program() -> None:
        role = aws.iam.Role("web", name="web", assume_role_policy=TRUST)
        SessionManagerManagedPolicy("fleet", {"roles": ["web"]}, pulumi.ResourceOptions(depends_on=[role]))

    box.stack(program).up()

    assert [*box.attached_policies("web").values()] == [policy(CHANNELS)]


def test_the_urns(box: Sandbox) -> None:
    """A resource is found by these URNs, which a release does not change: it would replace what users have."""
    box.create_role("web")
    stack = box.stack(fleet(["web"]))
    stack.up()
    resources: Any = stack.export_stack().deployment
    urns = [resource["urn"] for resource in resources["resources"] if "fleet" in resource["urn"]]

    prefix = "urn:pulumi:dev::app::ssm-perms:index:SessionManagerManagedPolicy"
    assert sorted(urns) == [
        f"{prefix}$aws:iam/policy:Policy::fleet-session-manager",
        f"{prefix}$aws:iam/rolePolicyAttachment:RolePolicyAttachment::fleet/web",
        f"{prefix}::fleet",
    ]
