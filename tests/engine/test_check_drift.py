"""`check` on the engine, after somebody has changed what the component has written in IAM, and what is no change."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.automation import CommandError

from pulumi_ssm_perms import SessionManagerPermissions, _invokes
from sandbox import Sandbox, simulator
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY, allow, policy
from tests.engine.test_check_worlds import said
from tests.fleets import fleet
from tests.on_engine import READY, TRUST, permissions, writes
from tests.worlds import OPEN_DATA, SPOILT, changed, lost, ok, own_denies

Runs = Mapping[str, tuple[list[str], object, bool]]
EXACT: Final = {"policy_name": "fixed"}
NAMES: Final = pytest.mark.parametrize("name", [{}, EXACT], ids=["generated", "exact"])


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once: what is lost stays lost."""
    monkeypatch.setattr(_invokes, "PAUSES", [0] * len(_invokes.PAUSES))


def questions(box: Sandbox) -> int:
    """Return how many questions the simulator was asked, and forget them."""
    count = sum(call.action == "SimulatePrincipalPolicy" for call in box.calls)
    box.forget()
    return count


def own_policy(box: Sandbox, role: str = "web") -> str:
    """Return the name of the component's inline policy."""
    [name] = [each for each in box.role_policies(role) if each != "own"]
    return name


def refreshed(stack: Any) -> list[str]:
    """Run `pulumi up --refresh`, which must not fail; return its lines."""
    lines: list[str] = []

    def listen(event: Any) -> None:
        found = event.diagnostic_event
        if found and found.severity in ("warning", "info#err", "info") and "from $PATH" not in found.message:
            lines.append(("" if found.severity == "warning" else "- ") + found.message.strip())

    stack.preview(refresh=True, on_event=listen)
    stack.up(refresh=True, on_event=listen)
    return [line for line in lines if "does not see" not in line]


def test_how_often_is_asked(box: Sandbox) -> None:
    """A creation: once before the write and once after it. Without changes, or with others, once for each request."""
    box.create_role("web", policies={"own": READY})
    box.forget()
    counts = []
    for inputs in ({}, {}, {"kms_key_arns": [KEY]}, {"kms_key_arns": [KEY]}, {"policy_name": "fixed"}):
        said(box.stack(permissions(check="mandatory", **inputs)), "up")
        counts.append(questions(box))
    box.client("iam").delete_role_policy(RoleName="web", PolicyName="fixed")
    said(box.stack(permissions(check="advisory", **EXACT)), "up")

    assert [*counts, questions(box)] == [2, 1, 2, 2, 2, 6]


@NAMES
def test_a_deleted_policy(box: Sandbox, name: Any) -> None:
    """Each run says so, a mandatory one ends, nothing is written; `--refresh` writes it again."""
    box.create_role("web", policies={"own": READY})
    box.stack(permissions(check="mandatory", **name)).up()
    box.client("iam").delete_role_policy(RoleName="web", PolicyName=own_policy(box))
    box.forget()
    stack = box.stack(permissions(check="advisory", **name))
    for command in ("preview", "up"):
        assert said(stack, command) == ([lost()], [*CHANNEL_ACTIONS], False)
    stack = box.stack(permissions(check="mandatory", **name))
    assert [said(stack, command)[2] for command in ("preview", "up")] == [True, True]
    assert writes(box) == []
    stack = box.stack(permissions(check="mandatory", **name))
    assert refreshed(stack) == [ok(5, "'own'")] * 2
    assert own_policy(box)
    assert said(stack, "up")[:1] == ([ok(5, "'own'")],)


