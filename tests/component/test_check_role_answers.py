"""What `check_role` makes of rarer answers of IAM, and of what is another account's, with mocks for the provider."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from tests import fleets
from tests.answers import (
    ASK_AGAIN,
    BOUND,
    COULD_NOT_ASK,
    DENIED_BY,
    EMPTY,
    FORBIDDEN,
    HEARTBEAT,
    NO_HEARTBEAT,
    SIMULATE,
    UNSEEN,
    Verdict,
    iam,
)
from tests.components import declare
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, OTHER_KEY
from tests.mocks import Answer, run

TWO_KEYS: Final[Mapping[str, Any]] = {"check_role": True, "kms_key_arns": [KEY, OTHER_KEY]}


URN: Final = "urn:pulumi:stack::project::pulumi:pulumi:Stack$ssm-perms:index:{}"


def per_resource(allowed: Callable[[str, str], bool]) -> Answer:
    """Return answers as IAM would give them with a result for each action and resource."""

    def answer(call: MockCallArgs) -> Mapping[str, Any] | str:
        if call.token != SIMULATE:
            return iam(role=BOUND)(call)
        return {
            "results": [
                {
                    "actionName": action,
                    "resourceName": resource,
                    "allowed": allowed(action, resource),
                    "decision": "allowed" if allowed(action, resource) else "implicitDeny",
                }
                for action in call.args["actionNames"]
                for resource in call.args.get("resourceArns", ["*"])
            ]
        }

    return answer


@pytest.mark.parametrize(
    ("role", "named"),
    [("web", "DenyKeys, Guard"), (lambda: pulumi.Output.secret("web"), "[secret]")],
    ids=["public", "secret"],
)
def test_the_policies_that_deny_are_named(role: Any, named: str, caplog: pytest.LogCaptureFixture) -> None:
    """Where IAM tells which policies hold the deny, the warning has their ids, but not those of a secret role."""
    verdict = Verdict(HEARTBEAT, decision="explicitDeny", policies=["DenyKeys", "Guard"])
    declare({"check_role": True, "role": role}, answer=iam(denied=[verdict]))
    who = "role 'web'" if named != "[secret]" else "role [secret]"

    assert caplog.messages == [f"{who} may not call {HEARTBEAT}: {DENIED_BY.format(named)}"]


CAUSES: Final[Mapping[str, Mapping[str, Any]]] = {
    "no policy grants it": {"denied": [HEARTBEAT]},
    "a boundary": {"role": BOUND, "denied": [HEARTBEAT], "by_boundary": True},
    "a policy that denies": {"denied": [Verdict(HEARTBEAT, decision="explicitDeny", policies=["Guard"])]},
    "missing context keys": {"denied": [HEARTBEAT], "missing": ["aws:SourceVpc"]},
}


@pytest.mark.parametrize("answers", CAUSES.values(), ids=CAUSES)
def test_what_the_simulator_does_not_see_is_said_once(
    answers: Mapping[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """However many components and warnings there are, a run says it once, and not as a warning."""
    caplog.set_level(logging.INFO)

    def program() -> None:
        SessionManagerManagedPolicy("fleet", roles=["web", "api"], check_roles=True)
        SessionManagerPermissions("web", role="web", check_role=True)

    run(program, answer=iam(**answers))

    assert [
        (record.levelname, record.message) for record in caplog.records if "simulator does not" in record.message
    ] == [("INFO", UNSEEN)]


def test_an_empty_fleet_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """A search that finds nothing would detach every role without a word."""
    record = fleets.declare({"roles": [], "check_roles": True}, answer=iam())

    assert record.results["denied_actions"] == {}
    assert caplog.messages == [EMPTY]
    assert record.logged == [(URN.format("SessionManagerManagedPolicy::fleet"), EMPTY)]


def test_what_is_said_is_about_the_component() -> None:
    """Pulumi shows each warning, and what the simulator does not see, with the component's name."""
    record = declare({"check_role": True}, answer=iam(denied=[HEARTBEAT]))
    component = URN.format("SessionManagerPermissions::web")

    assert record.logged == [(component, f"role 'web' {NO_HEARTBEAT}"), (component, UNSEEN)]


def test_a_missing_answer_about_one_resource_is_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    """With a result for each action and resource, each of them counts."""
    every = per_resource(lambda *_: True)

    def answer(call: MockCallArgs) -> Mapping[str, Any] | str:
        found: Any = every(call)
        if call.token == SIMULATE:
            found = {"results": [result for result in found["results"] if result["resourceName"] != OTHER_KEY]}
        return dict(found)

    record = declare(TWO_KEYS, answer=answer)

    assert record.results["denied_actions"] is None
    assert caplog.messages == [
        f"{COULD_NOT_ASK} role 'web' (IAM's simulator has not answered about kms:Decrypt). {ASK_AGAIN}"
    ]


def test_a_preview_without_an_answer_is_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    """A preview may get nothing from a provider that it does not know yet."""
    record = declare({"check_role": True}, answer=iam(fails={}), preview=True)

    assert record.results["denied_actions"] is None
    assert caplog.messages == [
        f"{COULD_NOT_ASK} role 'web' (IAM's simulator has not answered about {CHANNEL_ACTIONS[0]}). {ASK_AGAIN}"
    ]


