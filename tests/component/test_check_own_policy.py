"""Whom a check believes about the heartbeat: what only the component's own policy allows, its update takes away."""

import pickle
from collections.abc import Mapping
from typing import Any, Final

import pytest

from pulumi_ssm_perms import NotAllowedError
from tests.answers import ARN, AWS_SAID, BOUND, HEARTBEAT, LIMIT, SIMULATE, TRUST, Verdict, iam, not_asked, warning
from tests.components import OWNER, PERMISSIONS, depending, output, secret
from tests.documents import CHANNEL_ACTIONS, KEY
from tests.fleets import FLEET
from tests.messages import sentence
from tests.mocks import UNKNOWN, Record, Secret, unknown

# As the mocks call it, and the two forms of an id that an inline policy may have.
NAME: Final = "web-session-manager-1234567"
OWN: Final = {"bare": NAME, "with its role": f"role_web_{NAME}"}
NEIGHBOUR: Final = "web-session-manager-7654321"
OTHER: Final = "AmazonSSMManagedInstanceCore"
GRANTED: Final[Mapping[str, Any]] = {"allow_update_instance_information": True}
TAKEN_AWAY: Final = ([warning("TAKEN_AWAY")], [HEARTBEAT])
BOTH: Final = (
    '{"Statement":[{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com","ecs-tasks.amazonaws.com"]}}]}'
)


def by(*policies: str) -> Verdict:
    """Return that IAM allows the heartbeat, by these policies."""
    return Verdict(HEARTBEAT, decision="allowed", policies=policies)


def allowed(*others: str) -> tuple[list[str], list[str]]:
    """Return what is said if all is allowed, the heartbeat by these policies."""
    names = f" (the heartbeat by {', '.join(map(repr, others))})" if others else ""
    return [warning("ALLOWED", count=5, grantors=names)], []


def said(record: Record) -> tuple[list[str], object]:
    """Return the lines of a check, but for the one on what the simulator does not see, and the denied actions."""
    return [text for _, text in record.logged if "does not see" not in text], record.results["denied_actions"]


def questions(record: Record) -> int:
    """Return how many questions the simulator got."""
    return sum(call.token == SIMULATE for call in record.invokes)


CASES: Final[Mapping[str, tuple[Verdict, Mapping[str, Any], object]]] = {
    **{f"its own policy alone, {form}": (by(own), {}, TAKEN_AWAY) for form, own in OWN.items()},
    "its exact name": (by("role_web_ssm"), {"policy_name": "ssm"}, TAKEN_AWAY),
    "its own policy and another": (by(*OWN.values(), OTHER), {}, allowed(OTHER)),
    "another inline policy": (by("role_web_ready"), {}, allowed("ready")),
    "a policy of its form, of another stack": (by(f"role_web_{NEIGHBOUR}"), {}, allowed(NEIGHBOUR)),
    "its own policy, which grants it again": (by(NAME), GRANTED, allowed()),
    "no statement": (by(), {}, allowed()),
    "the document of the question": (by("PolicyInputList.1"), {}, allowed()),
    "that document and another policy": (by("PolicyInputList.1", OTHER), {}, allowed(OTHER)),
}


@pytest.mark.parametrize(("verdict", "inputs", "expected"), CASES.values(), ids=CASES)
def test_who_allows_the_heartbeat(verdict: Verdict, inputs: Mapping[str, Any], expected: object) -> None:
    """Another policy is named. What only the component's own policy allows is denied, in a sentence of its own."""
    assert said(PERMISSIONS.declare({"check_role": True, **inputs}, answer=iam(denied=[verdict]))) == expected


@pytest.mark.parametrize(
    ("without", "expected"),
    [((NAME, "PermissionsBoundaryPolicyInputList.1"), TAKEN_AWAY), ((NAME, "limit"), allowed("limit"))],
    ids=["a boundary alone", "attached, too"],
)
def test_a_boundary_grants_nothing(without: tuple[str, ...], expected: object) -> None:
    """IAM may name it beside the component's own policy: without the boundary it names what is attached."""

    def answer(call: Any) -> Any:
        bounded = "permissionsBoundaryPoliciesJsons" not in call.args
        verdict = by(NAME, LIMIT.rpartition("/")[2]) if bounded else by(*without)
        return iam(role={**BOUND, "assumeRolePolicy": TRUST}, denied=[verdict])(call)

    record = PERMISSIONS.declare({"check_role": True}, answer=answer)

    assert said(record) == expected
    assert questions(record) == 2


