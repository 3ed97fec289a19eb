"""docs/deploying-identity.md: its policy allows what the pages' programs call in their life, and no more."""

import json
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

import pytest
from policy_sentry.querying.actions import get_action_data
from policy_sentry.util.arns import does_arn_match

from pulumi_ssm_perms import policy_document
from sandbox import Call, Sandbox
from tests.answers import session
from tests.docs.runs import up
from tests.documents import ALL_GRANTS, KEY, Statement
from tests.fleets import fleet
from tests.mocks import Program
from tests.on_engine import permissions
from tests.pages import ROLE, ROOT, Block, shows

PAGE: Final = "docs/deploying-identity.md"
TITLE: Final = "IAM permissions for `pulumi up`"
IAM: Final = f"arn:aws:iam::{Sandbox.account_id}"
OF_THE_REGION: Final = f"eu-west-1:{Sandbox.account_id}"
FREE: Final = {"sts:GetCallerIdentity"}

# By the parameter that names the resource; the first that a call has counts.
ARNS: Final = {
    "RoleName": f"{IAM}:role/{{}}",
    "InstanceProfileName": f"{IAM}:instance-profile/{{}}",
    "PolicyName": f"{IAM}:policy/{{}}",
    "PolicyArn": "{}",
    "PolicySourceArn": "{}",
    "KeyId": f"arn:aws:kms:{OF_THE_REGION}:key/{{}}",
    "Name": f"arn:aws:ssm:{OF_THE_REGION}:document/{{}}",
}

# The real provider's look-up of an instance asks for these as well: `instanceDescriptionAttributes` in its source.
OF_AN_INSTANCE: Final = {
    f"ec2:Describe{what}" for what in ("InstanceAttribute", "InstanceCreditSpecifications", "InstanceTypes", "Volumes")
}

# To load pulumi_aws.ec2 is to be warned of an old resource in it, used or not.
pytestmark = pytest.mark.filterwarnings(r"ignore:aws\.ec2/encryptioncontrol:DeprecationWarning")


def listed(value: Any) -> list[str]:
    """Return one or several as a list."""
    return value if isinstance(value, list) else [value]


def action(call: Call) -> str:
    """Name a call as policies do."""
    return f"{call.service}:{call.action}"


def resource(call: Call) -> str:
    """Return the ARN that AWS looks at when it decides about a call."""
    return next((ARNS[name].format(call.params[name]) for name in ARNS if name in call.params), "*")


def allows(statement: Statement, call: Call) -> bool:
    """Whether a statement allows a call; the only condition in use is on the policy that is attached."""
    [pattern] = statement.get("Condition", {"ArnLike": {"iam:PolicyARN": "*"}})["ArnLike"].values()
    return (
        action(call) in listed(statement["Action"])
        and fnmatchcase(resource(call), statement["Resource"])
        and fnmatchcase(str(call.params.get("PolicyArn", "")), pattern)
    )


def judge(calls: Iterable[Call], statements: Sequence[Statement]) -> tuple[set[str], set[tuple[str, str]]]:
    """Return the calls that no statement allows, and the actions that none needs in their statement."""
    asked = [call for call in calls if action(call) not in FREE]
    used = {(each["Sid"], action(call)) for each in statements for call in asked if allows(each, call)}
    granted = {(each["Sid"], name) for each in statements for name in listed(each["Action"])}
    return {action(call) for call in asked if not any(allows(each, call) for each in statements)}, granted - used


def live(box: Sandbox, *programs: Program, **config: Any) -> list[Call]:
    """Run a stack from its first preview to destroy, one program after the other; return the calls."""
    box.forget()
    box.stack(programs[0], config=config).preview()
    stack = up(box, *programs, config=config)
    stack.up(refresh=True)
    stack.destroy()
    return list(box.calls)


def prepare(box: Sandbox) -> None:
    """Make what the programs look up: preferences, a key with an alias, an instance."""
    kms = box.client("kms")
    kms.create_alias(AliasName="alias/session-data", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    content = session({"s3BucketName": "logs", "kmsKeyId": "alias/session-data"})
    box.client("ssm").create_document(Name="SSM-SessionManagerRunShell", DocumentType="Session", Content=content)
    box.create_node(ROLE)


@shows(PAGE, (TITLE, 1))
@shows("docs/find-the-role.md", ("In a program", 1))
@shows("docs/many-roles.md", ("Roles of a path", 1))
def test_the_policy_allows_what_the_programs_call(
    box: Sandbox, shown: list[Block], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over updates, replacements and look-ups to destroy; each action is needed in its own statement."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    document, of_instance, of_path = shown
    prepare(box)
    own: Any = {"role": ROLE}
    calls = live(
        box,
        permissions(**own),
        permissions(**own, **ALL_GRANTS, check="advisory"),
        permissions(role=f"{IAM}:role/{ROLE}", policy_name="SessionManager"),
        of_instance.program(),
    )
    calls += live(box, box.example(ROOT / "examples/from_preferences"), role=ROLE)
    up(box, fleet([ROLE], "nodes", tags={"owner": "platform"}))
    [made] = box.client("iam").list_policies(Scope="Local")["Policies"]
    for _ in range(4):
        version = json.dumps(policy_document(kms_key_arns=[KEY]))
        box.client("iam").create_policy_version(PolicyArn=made["Arn"], PolicyDocument=version)
    calls += live(
        box,
        fleet([ROLE], "nodes", tags={"team": ""}, **ALL_GRANTS),
        fleet([ROLE], "nodes", description="Sessions."),
        of_path.changed('path_prefix="/nodes/", name_regex="^(web|worker)"', 'name_regex="^web-role$"').program(),
    )
    denied, unused = judge(calls, document.json["Statement"])

    assert denied == set()
    assert unused == {("FindInstance", name) for name in OF_AN_INSTANCE}


def takes(name: str, arn: str, condition: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether an action, by a copy of AWS's Service Authorization Reference, takes the resource and the condition."""
    service, operation = name.split(":")
    rows: Any = get_action_data(service, operation)
    keys = {key for each in condition.values() for key in each}
    forms = {row["resource_arn_format"]: {*row["condition_keys"]} for row in (rows or {service: []})[service]}
    return any(
        keys <= known for form, known in forms.items() if arn == form or (arn != "*" and does_arn_match(arn, form))
    )


@shows(PAGE, TITLE)
def test_aws_knows_every_action_on_its_resource(shown: list[Block]) -> None:
    """Each action is on a resource of its kind, with a condition that it knows; the boundary's is known to writes."""
    statements = shown[0].json["Statement"]
    each = [(name, of["Resource"], of.get("Condition", {})) for of in statements for name in listed(of["Action"])]
    role = f"{IAM}:role/{ROLE}"
    boundary = {"StringEquals": {"iam:PermissionsBoundary": f"{IAM}:policy/node-limit"}}
    writes = {name: takes(name, role, boundary) for name in ("iam:PutRolePolicy", "iam:DeleteRolePolicy")}

    assert [given for given in each if not takes(*given)] == []
    assert writes == {"iam:PutRolePolicy": True, "iam:DeleteRolePolicy": True}
    assert not takes("iam:CreatePolicyVersion", f"{IAM}:policy/nodes-session-manager-1", boundary)
