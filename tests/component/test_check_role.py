"""What `check_role` asks of the provider, and what it makes of the answers, with mocks in the provider's place."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import InvalidInputError, SessionManagerPermissions
from tests.declared import COMPONENT, OWNER, ROLE_POLICY, STACK, declare, declared
from tests.mocked import UNKNOWN, Record, Secret, ran, unknown
from tests.policies import CHANNEL_ACTIONS, KEY

GET_ROLE: Final = "aws:iam/getRole:getRole"
SIMULATE: Final = "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation"
PARTITION: Final = "aws:index/getPartition:getPartition"
ARN: Final = "arn:aws:iam::123456789012:role/team/web"
HEARTBEAT: Final = "ssm:UpdateInstanceInformation"
ALLOW_ALL: Final = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
AWS_SAID: Final = (
    "reading IAM Role (web): operation error IAM: GetRole, https response error StatusCode: 400, RequestID: 1"
)
NO_SUCH_ROLE: Final = f"{AWS_SAID}, NoSuchEntity: The role with name web cannot be found."
DENIED: Final = f"{AWS_SAID}, api error AccessDenied: User: me is not authorized on web"
FORBIDDEN: Final = (
    "an explicit deny in one of the role's policies or an SCP of its organization forbids it. Make an exception there; "
    "but if it has a condition, such as one on the Region, real requests may pass, which the simulator cannot know. "
    "(IAM's simulator sees no key, bucket and endpoint policies and no RCPs.)"
)

Answer = Callable[[MockCallArgs], Mapping[str, Any] | str]


def iam(*, role: Mapping[str, Any] | str | None = None, denied: Sequence[str] = (), fails: str | None = None) -> Answer:
    """Return a provider's answers about one role, which may do all but what is denied.

    A text is an error; the mocks add to it that it is about `aws`.
    """

    def answer(call: MockCallArgs) -> Mapping[str, Any] | str:
        if call.token == PARTITION:
            return {"partition": "aws"}
        if call.token == GET_ROLE:
            return {"arn": ARN} if role is None else role
        return fails or {"results": [_result(action, action not in denied) for action in call.args["actionNames"]]}

    return answer


def _result(action: str, allowed: bool) -> Mapping[str, Any]:  # noqa: FBT001 - the answer itself
    decision = "allowed" if allowed else "implicitDeny"
    return {"actionName": action, "resourceArn": "a template", "allowed": allowed, "decision": decision}


def with_options(opts: Callable[[], pulumi.ResourceOptions], **how: Any) -> Record:
    """Run a program that declares a component with options that it makes itself."""

    def program() -> None:
        SessionManagerPermissions("web", {"role": "web", "check_role": True}, opts())

    return ran(program, **how)


def asked(record: Record) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the functions that were called, with their arguments."""
    return [(invoke.token, invoke.args) for invoke in record.invokes]


def messages(record: Record) -> list[str]:
    """Return the lines of the error that the program ended with."""
    assert isinstance(record.error, InvalidInputError)
    return str(record.error).splitlines()


def role_of(record: Record) -> object:
    """Return the role in the request for the policy."""
    return record.only(ROLE_POLICY).inputs["role"]


@pytest.mark.parametrize("given", [{}, {"check_role": False}, {"check_role": None}], ids=str)
def test_nothing_is_asked_without_it(given: Mapping[str, Any]) -> None:
    """Without check_role there is no call and no list; the mocks refuse every call."""
    record = declared(given)

    assert (record.invokes, record.results["denied_actions"]) == ([], None)


def test_registrations_are_the_same_with_it() -> None:
    """Asking changes nothing of what the engine is asked to make, but for the component's new output."""
    without = [(made.type, made.name, made.inputs) for made in declared({}).registrations]
    record = declared({"check_role": True}, answer=iam())

    assert [(made.type, made.name, made.inputs) for made in record.registrations] == without


@pytest.mark.parametrize(
    ("given", "outputs"),
    [
        ({}, {"role_name", "policy_name", "policy_json"}),
        ({"check_role": True}, {"role_name", "policy_name", "policy_json", "denied_actions"}),
    ],
    ids=["without", "with"],
)
def test_the_list_is_an_output_only_with_it(given: Mapping[str, Any], outputs: set[str]) -> None:
    """The engine keeps denied_actions where it was asked for."""
    record = declared(given, answer=iam())

    assert set(record.registered_outputs[f"{STACK}${COMPONENT}::web"]) == outputs


