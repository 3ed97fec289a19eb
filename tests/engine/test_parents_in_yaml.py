"""Programs in YAML in which a parent's provider gets the policies: who is asked.

The engine tells the plugin of a component's own provider alone. The default provider is of one account, the parent's of
another. Either account has the same roles, and a key with the same alias.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import pytest

from sandbox import Sandbox
from tests.answers import session
from tests.components import PERMISSIONS
from tests.documents import CHANNELS, decrypt, policy
from tests.fleets import FLEET
from tests.mocks import HANDED_DOWN
from tests.on_engine import in_yaml
from tests.world import READY

ACCOUNT: Final = "123456789012"
OTHER: Final = "210987654321"
# Who is asked for a component below the parent: an older SDK cannot ask the parent's provider, which gets the policy.
ASKED: Final = OTHER if HANDED_DOWN else ACCOUNT

# A check by an older SDK is about another role of that name.
CHECKED: Final = {"check": "mandatory"} if HANDED_DOWN else {}

FORMS: Final[Mapping[str, Any]] = {"provider": "${other}", "providers": ["${other}"]}
Keys = Mapping[str, str]


def role(account: str) -> str:
    """Return a role's ARN."""
    return f"arn:aws:iam::{account}:role/web"


@pytest.fixture
def keys(box: Sandbox) -> Keys:
    """Roles and a key in either account."""
    found = {}
    for account in (ACCOUNT, OTHER):
        for name in ("web", "api"):
            box.create_role(name, policies={"own": READY}, account=account)
        kms = box.client("kms", account=account)
        found[account] = kms.create_key()["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName="alias/sessions", TargetKeyId=found[account])
    box.forget()
    return found


def below(box: Sandbox, form: str, **components: tuple[Any, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a program with components below one that has a provider of the other account, in a form of its options."""
    given = {key.removeprefix("aws:"): value for key, value in box.provider_config(OTHER).items()}
    return {
        "other": {"type": "pulumi:providers:aws", "properties": given},
        "bare": {
            "type": "aws:iam:RolePolicy",
            "properties": {"role": "api", "policy": json.dumps(READY)},
            "options": {"provider": "${other}"},
        },
        "team": {"type": FLEET.type, "properties": {"roles": []}, "options": {form: FORMS[form]}},
        **{
            name: {"type": kind.type, "properties": properties, "options": {"parent": "${team}"}}
            for name, (kind, properties) in components.items()
        },
    }


def asked(box: Sandbox) -> Mapping[tuple[str, str], int]:
    """Return how often each account was asked what."""
    questions = ("GetCallerIdentity", "DescribeKey", "GetRole", "SimulatePrincipalPolicy")
    return Counter((call.account, call.action) for call in box.calls if call.action in questions)


@pytest.mark.parametrize("form", FORMS)
def test_who_gets_the_policy_is_asked(box: Sandbox, keys: Keys, form: str) -> None:
    """Account, key and role are those of the parent's provider, in preview and in up; each component asks once.

    There need not be a default provider, not even to wait for what the component depends on.
    """
    preferences = {"sessionPreferences": session({"kmsKeyId": "alias/sessions"})}
    program = below(
        box,
        form,
        web=(PERMISSIONS, {"role": role(ASKED), "policyName": "ssm", **preferences}),
        fleet=(FLEET, {"roles": [role(ASKED)], **CHECKED}),
    )
    program["fleet"]["options"]["dependsOn"] = ["${bare}"]
    config = {"pulumi:disable-default-providers": {"value": ["aws"]}} if HANDED_DOWN else {}
    in_yaml(box, program, "preview", config=config)
    previewed = asked(box)
    box.forget()
    in_yaml(box, program, config=config)
    policies = {account: box.role_policies("web", account) for account in (ACCOUNT, OTHER)}
    attached = {account: len(box.attached_policies("web", account)) for account in (ACCOUNT, OTHER)}

    assert previewed == {(ASKED, "GetCallerIdentity"): 2, (ASKED, "DescribeKey"): 1}
    assert {call: times for call, times in asked(box).items() if "Simulate" not in call[1]} == {
        **previewed,
        **({(ASKED, "GetRole"): 1} if CHECKED else {}),
    }
    assert {account for account, _ in asked(box)} == {ASKED}
    assert policies == {
        ACCOUNT: {"own": READY},
        OTHER: {"own": READY, "ssm": policy(CHANNELS, decrypt(keys[ASKED]))},
    }
    assert attached == {ACCOUNT: 0, OTHER: 1}


def test_a_parent_that_is_no_component_hands_down_nothing(box: Sandbox, keys: Keys) -> None:
    """Its provider gets no policy, and is not asked: both are the default provider's."""
    program = below(box, "provider", web=(PERMISSIONS, {"role": role(ACCOUNT)}))
    program["web"]["options"]["parent"] = "${bare}"
    in_yaml(box, program)

    assert keys, "the roles are there"
    assert asked(box) == {(ACCOUNT, "GetCallerIdentity"): 1}
    assert {account: len(box.role_policies("web", account)) for account in (ACCOUNT, OTHER)} == {ACCOUNT: 2, OTHER: 1}