@pytest.mark.parametrize("deleted", [False, True], ids=["detached from one of three", "deleted"])
def test_a_managed_policy(box: Sandbox, *, deleted: bool) -> None:
    """Each role by itself; a role that the update adds has lost nothing."""
    for role in ("a", "b", "c", "d"):
        box.create_role(role, policies={"own": READY})
    box.stack(fleet(["a", "b", "c"], check="mandatory")).up()
    iam = box.client("iam")
    [arn] = box.attached_policies("b")
    for role in "abc" if deleted else "b":
        iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    if deleted:
        iam.delete_policy(PolicyArn=arn)
    box.forget()
    left = lost("roles 'a', 'b', 'c'") if deleted else lost("role 'b'")
    others = [] if deleted else [ok(5, "'own'", role="roles 'a', 'c'")]
    stack = box.stack(fleet(["a", "b", "c"], check="advisory"))
    assert [said(stack, command)[0] for command in ("preview", "up")] == [sorted([left, *others])] * 2
    added = [ok(5, "'own'", role="role 'd'" if deleted else "roles 'a', 'c', 'd'")]
    assert said(box.stack(fleet(["a", "b", "c", "d"], check="advisory")), "preview")[0] == sorted([left, *added])
    stack = box.stack(fleet(["a", "b", "c"], check="mandatory"))
    assert [said(stack, command)[2] for command in ("preview", "up")] == [True, True]
    assert writes(box) == []
    assert refreshed(stack) == [ok(5, "'own'", role="roles 'a', 'b', 'c'")] * 2


@NAMES
@pytest.mark.parametrize(
    ("document", "line", "ends"),
    [
        (SPOILT, own_denies(), [False, True]),
        (policy(allow(CHANNEL_ACTIONS[:3])), changed(), [False, True]),
    ],
    ids=["a deny", "less"],
)
def test_a_changed_policy(box: Sandbox, name: Any, document: Any, line: str, ends: list[bool]) -> None:
    """A deny in it, or a channel that it lacks; `--refresh` writes it anew, with a mandatory check, too."""
    box.create_role("web", policies={"own": READY})
    box.stack(permissions(check="mandatory", **name)).up()
    own = own_policy(box)
    box.client("iam").put_role_policy(RoleName="web", PolicyName=own, PolicyDocument=json.dumps(document))
    box.forget()
    stack = box.stack(permissions(check="advisory", **name))
    assert [said(stack, command) for command in ("preview", "up")] == [([line], [OPEN_DATA], False)] * 2
    stack = box.stack(permissions(check="mandatory", **name))
    assert [said(stack, command)[2] for command in ("preview", "up")] == ends
    assert writes(box) == []
    found = []
    with_failure = []
    try:
        found = refreshed(stack)
    except CommandError as error:
        with_failure = [str(error)[-600:]]
    assert with_failure == []
    assert found[-1] == ok(5, "'own'")
    assert said(stack, "up")[::2] == ([ok(5, "'own'")], False)


def programs(*, role: str = "web", other: bool = False, opts: Any = None, **inputs: Any) -> Callable[[], None]:
    """Return a program with a component, and perhaps another role."""

    def program() -> None:
        if other:
            aws.iam.Role("other", name="other", assume_role_policy=TRUST)
        options = opts() if opts else None
        made = SessionManagerPermissions("web", role=role, check="mandatory", opts=options, **inputs)
        pulumi.export("denied_actions", made.denied_actions)

    return program


MOVES: Final[Mapping[str, tuple[Any, Any]]] = {
    "an exact name": (programs(), programs(policy_name="fixed")),
    "another exact name": (programs(policy_name="old"), programs(policy_name="fixed")),
    "no exact name any more": (programs(policy_name="old"), programs()),
    "another role": (programs(role="api"), programs()),
    "another role, exact name": (programs(role="api", policy_name="fixed"), programs(policy_name="fixed")),
    "a first creation, exact name": (lambda: None, programs(policy_name="fixed")),
    "a first creation": (lambda: None, programs()),
    "protected": (
        programs(opts=lambda: pulumi.ResourceOptions(protect=True)),
        programs(opts=lambda: pulumi.ResourceOptions(protect=True), policy_name="fixed"),
    ),
    "retained": (
        programs(opts=lambda: pulumi.ResourceOptions(retain_on_delete=True)),
        programs(opts=lambda: pulumi.ResourceOptions(retain_on_delete=True), kms_key_arns=[KEY]),
    ),
    "another document": (programs(kms_key_arns=[KEY]), programs(kms_key_arns=[OTHER_KEY])),
    "a secret name": (programs(), lambda: programs(policy_name=pulumi.Output.secret("fixed"))()),
}