def test_one_simulation_for_each_resource() -> None:
    """The document counts as one of the role's policies; where it says `*`, no resource is named."""
    record = declared({"check_role": True, "kms_key_arns": [KEY]}, answer=iam())
    subject = {"policySourceArn": ARN, "additionalPoliciesJsons": [record.results["policy_json"]]}

    assert asked(record) == [
        (GET_ROLE, {"name": "web"}),
        (SIMULATE, {**subject, "actionNames": [*CHANNEL_ACTIONS, HEARTBEAT]}),
        (SIMULATE, {**subject, "actionNames": ["kms:Decrypt"], "resourceArns": [KEY]}),
    ]


def test_a_boundary_is_lifted_for_what_was_denied() -> None:
    """What is denied is asked about once more as if the boundary allowed everything."""
    bound = {"arn": ARN, "permissionsBoundary": "arn:aws:iam::123456789012:policy/limit"}
    record = declared({"check_role": True, "kms_key_arns": [KEY]}, answer=iam(role=bound, denied=[HEARTBEAT]))
    subject = {"policySourceArn": ARN, "additionalPoliciesJsons": [record.results["policy_json"]]}

    assert asked(record)[3:] == [
        (SIMULATE, {**subject, "actionNames": [HEARTBEAT], "permissionsBoundaryPoliciesJsons": [ALLOW_ALL]})
    ]


def test_calls_follow_the_components_provider() -> None:
    """Role and simulator are asked with the provider that the component was given."""

    def program_opts() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(provider=aws.Provider("other"))

    record = with_options(program_opts, answer=iam())

    assert {invoke.provider.split("::")[-2:][0] for invoke in record.invokes} == {"other"}


@pytest.mark.parametrize("preview", [True, False])
def test_a_plain_role_that_does_not_exist_is_an_error(preview: bool) -> None:  # noqa: FBT001 - a parameter
    """A plain name or ARN is that of an existing role, already in preview."""
    record = declare({"role": ARN, "check_role": True}, preview=preview, answer=iam(role=NO_SUCH_ROLE))

    assert messages(record) == [
        (
            f"{OWNER}: role {ARN!r}: IAM has no such role in the account of the provider; write the name of an "
            "existing role"
        )
    ]


def test_an_output_role_that_does_not_exist_yet_is_not_known_in_preview() -> None:
    """The same program may make it: the list is unknown, and the policy is planned on the role's name."""
    record = declared(
        lambda: {"role": pulumi.Output.from_input("web"), "check_role": True},
        preview=True,
        answer=iam(role=NO_SUCH_ROLE),
    )

    assert (record.results["denied_actions"], role_of(record)) == (UNKNOWN, "web")


def test_an_output_role_that_does_not_exist_is_an_error_in_up() -> None:
    """By then, whatever makes the role has made it."""
    record = declare(
        lambda: {"role": pulumi.Output.from_input("web"), "check_role": True}, answer=iam(role=NO_SUCH_ROLE)
    )

    assert messages(record) == [
        f"{OWNER}: role 'web': IAM has no such role in the account of the provider; write the name of an existing role"
    ]


def test_an_unknown_role_is_not_asked_about() -> None:
    """Without a name there is nothing to ask, and nothing known."""
    record = declared(lambda: {"role": unknown(), "check_role": True}, preview=True, answer=iam())

    assert (record.invokes, record.results["denied_actions"]) == ([], UNKNOWN)


def test_a_provider_that_is_not_known_yet_knows_nothing() -> None:
    """A preview calls no provider whose configuration is unknown, and the answer is empty."""
    record = declared({"check_role": True}, preview=True, answer=iam(role={}))

    assert (record.results["denied_actions"], role_of(record)) == (UNKNOWN, "web")


@pytest.mark.parametrize("make", [str, pulumi.Output.from_input], ids=["plain", "Output"])
def test_a_role_of_another_account_is_refused(make: Callable[[str], Any]) -> None:
    """A role of the same name in the provider's account is another role, and no policy is asked for."""
    given = "arn:aws:iam::999999999999:role/web"
    record = declare(lambda: {"role": make(given), "check_role": True}, answer=iam())

    assert (messages(record), [made.type for made in record.registrations if made.type == ROLE_POLICY]) == (
        [
            (
                f"{OWNER}: role {given!r}: it is of another account than the provider's, where a role of the same name "
                "is another role; give the component a provider of the role's account"
            )
        ],
        [],
    )


