"""`check_role` on the engine: what AWS is asked, through which provider, and what if it does not answer."""

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms._check_role import _asking
from sandbox import Fault, Sandbox
from tests.answers import ASK_AGAIN, COULD_NOT_ASK, FORBIDDEN, HEARTBEAT, MAY_NOT_ASK, NO_HEARTBEAT
from tests.documents import KEY, OTHER_KEY
from tests.on_engine import TRUST, Run, check, denied, preview_and_up, ready, run, without_heartbeat


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again without a pause where IAM says that it is too busy."""
    monkeypatch.setattr(_asking, "PATIENCE", [0, 0])


def access_denied(action: str, resource: str) -> str:
    """Return how the warning goes on where the caller may not call an action."""
    return (
        f"AccessDenied: User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: {action} on "
        f"resource: {resource} because no identity-based policy allows the {action} action). {MAY_NOT_ASK}"
    )


@pytest.mark.parametrize(
    ("action", "fault", "said"),
    [
        ("GetRole", Fault.denied(), access_denied("iam:GetRole", "role web")),
        (
            "SimulatePrincipalPolicy",
            Fault.denied(),
            access_denied("iam:SimulatePrincipalPolicy", "arn:aws:iam::123456789012:role/web"),
        ),
        ("SimulatePrincipalPolicy", Fault.throttling(), f"Throttling: Rate exceeded). {ASK_AGAIN}"),
    ],
    ids=["may not get the role", "may not simulate", "throttled"],
)
def test_what_cannot_be_asked_is_one_warning(box: Sandbox, action: str, fault: Fault, said: str) -> None:
    """The run goes on and the policy is written; there is no list, rather than an empty one."""
    ready(box)
    box.fail(action, fault)
    outcome = Run([f"warning: {COULD_NOT_ASK} web ({said}"])
    runs = preview_and_up(box, check(), {"aws:maxRetries": 2})

    assert (runs, [call.action for call in box.writes]) == ([outcome, outcome], ["PutRolePolicy"])


def test_a_throttled_call_is_tried_again(box: Sandbox) -> None:
    """A simulator that is busy for a moment costs a moment, no answer."""
    without_heartbeat(box)
    box.fail("SimulatePrincipalPolicy", Fault.throttling(), times=1)

    assert run(box.stack(check()), "preview") == Run([f"warning: web {NO_HEARTBEAT}"], [HEARTBEAT])


def test_secrets_are_not_printed(box: Sandbox) -> None:
    """Neither a secret role nor a secret key is in a line that a run prints, denied or not to be asked about."""
    denied(box)
    program = check(lambda: pulumi.Output.secret("web"), kms_key_arns=lambda: [pulumi.Output.secret(KEY)])
    outcomes = preview_and_up(box, program)
    box.fail("SimulatePrincipalPolicy", Fault.denied())
    outcomes.append(run(box.stack(program), "up"))

    assert [outcome.said for outcome in outcomes] == [
        [f"warning: [secret] may not call kms:Decrypt on [secret]: {FORBIDDEN}"],
        [f"warning: [secret] may not call kms:Decrypt on [secret]: {FORBIDDEN}"],
        [
            f"warning: {COULD_NOT_ASK} [secret] (AccessDenied). {MAY_NOT_ASK}",
        ],
    ]


def test_all_resources_are_asked_about_at_once(box: Sandbox) -> None:
    """Each of four simulations begins before the first has had its answer."""
    ready(box)
    keys = [KEY, OTHER_KEY]
    box.fail("SimulatePrincipalPolicy", Fault.slow(2))
    box.stack(check(kms_key_arns=keys, s3_log_bucket_arn="arn:aws:s3:::logs")).preview()
    asked = [call for call in box.calls if call.action == "SimulatePrincipalPolicy"]
    named = [[value for key, value in call.params.items() if key.startswith("ResourceArns.")] for call in asked]

    assert sorted(map(sorted, named)) == [[], keys, ["arn:aws:s3:::logs"], ["arn:aws:s3:::logs/*"]]
    assert asked[-1].time - asked[0].time < 2


def test_nothing_is_asked_without_it(box: Sandbox) -> None:
    """Without check_role, `up` calls AWS for the policy alone."""
    box.create_role("web")
    outcome = run(box.stack(check(check_role=False)), "up")

    assert (outcome, [call.action for call in box.calls]) == (Run(), ["PutRolePolicy", "GetRolePolicy"])


def providers(stack: auto.Stack) -> list[str]:
    """Return the names of the AWS providers in the state."""
    resources = (stack.export_stack().deployment or {})["resources"]
    return [made["urn"].rpartition("::")[2] for made in resources if made["type"] == "pulumi:providers:aws"]


def test_the_default_provider_is_the_policys_own(box: Sandbox) -> None:
    """The calls use the default provider that the policy has, and make no second one."""
    ready(box)
    stack = box.stack(check())
    stack.up()

    assert len(providers(stack)) == 1


@pytest.mark.parametrize("option", ["provider", "providers"])
def test_the_calls_follow_the_components_provider(box: Sandbox, option: str) -> None:
    """With a provider of its own for the component, there is no default one, and every call is the given one's."""
    ready(box)

    def opts() -> pulumi.ResourceOptions:
        other = aws.Provider("other", **box.provider_args(region="us-east-1"))
        if option == "provider":
            return pulumi.ResourceOptions(provider=other)
        return pulumi.ResourceOptions(providers=[other])

    stack = box.stack(check(opts=opts))
    stack.up()

    assert (providers(stack), {call.region for call in box.calls}) == (["other"], {"us-east-1"})


def test_a_provider_that_is_not_known_yet_is_not_asked(box: Sandbox) -> None:
    """In preview a provider may depend on what the run will make; up has it."""
    ready(box)

    def opts() -> pulumi.ResourceOptions:
        made = aws.iam.Role("made", assume_role_policy=TRUST)
        late = {**box.provider_args(), "secret_key": made.unique_id.apply(lambda _: "sandbox")}
        return pulumi.ResourceOptions(provider=aws.Provider("late", **late))

    preview, up = preview_and_up(box, check(opts=opts))

    assert (preview.said, up) == ([], Run([], []))
