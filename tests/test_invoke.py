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
from programs import aws_answers, declare_managed_policy, declare_permissions, later, session

PREFERENCES = session({"kmsKeyId": "alias/a"})


def below_a_parent():
    return pulumi.ResourceOptions(parent=pulumi.ComponentResource("app:index:Team", "team"))


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


ANSWERS = {**aws_answers(trust=()), "getKey": {"arn": KEY}, "getResource": {"state": {}}}


def test_an_invoke_waits_for_depends_on(run):
    """As the write does: what the question is about may be made there."""

    def program():
        slow = aws.iam.RolePolicy("slow", role=later("api", 0.05), policy="{}")
        declare_permissions(opts=pulumi.ResourceOptions(depends_on=[slow]), session_preferences=PREFERENCES)

    result = run(program, preview=True, **ANSWERS)
    order = [message.name if hasattr(message, "name") else "question" for message in result.messages]

    assert "question" in order and order.index("slow") < order.index("question")


@pytest.fixture
def question_counts(monkeypatch):
    """How many questions of each function were asked, and how many questions at most at a time."""
    names, open_now, maximum = [], [0], [0]

    async def answer(token, arguments, opts=None):
        name = token.rpartition(":")[2]
        names.append(name)
        open_now[0] += 1
        maximum[0] = max(maximum[0], open_now[0])
        await asyncio.sleep(0.002)
        open_now[0] -= 1
        return ANSWERS[name](arguments) if callable(ANSWERS[name]) else ANSWERS[name]

    monkeypatch.setattr(pulumi.runtime, "invoke_async", answer)
    return lambda: {**Counter(names), "at once": maximum[0]}


ROLES = [f"role-{number}" for number in range(8)]
KEYS = [f"{KEY[:-1]}{number}" for number in range(4)]
MANY_QUESTIONS = {
    "the roles of a fleet, concurrently": (
        lambda: declare_managed_policy(roles=ROLES, check=True),
        {"getResource": 1, "getRole": 8, "getRegion": 1, "getPrincipalPolicySimulation": 8, "at once": 3},
    ),
    "two components": (
        lambda: [declare_managed_policy(roles=ROLES, check=True), declare_permissions(kms_key_arns=KEYS, check=True)],
        {"getResource": 2, "getRole": 9, "getRegion": 2, "getPrincipalPolicySimulation": 13, "at once": 3},
    ),
}


@pytest.mark.parametrize(("make", "counts"), MANY_QUESTIONS.values(), ids=MANY_QUESTIONS)
def test_at_most_three_invokes_run_at_once(run, question_counts, make, counts):
    """A fourth could take the SDK's last thread, which writes need. Each component asks for its Region once.

    Nothing holds the run's event loop afterwards.
    """
    loop = None

    def program():
        nonlocal loop
        loop = weakref.ref(asyncio.get_running_loop())
        make()

    run(program, preview=True)

    assert question_counts() == counts
    gc.collect()
    assert loop() is None


@pytest.mark.usefixtures("plugin_process")
def test_an_invoke_of_a_plugin_does_not_block_its_event_loop(run):
    """Otherwise each slow answer holds all writes."""
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


class RefusedError(grpc.RpcError):
    """The engine itself does not answer."""

    def code(self):
        return grpc.StatusCode.UNKNOWN

    def details(self):
        return "the engine has no such plugin"


def refuse(_):
    raise RefusedError


INVOKE = "invoke of aws:kms/getKey:getKey failed: "
KMS_ERROR = (
    "invoke of aws:kms/getKey:getKey failed: invoking aws:kms/getKey:getKey: 1 error occurred:\n\t* reading KMS Key "
    "({}): operation error KMS: DescribeKey, {}https response error StatusCode: 400, RequestID: 1-2, {}\n\n"
)
DENIED = "api error AccessDenied: User: ci is not authorized to perform: kms:DescribeKey on resource: {}"
RETRIED = "exceeded maximum number of attempts, 25, "
NOT_FOUND = "reading KMS Key (a): couldn't find resource"
LONG = "Other: " + "x" * 400
# What the engine answers, and the reason that the error has of it; none if there is no such key.
FAILURES = [
    (refuse, f"{INVOKE}the engine has no such plugin"),
    (KMS_ERROR.format("a", "", "NotFoundException: no key"), None),
    (KMS_ERROR.format("a", "", "api error NoSuchEntity: no role"), None),
    (NOT_FOUND, None),
    (f"{NOT_FOUND} (21 retries)", None),
    ("reading KMS Key (a): empty result", None),
    (KMS_ERROR.format("a", RETRIED, "api error Throttling: Rate exceeded"), "Throttling: Rate exceeded"),
    *(
        (KMS_ERROR.format(name, "", DENIED.format(name)), DENIED.format(name).removeprefix("api error "))
        for name in ("NoSuchEntityProxy", "NotFoundExceptionProxy", "AccessDeniedProxy", "RequestID")
    ),
    (KMS_ERROR.format("a", "", "api error Other: no: empty result"), "Other: no: empty result"),
    (KMS_ERROR.format("a", "", f"api error {LONG}"), f"{LONG[:150]} … {LONG[-150:]}"),
    (f"{LONG}, because of this", f"{INVOKE}{LONG[:110]} … {LONG[-133:]}, because of this"),
    (f"{NOT_FOUND} list: dial tcp", f"{INVOKE}{NOT_FOUND} list: dial tcp"),
]


@pytest.mark.usefixtures("in_plugin")
@pytest.mark.parametrize(("answer", "reason"), FAILURES)
def test_a_failed_invoke_is_an_error_of_one_line_by_awss_code(run, answer, reason):
    """Not by the names in the text; its words are shown, and 150 characters of their beginning and their end."""
    make = lambda: declare_permissions(opts=below_a_parent(), session_preferences=PREFERENCES)  # noqa: E731
    message = str(run(make, fails=True, getKey=answer).error)
    subject = "SessionManagerPermissions 'web': session_preferences.inputs.kmsKeyId 'alias/a': AWS KMS"
    allow = "let the deploying identity call kms:DescribeKey on it; " if "AccessDenied: " in str(answer) else ""
    remedy = f"{allow}correct the cause, or write the key's ARN in the Session document"

    if reason is None:
        assert message.startswith(f"{subject} has no such key or alias in the account") and "\n" not in message
    else:
        assert message == f"{subject} did not return the key's ARN ({reason}); {remedy}"