def test_an_awaitable_role_is_read_once() -> None:
    """A coroutine gives its value a single time; its name is used."""

    async def late() -> str:
        await asyncio.sleep(0)
        return ARN

    record = declared(lambda: {"role": late(), "check_role": True}, answer=iam())

    assert (asked(record)[0], role_of(record)) == ((GET_ROLE, {"name": "web"}), "web")


@pytest.mark.parametrize(
    ("answers", "warning"),
    [
        pytest.param(
            {"role": DENIED},
            "check_role could not ask IAM about web (AccessDenied: User: me is not authorized on web (aws)). Let the "
            "deploying identity call iam:GetRole and iam:SimulatePrincipalPolicy on it, or leave check_role out.",
            id="may not get the role",
        ),
        pytest.param(
            {"fails": f"{AWS_SAID}, api error Throttling: Rate exceeded"},
            "check_role could not ask IAM about web (Throttling: Rate exceeded (aws)). Run it again, or leave "
            "check_role out.",
            id="throttled",
        ),
    ],
)
def test_what_could_not_be_asked_is_one_warning(
    answers: Mapping[str, Any], warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    """There is no list, and the policy is asked for all the same; two failed simulations are one cause."""
    record = declared({"check_role": True, "kms_key_arns": [KEY]}, answer=iam(**answers))

    assert (caplog.messages, record.results["denied_actions"], role_of(record)) == ([warning], None, "web")


@pytest.mark.parametrize(
    ("answers", "warning"),
    [
        pytest.param(
            {"role": DENIED},
            "check_role could not ask IAM about [secret] (AccessDenied). Let the deploying identity call iam:GetRole "
            "and iam:SimulatePrincipalPolicy on it, or leave check_role out.",
            id="AWS's answer",
        ),
        pytest.param(
            {"role": "dial tcp: web"},
            "check_role could not ask IAM about [secret]. Run it again, or leave check_role out.",
            id="no answer of AWS",
        ),
        pytest.param(
            {"denied": ["kms:Decrypt"]},
            f"[secret] may not call kms:Decrypt on [secret]: {FORBIDDEN}",
            id="denied",
        ),
    ],
)
def test_a_secret_role_is_in_no_warning(
    answers: Mapping[str, Any], warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    """AWS's own message repeats what it was asked about, and is left out."""
    declared(
        lambda: {"role": pulumi.Output.secret("web"), "kms_key_arns": [KEY], "check_role": True}, answer=iam(**answers)
    )

    assert caplog.messages == [warning]


@pytest.mark.parametrize(
    ("answers", "warning"),
    [
        pytest.param(
            {"fails": f"{AWS_SAID}, api error AccessDenied: not authorized on {KEY}"},
            "check_role could not ask IAM about web (AccessDenied). Let the deploying identity call iam:GetRole and "
            "iam:SimulatePrincipalPolicy on it, or leave check_role out.",
            id="AWS's answer",
        ),
        pytest.param(
            {"denied": ["kms:Decrypt"]}, f"web may not call kms:Decrypt on [secret]: {FORBIDDEN}", id="denied"
        ),
    ],
)
def test_a_secret_key_is_in_no_warning(
    answers: Mapping[str, Any], warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The role is named, the key is not."""
    declared(lambda: {"kms_key_arns": [pulumi.Output.secret(KEY)], "check_role": True}, answer=iam(**answers))

    assert caplog.messages == [warning]


def test_a_secret_role_that_does_not_exist_is_not_shown() -> None:
    """Errors show no secret either."""
    record = declare(lambda: {"role": pulumi.Output.secret("web"), "check_role": True}, answer=iam(role=NO_SUCH_ROLE))

    assert messages(record) == [
        (
            f"{OWNER}: role [secret]: IAM has no such role in the account of the provider; write the name of an "
            "existing role"
        )
    ]


def test_the_list_is_as_secret_as_the_role() -> None:
    """What a secret role may not do is kept with it."""
    record = declared(lambda: {"role": pulumi.Output.secret("web"), "check_role": True}, answer=iam(denied=[HEARTBEAT]))

    assert record.results["denied_actions"] == Secret([HEARTBEAT])


def test_dependencies_are_waited_for() -> None:
    """Policies that the program gives the role count: what the component depends on is there before it is asked."""

    def program_opts() -> pulumi.ResourceOptions:
        own = aws.iam.RolePolicy("own", role="web", policy="{}")
        return pulumi.ResourceOptions(depends_on=[own])

    record = with_options(program_opts, answer=iam())

    assert [invoke.token for invoke in record.invokes if invoke.token != GET_ROLE] == [PARTITION, SIMULATE]