def test_the_strictest_of_several_results_counts(caplog: pytest.LogCaptureFixture) -> None:
    """If IAM answers several times about an action, one denial is enough."""

    def answer(call: MockCallArgs) -> Mapping[str, Any] | str:
        found: Any = iam(denied=["kms:Decrypt"])(call)
        if call.token == SIMULATE:
            allowed = [Verdict("kms:Decrypt", decision="allowed").result()]
            found = {"results": [*allowed, *found["results"], *allowed]}
        return dict(found)

    record = declare({"check_role": True, "kms_key_arns": [KEY]}, answer=answer)

    assert record.results["denied_actions"] == ["kms:Decrypt"]
    assert caplog.messages == [f"role 'web' may not call kms:Decrypt on {KEY}: {FORBIDDEN}"]


@pytest.mark.parametrize(
    ("kept", "lacking"),
    [
        ([], CHANNEL_ACTIONS[0]),
        ([*CHANNEL_ACTIONS, HEARTBEAT], "kms:Decrypt"),
        ([*CHANNEL_ACTIONS, "kms:Decrypt"], HEARTBEAT),
    ],
    ids=["no results", "no key", "no heartbeat"],
)
def test_a_missing_answer_is_no_answer(kept: Sequence[str], lacking: str, caplog: pytest.LogCaptureFixture) -> None:
    """If IAM leaves out something that it was asked about, nothing is listed, and a warning says so."""

    def answer(call: MockCallArgs) -> Mapping[str, Any] | str:
        found: Any = iam()(call)
        if call.token == SIMULATE:
            found = {"results": [result for result in found["results"] if result["actionName"] in kept]}
        return dict(found)

    record = declare({**TWO_KEYS, "kms_key_arns": [KEY]}, answer=answer)

    assert record.results["denied_actions"] is None
    assert caplog.messages == [
        f"{COULD_NOT_ASK} role 'web' (IAM's simulator has not answered about {lacking}). {ASK_AGAIN}"
    ]


def test_an_answer_for_each_resource_is_read_as_one_for_all(caplog: pytest.LogCaptureFixture) -> None:
    """With a result for each action and resource, only the denied resource is blamed."""
    record = declare(TWO_KEYS, answer=per_resource(lambda _, resource: resource != OTHER_KEY))

    assert record.results["denied_actions"] == ["kms:Decrypt"]
    [warning] = caplog.messages
    assert warning.startswith(f"role 'web' may not call kms:Decrypt on {OTHER_KEY}: ")


FOREIGN_KEY: Final = KEY.replace("123456789012", "999999999999")
FOREIGN_GROUP: Final = "arn:aws:logs:eu-west-1:999999999999:log-group:/ssm/sessions"
ELSEWHERE: Final[Mapping[str, tuple[Mapping[str, Any], Sequence[tuple[str, str]]]]] = {
    "all in one account": ({"kms_key_arns": [KEY], "s3_log_bucket_arn": BUCKET}, []),
    "a key": (
        {"kms_key_arns": [KEY, FOREIGN_KEY]},
        [
            (
                "INFO",
                (
                    f"IAM cannot be asked about another account: the key policy of {FOREIGN_KEY} must allow "
                    "role 'web' as well."
                ),
            )
        ],
    ),
    "bucket and its key": (
        {
            "s3_log_bucket_arn": BUCKET,
            "s3_log_key_prefix": "team/sessions",
            "s3_log_cross_account": True,
            "s3_log_kms_key_arn": FOREIGN_KEY,
        },
        [
            (
                "INFO",
                (
                    f"IAM cannot be asked about another account: the key policy of {FOREIGN_KEY} and the bucket "
                    f"policy of {BUCKET} must allow role 'web' as well."
                ),
            )
        ],
    ),
    "a secret key": (
        {"s3_log_bucket_arn": BUCKET, "kms_key_arns": lambda: [pulumi.Output.secret(FOREIGN_KEY)]},
        [
            (
                "INFO",
                "IAM cannot be asked about another account: the key policy of [secret] must allow role 'web' as well.",
            )
        ],
    ),
    "a secret bucket": (
        {"s3_log_bucket_arn": lambda: pulumi.Output.secret(BUCKET), "s3_log_cross_account": True},
        [
            (
                "INFO",
                (
                    "IAM cannot be asked about another account: the bucket policy of [secret] must allow role 'web' "
                    "as well."
                ),
            )
        ],
    ),
    "a secret log group": (
        {"cloudwatch_log_group_arns": lambda: [pulumi.Output.secret(FOREIGN_GROUP)]},
        [
            (
                "WARNING",
                (
                    "role 'web' cannot write to the log group [secret] of another account: the agent sends only the "
                    "group's name, so its logs go to the group of that name in the role's own account."
                ),
            )
        ],
    ),
    "a log group": (
        {"cloudwatch_log_group_arns": [FOREIGN_GROUP]},
        [
            (
                "WARNING",
                (
                    f"role 'web' cannot write to the log group {FOREIGN_GROUP} of another account: the agent sends "
                    "only the group's name, so its logs go to the group of that name in the role's own account."
                ),
            )
        ],
    ),
}


@pytest.mark.parametrize(("inputs", "lines"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_what_is_another_accounts(
    inputs: Mapping[str, Any], lines: Sequence[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    """What the other account must allow is said, as the simulator cannot see it; a log group there is out of reach."""
    caplog.set_level(logging.INFO)
    declare({"check_role": True, **inputs}, answer=iam())

    assert [(record.levelname, record.message) for record in caplog.records if record.levelno >= logging.INFO] == lines
