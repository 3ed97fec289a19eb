"""What `check_roles` asks about a fleet and makes of the answers, with mocks in the provider's place."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi_aws as aws
import pytest

from tests.answers import (
    ARN,
    BOUND,
    COULD_NOT_ASK,
    COULD_NOT_TELL,
    DENIED,
    FORBIDDEN,
    GET_ROLE,
    HEARTBEAT,
    MAY_NOT_ASK,
    NO_HEARTBEAT,
    NO_SUCH_ROLE,
    ONLY_REAL,
    TASK_TRUST,
    iam,
    simulated,
)
from tests.components import STACK, depending
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY
from tests.fleets import COMPONENT, FLEET, declare, try_declare
from tests.mocks import CALLER_IDENTITY, Answer

BOTH_KEYS: Final = f"kms:Decrypt on {KEY}, kms:Decrypt on {OTHER_KEY}"
FOREIGN: Final = "arn:aws:iam::999999999999:role/db"


def checked(*roles: str, **inputs: Any) -> Mapping[str, Any]:
    """Return the inputs of a fleet that is checked, with two keys."""
    return {"roles": roles, "check_roles": True, "kms_key_arns": [KEY, OTHER_KEY], **inputs}


def only(names: Sequence[str], answers: Answer) -> Answer:
    """Return these answers about some roles, and for the others that they do not exist."""
    missing = iam(role=NO_SUCH_ROLE)
    return lambda call: (missing if call.token == GET_ROLE and call.args["name"] not in names else answers)(call)


def test_roles_of_one_cause_are_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    """What is denied is listed for each role that it is denied to, and said once."""
    record = declare(checked("web", "api", "batch"), answer=iam(denied=["kms:Decrypt"]))

    assert record.results["denied_actions"] == {role: ["kms:Decrypt"] for role in ("web", "api", "batch")}
    assert (
        record.registered_outputs[f"{STACK}${COMPONENT}::fleet"]["denied_actions"] == record.results["denied_actions"]
    )
    assert caplog.messages == [f"roles 'web', 'api', 'batch' may not call {BOTH_KEYS}: {FORBIDDEN}"]


def test_nothing_is_listed_where_one_role_could_not_be_asked_about(caplog: pytest.LogCaptureFixture) -> None:
    """What is denied to the others is said all the same, and the way out names the input of a fleet."""
    others, refused = iam(denied=[HEARTBEAT]), iam(role=DENIED)
    roles = {"roles": ["web", "api"], "check_roles": True}
    record = declare(roles, answer=lambda call: (refused if call.args.get("name") == "api" else others)(call))
    way_out = MAY_NOT_ASK.replace("checkRole (check_role", "checkRoles (check_roles")

    assert record.results["denied_actions"] is None
    assert caplog.messages == [
        f"role 'web' {NO_HEARTBEAT}",
        f"{COULD_NOT_ASK} role 'api' (AccessDenied: User: me is not authorized on web (aws)). {way_out}",
    ]


def test_roles_that_do_not_exist_are_one_line() -> None:
    """They are named as they were given, and nothing is asked for."""
    roles = ["gone", "web", "arn:aws:iam::123456789012:role/team/left", "away"]
    record = try_declare(checked(*roles), answer=only(["web"], iam()))

    assert str(record.error) == (
        f"{FLEET.owner}: roles 'gone', 'arn:aws:iam::123456789012:role/team/left', 'away': IAM has no such role in the "
        "account of the provider; write the name of an existing role, or give the component a provider of the role's "
        "account"
    )


def test_a_role_of_another_account_has_a_line_of_its_own() -> None:
    """Whether a role of its name exists in this account does not matter."""
    record = try_declare(checked("gone", FOREIGN), answer=only([], iam()))
    gone, foreign = str(record.error).splitlines()

    assert gone.startswith(f"{FLEET.owner}: roles[0] 'gone': IAM has no such role ")
    assert foreign.startswith(f"{FLEET.owner}: roles[1] '{FOREIGN}': it belongs to account 999999999999, ")


def test_resources_are_asked_about_one_by_one_where_a_set_is_denied() -> None:
    """IAM sums up what it says of a set: only the answers about each resource tell what is denied on it."""
    record = declare(checked("web"), answer=iam(denied=["kms:Decrypt"]))

    assert simulated(record) == [
        ([*CHANNEL_ACTIONS, HEARTBEAT, "kms:Decrypt"], None),
        (["kms:Decrypt"], [KEY, OTHER_KEY]),
        (["kms:Decrypt"], [KEY]),
        (["kms:Decrypt"], [OTHER_KEY]),
    ]


def test_context_keys_that_only_the_set_tells(caplog: pytest.LogCaptureFixture) -> None:
    """A key that is missing for the set is missing for each of its resources."""
    denied, unsure = iam(denied=["kms:Decrypt"]), iam(denied=["kms:Decrypt"], missing=["aws:SourceVpc"])
    record = declare(
        checked("web"), answer=lambda call: (unsure if len(call.args.get("resourceArns", [])) > 1 else denied)(call)
    )

    assert record.results["denied_actions"] is None
    assert caplog.messages == [
        f"{COULD_NOT_TELL} role 'web' may call {BOTH_KEYS}: it depends on aws:SourceVpc, {ONLY_REAL}"
    ]


def test_tasks_need_no_heartbeat(caplog: pytest.LogCaptureFixture) -> None:
    """A role of ECS tasks is not asked about it, and the warning says what the rest is for."""
    tasks = {"arn": ARN, "assumeRolePolicy": TASK_TRUST}
    record = declare(checked("web"), answer=iam(role=tasks, denied=[HEARTBEAT, "kms:Decrypt"]))

    assert simulated(record)[0] == ([*CHANNEL_ACTIONS, "kms:Decrypt"], None)
    assert caplog.messages == [f"role 'web' may not call {BOTH_KEYS} for ECS Exec in tasks: {FORBIDDEN}"]


def test_every_question_follows_the_components_provider() -> None:
    """So do those about a single resource, without the boundary, and what they wait for."""
    record = declare(
        checked("web"),
        lambda: depending(provider=aws.Provider("other")),
        answer=iam(role=BOUND, denied=["kms:Decrypt"]),
    )

    assert record.results["denied_actions"] == {"web": ["kms:Decrypt"]}
    assert {invoke.provider.split("::")[-2] for invoke in record.invokes} == {"other"}


def test_a_role_of_another_account_is_refused_whatever_else_is_not_known() -> None:
    """A preview asks nothing of roles to which the program has yet to give something, and still refuses that one."""
    record = try_declare(checked("web", FOREIGN), depending, preview=True, answer=iam())

    assert str(record.error).startswith(f"{FLEET.owner}: roles[1] '{FOREIGN}': it belongs to account 999999999999, ")
    assert [invoke.token for invoke in record.invokes] == [CALLER_IDENTITY]