@pytest.mark.parametrize(
    ("inputs", "of_heartbeat", "expected"), [(GRANTED, "limit", allowed()), ({}, OTHER, allowed(OTHER))]
)
def test_a_boundary_that_no_answer_hangs_on(inputs: Mapping[str, Any], of_heartbeat: str, expected: object) -> None:
    """If the document grants the heartbeat, or another policy alone does, nothing is asked without the boundary."""
    channel = Verdict(CHANNEL_ACTIONS[0], decision="allowed", policies=["limit"])
    answer = iam(role=BOUND, denied=[by(of_heartbeat), channel])
    record = PERMISSIONS.declare({"check_role": True, **inputs}, answer=answer)

    assert said(record) == expected
    assert questions(record) == 1


@pytest.mark.parametrize("decision", ["implicitDeny", "explicitDeny"])
@pytest.mark.parametrize(("others", "cause"), [((), "NO_HEARTBEAT"), ((OTHER,), "BOUNDARY")], ids=["alone", "others"])
def test_a_boundary_without_which_the_own_policy_would_allow(
    decision: str, others: tuple[str, ...], cause: str
) -> None:
    """If no other policy allows the heartbeat, nobody does after the update, whatever becomes of the boundary."""

    def answer(call: Any) -> Any:
        bounded = "permissionsBoundaryPoliciesJsons" not in call.args
        verdict = Verdict(HEARTBEAT, decision=decision) if bounded else by(NAME, *others)
        return iam(role={**BOUND, "assumeRolePolicy": TRUST}, denied=[verdict])(call)

    expected = warning(cause, calls=HEARTBEAT, boundary=f" {LIMIT}")

    assert said(PERMISSIONS.declare({"check_role": True}, answer=answer)) == ([expected], [HEARTBEAT])


def test_a_role_that_tasks_may_assume_too() -> None:
    """The sentence says that tasks need no heartbeat."""
    answer = iam(role={"arn": ARN, "assumeRolePolicy": BOTH}, denied=[by(NAME)])
    expected = [warning("TAKEN_AWAY_OR_TASKS")], [HEARTBEAT]

    assert said(PERMISSIONS.declare({"check_role": True}, answer=answer)) == expected


def test_a_fleet_names_the_policy_of_each_role() -> None:
    """Its own policy is attached, so an inline one of that name is another; roles with one grantor share a line."""
    own = "fleet-session-manager-1234567"
    grants = {"a": (own,), "b": (f"role_web_{own}",), "c": (OTHER,), "d": (OTHER, own)}
    roles = {name: {"arn": ARN.replace("web", name), "assumeRolePolicy": TRUST} for name in grants}
    roles["b"]["arn"] = ARN

    def answer(call: Any) -> Any:
        role = next((each for each in grants if call.args.get("policySourceArn") == roles[each]["arn"]), "a")
        return iam(role=roles.get, denied=[by(*grants[role])])(call)

    lines, denied = said(FLEET.declare({"roles": [*grants], "check_roles": True}, answer=answer))

    assert lines == [
        warning("TAKEN_AWAY", "role 'a'"),
        warning("ALLOWED", "role 'b'", count=5, grantors=f" (the heartbeat by '{own}')"),
        warning("ALLOWED", "roles 'c', 'd'", count=5, grantors=f" (the heartbeat by '{OTHER}')"),
    ]
    assert denied == {"a": [HEARTBEAT]}


@pytest.mark.parametrize(
    "inputs", [{"policy_name": lambda: secret("ssm")}, {"role": lambda: secret("web")}], ids=["its name", "the role"]
)
def test_a_secret_hides_the_policies(inputs: Mapping[str, Any]) -> None:
    """If the policy's name or the role is secret, no policy is named."""
    record = PERMISSIONS.declare({"check_role": True, **inputs}, answer=iam(denied=[by("role_web_ready")]))

    assert [text.partition(" all 5 ")[2] for (text,) in [(said(record)[0][0],)]] == [
        "actions (the heartbeat by [secret])."
    ]


def test_a_policy_without_a_name_is_nobodys() -> None:
    """A first preview does not know the name: what allows the heartbeat is then named, and not taken for denied."""
    inputs = {"check_role": True, "policy_name": unknown}
    record = PERMISSIONS.declare(inputs, answer=iam(denied=[by("role_web_ssm")]), preview=True)

    assert said(record) == allowed("ssm")


