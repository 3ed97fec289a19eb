"""A check on the engine: what a preview says, what ends a run before anything is written, and what the run itself changes."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pulumi
import pulumi_aws as aws
import pytest
from documents import KEY, OTHER_KEY, allow, wanted
from engine.runs import NOBODY, OWN, own, run, writes
from programs import fleet, one

from sandbox import Fault

SIMULATE, BOTH = "SimulatePrincipalPolicy", ("preview", "up")
NO_KEY, NO_OTHER = (
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": [action], "Resource": KEY}]}
    for action in ("kms:Decrypt", "kms:Encrypt")
)
ONLY_KMS = json.dumps({"Version": "2012-10-17", "Statement": [allow(["kms:*"])]})
KEYS, ON = {"kms_key_arns": [KEY]}, {"allow_update_instance_information": True}
DENIED = f"kms:Decrypt on {KEY} in eu-west-1: it is denied in 'no'"
OUTSIDE = "it is outside of the permissions boundary 'limit'"


def mandatory(make=one, *args, **inputs):
    return lambda: make(*args, check="mandatory", **inputs)


def told(stack, command, words):
    """Run a command; return the severity of the one line that has these words, and whether the run failed."""
    lines, _, failed = run(stack, command)
    [severity] = {line.partition(":")[0] for line in lines if words in line} or {None}
    return severity, failed


CHANGES = {
    "a generated name": (mandatory(), mandatory(**KEYS)),
    "an exact name": (mandatory(policy_name="old"), mandatory(policy_name="new", **KEYS)),
    "many roles": (mandatory(fleet, roles=["gone"]), mandatory(fleet, roles=["gone", "web"], **KEYS)),
}


@pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=CHANGES)
def test_nothing_is_written_for_a_denied_role(box, before, after):
    box.create_role("gone", policies={"own": OWN})
    box.create_role("web", policies={"own": OWN, "no": NO_KEY})
    box.stack(before).up()
    done = len(box.writes)

    assert [told(box.stack(after), command, f"role 'web' {DENIED}") for command in BOTH] == [("error", True)] * 2
    assert writes(box)[done:] == []


def test_a_boundary(box):
    """An advisory preview warns of it, its update writes and asks nothing; a mandatory check ends both."""
    limit = box.client("iam").create_policy(PolicyName="limit", PolicyDocument=ONLY_KMS)["Policy"]["Arn"]
    box.create_role("web", policies={"own": OWN}, boundary=limit)

    assert [told(box.stack(mandatory(**ON)), command, OUTSIDE) for command in BOTH] == [("error", True)] * 2
    assert own(box) == []
    assert told(box.stack(lambda: one(check="advisory", **ON)), "preview", OUTSIDE) == ("warning", False)
    asked = len(box.calls)
    assert told(box.stack(lambda: one(check="advisory", **ON)), "up", OUTSIDE) == (None, False)
    assert SIMULATE not in [call.action for call in box.calls[asked:]]
    assert own(box) == [wanted(**ON)]


@pytest.mark.parametrize("action", ["GetRole", SIMULATE])
def test_no_answer_is_no_permission(box, action):
    box.create_role("web", policies={"own": OWN})
    box.fail(action, Fault.error("InvalidInput", "Not today."))

    assert [told(box.stack(mandatory()), command, "Not today.") for command in BOTH] == [("error", True)] * 2
    assert own(box) == []


@pytest.mark.parametrize("make", [one, fleet])
def test_the_document_is_held_back_until_iam_has_answered(box, make):
    """IAM is throttling once, so that whatever does not wait for its answer would be written before."""
    box.create_role("web", policies={"own": OWN})
    written = []
    box.answer(SIMULATE, lambda _: written.extend(box.writes))
    box.fail(SIMULATE, Fault.throttling(), times=1)
    box.stack(mandatory(make)).up()

    assert (written, own(box)) == ([], [wanted()])


def test_what_the_same_program_makes(box):
    """It is made before IAM is asked, and then ends the update before the policy. A later preview only warns."""

    def program(key=KEY):
        role = aws.iam.Role("new", name="new", assume_role_policy=NOBODY)
        no = aws.iam.RolePolicy("no", role=role.name, name="no", policy=json.dumps(NO_KEY))
        opts = pulumi.ResourceOptions(depends_on=[no])
        one("web", opts, role=role.name, check="mandatory", kms_key_arns=[key])

    assert told(box.stack(program), "preview", "IAM has no role 'new' in the provider's account yet") == ("info", False)
    assert told(box.stack(program), "up", f"role 'new' {DENIED}") == ("error", True)
    assert writes(box) == ["CreateRole new", "PutRolePolicy new"]
    assert told(box.stack(program), "preview", f"role 'new' {DENIED}") == ("warning", False)
    assert not run(box.stack(lambda: program(OTHER_KEY))).failed
    assert own(box, "new") == [NO_KEY, wanted(kms_key_arns=[OTHER_KEY])]


@pytest.mark.parametrize("depends", [True, False], ids=["depends_on", "role as an Output"])
def test_a_deny_and_a_boundary_that_go_in_the_same_run(box, depends):
    """The preview warns, because the update asks again; the update asks after it has changed them, and writes."""
    limit = box.client("iam").create_policy(PolicyName="limit", PolicyDocument=ONLY_KMS)["Policy"]["Arn"]

    def program(boundary=None, document=NO_OTHER, **check):
        role = aws.iam.Role("web", name="web", assume_role_policy=NOBODY, permissions_boundary=boundary)
        no = aws.iam.RolePolicy("no", role=role.name, name="no", policy=json.dumps(document))
        opts = pulumi.ResourceOptions(depends_on=[no]) if depends else None
        one("web", opts, role="web" if depends else no.role, **KEYS, **check)

    box.stack(lambda: program(limit, NO_KEY)).up()
    after = box.stack(lambda: program(check="mandatory"))

    assert [told(after, "preview", words) for words in (DENIED, OUTSIDE)] == [("warning", False)] * 2
    assert told(after, "up", "IAM denies") == (None, False)


def test_a_deny_that_the_same_update_deletes(box):
    """Pulumi deletes last, so that it is still there: an update with an advisory check comes first, as the error says."""

    def program(level, denies=False):
        if denies:
            aws.iam.RolePolicy("no", role="web", name="no", policy=json.dumps(NO_KEY))
        one(check=level, **KEYS)

    box.create_role("web", policies={"own": OWN})
    box.stack(lambda: program("disabled", denies=True)).up()
    levels = ("mandatory", "advisory", "mandatory")

    assert [told(box.stack(lambda: program(level)), "up", 'once with check="advisory"') for level in levels] == [  # noqa: B023
        ("error", True), (None, False), (None, False)
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "ends"), [("ssm", True), (None, False)], ids=["exact", "generated"])
def test_an_update_that_takes_the_heartbeat_away(box, name, ends):
    """It ends if only the component's own policy allows it, which a generated name cannot tell for certain."""
    box.create_role("web")
    box.stack(mandatory(policy_name=name, **ON)).up()
    warned = ("error", True) if ends else ("warning", False)

    assert told(box.stack(mandatory(policy_name=name)), "preview", "The heartbeat of role 'web'") == warned
    assert told(box.stack(mandatory(policy_name=name)), "up", "The heartbeat of role 'web'")[1] is ends


def test_simulations_that_hang_hold_no_other_write_back(box):
    """Three are asked at a time; a write that comes later is made in the meantime, although there are four threads."""
    roles = [f"role-{number}" for number in range(8)]
    for role in [*roles, "late"]:
        box.create_role(role, policies={"own": OWN})
    at_once, most, written, three = [], [], threading.Event(), threading.Event()

    def hang(_):
        at_once.append(1)
        most.append(len(at_once))
        if len(at_once) == 3:
            three.set()
        written.wait(20)
        at_once.pop()

    async def later():
        await asyncio.get_running_loop().run_in_executor(ThreadPoolExecutor(1), three.wait, 20)
        await asyncio.sleep(0.3)  # in which one more would be asked
        return "late"

    def program():
        for role in roles:
            one(role, role=role, check="mandatory")
        aws.iam.RolePolicy("late", role=later(), policy=json.dumps(OWN))

    box.answer(SIMULATE, hang)
    box.answer("PutRolePolicy", lambda put: written.set() if put["RoleName"] == "late" else None)
    box.stack(program).up(parallel=1)

    assert (len(most), max(most), writes(box)[0]) == (8, 3, "PutRolePolicy late")
