"""How AWS is asked: when, through which provider, how many questions at a time; and how its failures are read."""

import asyncio
import gc
import threading
import weakref
from collections import Counter

import grpc
import pulumi
import pulumi_aws as aws
import pytest
from documents import KEY
from programs import IAM, aws_answers, declare_managed_policy, declare_permissions, of_resource
from pulumi.runtime import mocks
from pulumi.runtime.proto import engine_pb2

PREFERENCES = '{"schemaVersion": "1.0", "sessionType": "Port", "inputs": {"kmsKeyId": "alias/a"}}'


def below_a_parent():
    return pulumi.ResourceOptions(parent=pulumi.ComponentResource("app:index:Team", "team"))


@pytest.fixture(params=[False, True], ids=["program", "plugin"])
def in_plugin(request, monkeypatch):
    """A plugin's process has no root resource."""
    if request.param:
        monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: None)
    return request.param


def test_a_plugin_invokes_through_the_provider_of_its_children(run, in_plugin):
    """A program in YAML: only the engine knows the provider that a parent hands down. In a program, the SDK does."""
    result = run(
        lambda: declare_permissions(opts=below_a_parent(), session_preferences=PREFERENCES), getKey={"arn": KEY}
    )
    urn = "urn:pulumi:stack::project::app:index:Team$ssm-perms:index:SessionManagerPermissions::web"

    assert [(question.parent, question.version) for question in result.questions] == [
        (urn if in_plugin else "", result.requests[-1].version)
    ]
    assert KEY in result.inputs("RolePolicy")["web-session-manager"]["policy"]


@pytest.mark.usefixtures("in_plugin")
def test_a_plugin_invokes_through_the_provider_that_it_was_given(run):
    opts = lambda: pulumi.ResourceOptions(provider=aws.Provider("own"))  # noqa: E731
    result = run(lambda: declare_permissions(opts=opts(), session_preferences=PREFERENCES), getKey={"arn": KEY})

    assert [question.provider.split("::")[-2] for question in result.questions] == ["own"]


class RefusedError(grpc.RpcError):
    """The engine itself does not answer."""

    def code(self):
        return grpc.StatusCode.UNKNOWN

    def details(self):
        return "the engine has no such plugin"


@pytest.mark.usefixtures("in_plugin")
@pytest.mark.parametrize("answer", ["the engine has no such plugin", RefusedError()], ids=["a failure", "an error"])
def test_a_failed_invoke_is_an_error_of_one_line(run, answer):
    def fail(_):
        raise answer

    answers = {"getKey": answer if isinstance(answer, str) else fail}
    result = run(
        lambda: declare_permissions(opts=below_a_parent(), session_preferences=PREFERENCES), fails=True, **answers
    )

    assert str(result.error) == (
        "SessionManagerPermissions 'web': session_preferences.inputs.kmsKeyId 'alias/a': AWS KMS did not return the key's ARN (invoke of "
        "aws:kms/getKey:getKey failed: the engine has no such plugin); correct the cause, or write the key's ARN in the "
        "Session document"
    )


LINES = {
    "check": (lambda: declare_permissions(check=True), aws_answers()),
    "no roles": (lambda: declare_managed_policy("web", roles=[]), {}),
    "a key of the same run": (
        lambda: declare_permissions(session_preferences=of_resource(PREFERENCES)),
        {"getKey": "reading KMS Key (alias/a): couldn't find resource"},
    ),
}


@pytest.mark.parametrize(("make", "answers"), LINES.values(), ids=LINES)
def test_a_log_line_belongs_to_its_component(run, monkeypatch, make, answers):
    """Only that tells to which of two components with one role a line belongs."""
    lines = []
    monkeypatch.setattr(mocks.MockEngine, "Log", lambda _, line: lines.append(line))
    run(make, preview=True, **answers)

    assert [line.urn.rpartition("::")[2] for line in lines if line.severity != engine_pb2.DEBUG] == ["web"]


async def later(value):
    await asyncio.sleep(0.05)
    return value


LOOK_UPS = {
    "preferences": lambda opts: declare_permissions(opts=opts, session_preferences=PREFERENCES),
    "account": lambda opts: declare_permissions(opts=opts, role=f"{IAM}:role/web"),
    "accounts": lambda opts: declare_managed_policy(opts=opts, roles=[f"{IAM}:role/web"]),
    "check": lambda opts: declare_permissions(opts=opts, check=True, allow_update_instance_information=True),
}
ANSWERS = {**aws_answers(trust=()), "getKey": {"arn": KEY}}


@pytest.mark.parametrize("make", LOOK_UPS.values(), ids=LOOK_UPS)
def test_an_invoke_waits_for_depends_on(run, make):
    """As the write does: what the question is about may be made there."""

    def program():
        slow = aws.iam.RolePolicy("slow", role=later("api"), policy="{}")
        make(pulumi.ResourceOptions(depends_on=[slow]))

    result = run(program, preview=True, **ANSWERS)
    order = [message.name if hasattr(message, "name") else "question" for message in result.messages]

    assert "question" in order and order.index("slow") < order.index("question")