def refused(inputs: Mapping[str, Any], answer: Any, **how: Any) -> NotAllowedError:
    """Return the error of a run that requires all to be allowed, in which no policy is declared."""
    record = PERMISSIONS.try_declare({"require_allowed": True, **inputs}, answer=answer, **how)
    assert isinstance(record.error, NotAllowedError)
    return record.error


def test_the_error_has_the_denied_actions() -> None:
    """It names the component, has each cause with its remedy, survives a copy, and has what is denied by role."""
    error = refused({"kms_key_arns": [KEY]}, iam(denied=[HEARTBEAT, "kms:Decrypt"]))
    again = pickle.loads(pickle.dumps(error))

    assert error.causes == (
        warning("NO_HEARTBEAT"),
        f"{warning('DENIED', calls=f'kms:Decrypt on {KEY}')} {sentence('warnings', 'STILL_THERE')}",
    )
    assert str(error).splitlines() == [f"{OWNER}: {cause}" for cause in error.causes]
    assert error.denied_actions == {"web": (HEARTBEAT, "kms:Decrypt")}
    assert (str(again), again.owner, again.denied_actions) == (str(error), OWNER, error.denied_actions)


def test_the_error_of_a_fleet() -> None:
    """An update knows its exact name before it writes; a failed question names the input of the check."""
    inputs = {"roles": ["web"], "policy_name": "fixed", "require_allowed": True}
    answers = iam(role={"arn": ARN, "assumeRolePolicy": TRUST}, denied=[by("fixed")]), iam(fails="dial tcp")
    errors = [FLEET.try_declare(inputs, answer=answer).error for answer in answers]

    assert [str(error) for error in errors] == [
        f"{FLEET.owner}: {warning('TAKEN_AWAY')}",
        f"{FLEET.owner}: {not_asked(f'invoke of {SIMULATE} failed: dial tcp (aws)', option='require_allowed')}",
    ]


def test_a_secret_role_is_not_in_the_error() -> None:
    """Neither in its text nor in its attributes."""
    error = refused({"role": lambda: secret("web")}, iam(denied=[HEARTBEAT]))

    assert error.denied_actions == {"[secret]": (HEARTBEAT,)}
    assert "'web'" not in str(error).removeprefix(OWNER)


def test_a_denial_of_a_role_that_is_an_output_is_a_warning_in_a_preview() -> None:
    """The program may change it before it comes to the component. No answer ends a preview all the same.

    So does a heartbeat that is taken away: the update does not know a generated name in time.
    """
    inputs = {"require_allowed": True, "role": lambda: output("web")}
    record = PERMISSIONS.declare(inputs, answer=iam(denied=[HEARTBEAT]), preview=True)

    assert said(record) == ([warning("NO_HEARTBEAT")], [HEARTBEAT])
    for answer in (iam(fails="dial tcp"), iam(denied=[by(NAME)])):
        assert isinstance(PERMISSIONS.try_declare(inputs, answer=answer, preview=True).error, NotAllowedError)


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_a_plain_role_is_there_and_ends_both(*, preview: bool) -> None:
    """So does no answer, in a line that names the input."""
    assert refused({}, iam(denied=[HEARTBEAT]), preview=preview).causes == (warning("NO_HEARTBEAT"),)
    [cause] = refused({}, iam(fails="dial tcp"), preview=preview).causes
    assert cause.endswith("Run it again, or leave require_allowed out.")


def test_only_what_is_denied_is_asked_about_again() -> None:
    """In a fleet, the others keep their answers; what IAM does not answer at all is asked once."""
    roles = {name: {"arn": ARN.replace("web", name), "assumeRolePolicy": TRUST} for name in ("a", "b")}
    late = iter([iam(role=roles.get, denied=[HEARTBEAT])])

    def answer(call: Any) -> Any:
        if call.token == SIMULATE and call.args["policySourceArn"].endswith("b"):
            return next(late, iam(role=roles.get))(call)
        return iam(role=roles.get)(call)

    inputs = {"roles": [*roles], "require_allowed": True}
    record = FLEET.declare(inputs, depending, answer=answer)
    failed = FLEET.try_declare(inputs, depending, answer=iam(role=roles.get, fails="dial tcp"))

    assert said(record) == ([warning("ALLOWED", "roles 'a', 'b'", count=5)], {})
    assert [questions(each) for each in (record, failed)] == [3, 2]