@pytest.mark.parametrize(("before", "after"), MOVES.values(), ids=MOVES)
def test_no_drift(box: Sandbox, before: Any, after: Any, request: pytest.FixtureRequest) -> None:
    """What an update moves, replaces or creates is not lost."""
    for role in ("web", "api"):
        box.create_role(role, policies={"own": READY})
    box.stack(before).up()
    stack = box.stack(after)
    runs = [said(stack, command) for command in ("preview", "up", "preview", "up")]
    lines = [line for each, _, _ in runs for line in each]

    # Pulumi refuses to delete what is protected; nothing else fails.
    assert [failed for _, _, failed in runs] == ([False] * 4 if "protected" not in request.node.name else [True] * 4)
    assert [line for line in lines if "IAM allows role 'web'" not in line] == []


@pytest.mark.parametrize("document", [policy(allow([*CHANNEL_ACTIONS])), READY, policy(allow(["s3:GetObject"]))])
def test_an_imported_policy(box: Sandbox, document: Any) -> None:
    """As after an import, it has an id in the first preview. One without channels is overwritten by an update without a preview."""
    box.create_role("web", policies={"own": READY})
    bare = json.dumps(document)
    box.stack(lambda: aws.iam.RolePolicy("/web/fixed", role="web", name="fixed", policy=bare)).up()
    stack = box.stack(programs(**EXACT))
    preview = said(stack, "preview")
    expected: Any = {
        0: ([ok(5, "'own'")], False),
        # Another policy has the heartbeat, too.
        1: ([changed(", ".join(CHANNEL_ACTIONS))], False),
        2: ([], True),
    }
    number = [policy(allow([*CHANNEL_ACTIONS])), READY, policy(allow(["s3:GetObject"]))].index(document)
    assert preview[::2] == expected[number]
    assert said(stack, "up") == ([ok(5, "'own'")], [], False)


@NAMES
def test_with_a_target_elsewhere(box: Sandbox, name: Any) -> None:
    """A policy that is not in the state is not written, so it is not lost, and one that is there stays."""
    box.create_role("web", policies={"own": READY})
    box.forget()

    def run(stack: Any, command: str) -> list[str]:
        lines: list[str] = []
        getattr(stack, command)(
            target=["**Role::other"],
            on_event=lambda event: (
                lines.append(event.diagnostic_event.message)
                if event.diagnostic_event and event.diagnostic_event.severity == "warning"
                else None
            ),
        )
        return [line for line in lines if "$PATH" not in line]

    stack = box.stack(programs(other=True, **name))
    assert [run(stack, command) for command in ("preview", "up")] == [[], []]
    assert questions(box) == 2
    assert [*box.role_policies("web")] == ["own"]
    said(stack, "up")
    box.forget()
    stack = box.stack(programs(other=True, kms_key_arns=[KEY], **name))
    assert [run(stack, command) for command in ("preview", "up")] == [[], []]
    assert questions(box) == 4


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Let the simulator not see the component's policy as often as the first number says."""
    left = [0]
    real = simulator._simulated

    def simulated(role: Any, backend: Any) -> Any:
        found = real(role, backend)
        if left[0] and any("fixed" in each.id for each in found.identity):
            left[0] -= 1
            return found._replace(identity=[each for each in found.identity if "fixed" not in each.id])
        return found

    monkeypatch.setattr(simulator, "_simulated", simulated)
    yield left


def test_iam_shows_a_write_late(box: Sandbox, late: list[int]) -> None:
    """It is asked again, and a run that ends says why; the next one goes on."""
    box.create_role("web", policies={"own": READY})
    stack = box.stack(permissions(check="mandatory", **EXACT))
    late[0] = 3
    assert said(stack, "up") == ([ok(5, "'own'")], [], False)
    box.client("iam").delete_role_policy(RoleName="web", PolicyName="fixed")
    late[0] = 99
    with pytest.raises(CommandError, match="Pulumi's state has this component's policy"):
        stack.up(refresh=True)
    assert [*box.role_policies("web")] == ["fixed", "own"] or [*box.role_policies("web")] == ["own", "fixed"]
    late[0] = 0
    assert said(stack, "up") == ([ok(5, "'own'")], [], False)