@pytest.fixture
def question_counts(monkeypatch):
    """How many questions of each function were asked, and how many questions at most at a time."""
    names, open_now, maximum = [], [0], [0]

    async def answer(token, arguments, opts):
        name = token.rpartition(":")[2]
        names.append(name)
        open_now[0] += 1
        maximum[0] = max(maximum[0], open_now[0])
        await asyncio.sleep(0.002)
        open_now[0] -= 1
        return ANSWERS[name](arguments) if callable(ANSWERS[name]) else ANSWERS[name]

    monkeypatch.setattr(pulumi.runtime, "invoke_async", answer)
    return lambda: {**Counter(names), "at once": maximum[0]}


def test_at_most_three_invokes_run_at_once(run, question_counts):
    """A fourth could take the SDK's last thread, which writes need. Each component asks for its Region once.

    Nothing holds the run's event loop afterwards.
    """
    loop = None
    keys = [f"{KEY[:-1]}{number}" for number in range(4)]
    roles = [f"role-{number}" for number in range(8)]

    def program():
        nonlocal loop
        loop = weakref.ref(asyncio.get_running_loop())
        declare_permissions("one", kms_key_arns=keys, check=True)
        declare_managed_policy("many", roles=roles, check=True)

    run(program, preview=True)

    assert question_counts() == {"getRole": 9, "getRegion": 2, "getPrincipalPolicySimulation": 13, "at once": 3}
    gc.collect()
    assert loop() is None


def test_the_roles_of_a_fleet_are_checked_concurrently(run, question_counts):
    run(lambda: declare_managed_policy(roles=[f"role-{number}" for number in range(8)], check=True), preview=True)

    assert question_counts() == {"getRole": 8, "getRegion": 1, "getPrincipalPolicySimulation": 8, "at once": 3}


def test_an_invoke_of_a_plugin_does_not_block_its_event_loop(run, monkeypatch):
    """Otherwise each slow answer holds all writes."""
    monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: None)
    threads = []
    answer = lambda _: threads.append(threading.current_thread()) or {"arn": KEY}  # noqa: E731
    run(lambda: declare_permissions(opts=below_a_parent(), session_preferences=PREFERENCES), getKey=answer)

    assert len(threads) == 1 and threads[0] is not threading.main_thread()


def test_the_semaphore_is_released_while_waiting(run, question_counts):
    """Four components depend on a policy that is made only once a fifth one has been asked about."""

    def program():
        first = declare_permissions("first", session_preferences=PREFERENCES, check=True)
        opts = pulumi.ResourceOptions(depends_on=[first])
        for name in ("a", "b", "c", "d"):
            declare_permissions(name, opts, check=True)

    assert len(run(program, preview=True).inputs("RolePolicy")) == 5
    assert question_counts()["at once"] == 3


KMS_ERROR = (
    "invoke of aws:kms/getKey:getKey failed: invoking aws:kms/getKey:getKey: 1 error occurred:\n\t* reading KMS Key "
    "({}): operation error KMS: DescribeKey, {}https response error StatusCode: 400, RequestID: 1-2, {}\n\n"
)
DENIED = "api error AccessDenied: User: ci is not authorized to perform: kms:DescribeKey on resource: {}"
RETRIED = "exceeded maximum number of attempts, 25, "
LONG = "Other: " + "x" * 400
FAILURES = [
    (KMS_ERROR.format("a", "", "NotFoundException: no key"), None),
    (KMS_ERROR.format("a", "", "api error NoSuchEntity: no role"), None),
    ("reading KMS Key (a): couldn't find resource", None),
    ("reading KMS Key (a): couldn't find resource (21 retries)", None),
    ("reading KMS Key (a): empty result", None),
    (KMS_ERROR.format("a", RETRIED, "api error Throttling: Rate exceeded"), "Throttling: Rate exceeded"),
    *(
        (KMS_ERROR.format(name, "", DENIED.format(name)), DENIED.format(name).removeprefix("api error "))
        for name in ("NoSuchEntityProxy", "NotFoundExceptionProxy", "AccessDeniedProxy", "RequestID")
    ),
    (KMS_ERROR.format("a", "", "api error Other: no: empty result"), "Other: no: empty result"),
    (KMS_ERROR.format("a", "", f"api error {LONG}"), f"{LONG[:150]} … {LONG[-150:]}"),
    (
        f"{LONG}, because of this",
        f"invoke of aws:kms/getKey:getKey failed: {LONG[:110]} … {LONG[-133:]}, because of this",
    ),
    (
        "reading KMS Key (a): couldn't find resource list: dial tcp",
        "invoke of aws:kms/getKey:getKey failed: reading KMS Key (a): couldn't find resource list: dial tcp",
    ),
]


@pytest.mark.usefixtures("in_plugin")
@pytest.mark.parametrize(("text", "reason"), FAILURES)
def test_an_invoke_error_is_classified_by_awss_code(run, text, reason):
    """Not by the names in the text; its words are shown on one line, and 150 characters of their beginning and their end."""
    result = run(
        lambda: declare_permissions(opts=below_a_parent(), session_preferences=PREFERENCES), fails=True, getKey=text
    )
    remedy = "let the deploying identity call" if "AccessDenied: " in text else "correct the cause"
    message = "has no such key or alias" if reason is None else f"did not return the key's ARN ({reason}); {remedy}"

    assert f"'alias/a': AWS KMS {message}" in str(result.error) and "\n" not in str(result.error)