def test_a_secret_stays_one_when_it_is_asked_about_again() -> None:
    """IAM's message may repeat the role's name."""
    answers = iter([iam(denied=[HEARTBEAT])])

    def answer(call: Any) -> Any:
        if call.token != SIMULATE:
            return iam()(call)
        return next(answers, iam(fails=f"{AWS_SAID}, api error AccessDenied: not on web"))(call)

    error = refused({"role": lambda: secret("web")}, answer)

    assert "not on web" not in str(error)
    assert "(AccessDenied)" in str(error)


MAY_CHANGE: Final = {
    "a role that is an Output": ({"role": lambda: output("web")}, None),
    "a dependency": ({}, depending),
}


@pytest.mark.parametrize(("inputs", "opts"), MAY_CHANGE.values(), ids=MAY_CHANGE)
def test_an_update_asks_again_about_what_it_may_have_changed(inputs: Any, opts: Any) -> None:
    """It asks once, and four times again, before a denial ends it."""
    record = PERMISSIONS.try_declare({"require_allowed": True, **inputs}, opts, answer=iam(denied=[HEARTBEAT]))

    assert isinstance(record.error, NotAllowedError)
    assert questions(record) == 5


def test_only_denied_roles_that_may_be_new_are_asked_about_again() -> None:
    """A plain role without a dependency is there, with all its policies."""
    record = PERMISSIONS.try_declare({"require_allowed": True}, answer=iam(denied=[HEARTBEAT]))

    assert questions(record) == 1


@pytest.mark.parametrize(
    "early", [Verdict(HEARTBEAT), by("role_web_ssm")], ids=["nobody allows it", "its own policy alone allows it"]
)
def test_an_answer_that_changes_in_time_lets_the_policy_through(early: Verdict) -> None:
    """IAM shows late what this run has made."""
    answers = iter([iam(denied=[early])] * 2)

    def answer(call: Any) -> Any:
        return (next(answers, iam(denied=[by(OTHER)])) if call.token == SIMULATE else iam())(call)

    inputs = {"require_allowed": True, "role": lambda: output("web"), "policy_name": "ssm"}

    assert said(PERMISSIONS.declare(inputs, answer=answer)) == allowed(OTHER)


def test_a_role_that_the_simulator_does_not_show_yet_is_asked_about_again() -> None:
    """IAM may show a new role to GetRole first."""
    late = iter(["NoSuchEntity: no such role"])

    def answer(call: Any) -> Any:
        return next(late, None) or iam()(call) if call.token == SIMULATE else iam()(call)

    record = PERMISSIONS.declare({"require_allowed": True, "role": lambda: output("web")}, answer=answer)

    assert said(record) == allowed()


NOT_YET: Final[Mapping[str, tuple[Any, Any, str, object]]] = {
    "a key that does not exist yet": ({"kms_key_arns": lambda: [unknown()]}, None, "role 'web'", UNKNOWN),
    "a role that does not exist yet": ({"role": unknown}, None, "the role", UNKNOWN),
    "what the component depends on": ({}, depending, "role 'web'", UNKNOWN),
    "the same, and a secret role": ({"role": lambda: secret("web")}, depending, "role [secret]", Secret(UNKNOWN)),
}


@pytest.mark.parametrize(("inputs", "opts", "roles", "denied"), NOT_YET.values(), ids=NOT_YET)
@pytest.mark.parametrize("option", ["check_role", "require_allowed"])
def test_a_preview_says_that_it_could_not_ask_yet(
    inputs: Any, opts: Any, roles: str, denied: object, option: str
) -> None:
    """One line, and `denied_actions` is unknown; a preview does not fail for it."""
    record = PERMISSIONS.declare({option: True, **inputs}, opts, answer=iam(), preview=True)

    assert said(record) == ([warning("NOT_YET", roles)], denied)


def test_a_value_that_is_lost_ends_an_update() -> None:
    """With `require_allowed`, what could not be asked is not allowed; the line says what is missing."""
    error = refused({"kms_key_arns": lambda: [unknown()]}, iam())

    assert error.causes[0].startswith(
        "IAM could not be asked about role 'web' (a value that the question needs is missing"
    )
    assert error.denied_actions == {}


def test_a_value_that_is_lost_is_a_warning_of_check_role() -> None:
    """In an update after which nothing is asked, the list has no value."""
    record = PERMISSIONS.declare({"check_role": True, "kms_key_arns": lambda: [unknown()]}, answer=iam())
    answer = " (a value that the question needs is missing, because a resource has failed or does not exist)"

    assert said(record) == ([warning("NOT_ASKED", answer=answer)], None)
