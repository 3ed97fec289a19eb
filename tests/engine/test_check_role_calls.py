"""`check_role` on the engine: what AWS is asked, through which provider, and what if it does not answer."""

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from pulumi_ssm_perms._check_role import _asking
from sandbox import Fault, Sandbox
from tests.answers import ASK_AGAIN, COULD_NOT_ASK, MAY_NOT_ASK
from tests.documents import KEY, OTHER_KEY
from tests.on_engine import READY, check, ready, run

SIMULATE = "SimulatePrincipalPolicy"
ARN = "arn:aws:iam::123456789012:role/"


def access_denied(action: str, resource: str) -> str:
    """Return how the warning goes on where the caller may not call an action."""
    return (
        f"AccessDenied: User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: {action} on "
        f"resource: {resource} because no identity-based policy allows the {action} action). {MAY_NOT_ASK}"
    )


def test_what_cannot_be_asked_is_one_warning(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run goes on and the policies are written; there is no list, rather than an empty one."""
    monkeypatch.setattr(_asking, "PATIENCE", [0, 0])
    box.fail("GetRole", Fault.denied(), where={"RoleName": "unread"})
    box.fail(SIMULATE, Fault.denied(), where={"PolicySourceArn": f"{ARN}unasked"})
    box.fail(SIMULATE, Fault.throttling(), where={"PolicySourceArn": f"{ARN}throttled"})
    roles = ("throttled", "unasked", "unread")
    for role in roles:
        box.create_role(role, policies={"own": READY})

    def program() -> None:
        made = [SessionManagerPermissions(role, {"role": role, "check_role": True}) for role in roles]
        pulumi.export("denied_actions", [component.denied_actions for component in made])

    outcome = run(box.stack(program, config={"aws:maxRetries": 2}), "up")
    written = [call.target for call in box.writes]

    assert sorted(outcome.said) == [
        f"warning: {COULD_NOT_ASK} throttled (Throttling: Rate exceeded). {ASK_AGAIN}",
        f"warning: {COULD_NOT_ASK} unasked ({access_denied('iam:SimulatePrincipalPolicy', f'{ARN}unasked')}",
        f"warning: {COULD_NOT_ASK} unread ({access_denied('iam:GetRole', 'role unread')}",
    ]
    assert (outcome.denied_actions, sorted(written)) == ([None] * 3, sorted(roles))


def test_all_resources_are_asked_about_at_once(box: Sandbox) -> None:
    """Each of four simulations begins before the first has had its answer."""
    ready(box)
    keys = [KEY, OTHER_KEY]
    box.fail(SIMULATE, Fault.slow(2))
    box.stack(check(kms_key_arns=keys, s3_log_bucket_arn="arn:aws:s3:::logs")).preview()
    asked = [call for call in box.calls if call.action == SIMULATE]
    named = [[value for key, value in call.params.items() if key.startswith("ResourceArns.")] for call in asked]

    assert sorted(map(sorted, named)) == [[], keys, ["arn:aws:s3:::logs"], ["arn:aws:s3:::logs/*"]]
    assert asked[-1].time - asked[0].time < 2


def providers(stack: auto.Stack) -> list[str]:
    """Return the names of the AWS providers in the state, without the version in that of the default one."""
    resources = (stack.export_stack().deployment or {})["resources"]
    names = [made["urn"].rpartition("::")[2] for made in resources if made["type"] == "pulumi:providers:aws"]
    return sorted(name.partition("_")[0] for name in names)


def test_the_calls_follow_the_components_provider(box: Sandbox) -> None:
    """Every call is made by the provider of the component's policy: the default one, or one that is given."""
    regions = {"default": "eu-west-1", "alone": "us-east-1", "listed": "us-west-2"}
    for role in regions:
        box.create_role(role, policies={"own": READY})

    def program() -> None:
        alone, listed = (aws.Provider(role, **box.provider_args(regions[role])) for role in ("alone", "listed"))
        options = {
            "default": pulumi.ResourceOptions(),
            "alone": pulumi.ResourceOptions(provider=alone),
            "listed": pulumi.ResourceOptions(providers=[listed]),
        }
        for role, opts in options.items():
            SessionManagerPermissions(role, {"role": role, "check_role": True}, opts)

    stack = box.stack(program)
    stack.up()

    assert providers(stack) == sorted(regions)
    assert {(call.target.rpartition("/")[2], call.region) for call in box.calls} == set(regions.items())
