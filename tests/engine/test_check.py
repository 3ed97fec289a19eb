"""A check on the engine: a world with each line and one without it; what a run asks and changes; and a gate in CI."""

import json
import re
import time
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import jq
import pulumi
import pulumi_aws as aws
import pytest
from documents import CHANNELS, GROUP, KEY, expected_document
from engine.runs import HEARTBEAT_POLICY, NOBODY, ROOT, documents_of_program, run
from programs import (
    ACCOUNT,
    HEARTBEAT,
    HEARTBEAT_NEEDED,
    all_clear,
    declare_managed_policy,
    declare_permissions,
    denial,
    deny_in,
    heartbeat_lost,
)

from sandbox import Fault

OTHER_ACCOUNT, SIMULATE = "210987654321", "SimulatePrincipalPolicy"
WITH_KEY, WITH_HEARTBEAT = {"kms_key_arns": [KEY]}, {"allow_update_instance_information": True}
WITHOUT_HEARTBEAT, SSM = {"allow_update_instance_information": False}, {"policy_name": "ssm"}
EXACT = {**SSM, **WITH_HEARTBEAT}


def policy(actions, effect="Allow", resource="*"):
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": actions, "Resource": resource}]}


CHANNELS_POLICY, NO_KEY = policy(["ssmmessages:*"]), policy(["kms:Decrypt"], "Deny")


def good(role="web", source="", region="eu-west-1"):
    return all_clear(f"role '{role}'", region, sources=source and f"'{source}' (inline)")


def denied(role="web", name="no"):
    return denial(f"kms:Decrypt on {KEY.split(':', 5)[5]}", deny_in(f"'{name}' (inline)"), role)


OWN_DENIED = denial(
    f"kms:Decrypt on {KEY.split(':', 5)[5]}",
    ": there is a Deny in 'ssm' (inline), this component's own policy. Run pulumi up --refresh, which writes the policy as "
    "the program has it.",
)
BY_BOUNDARY = denial(
    ", ".join([*(f"ssmmessages:{action}" for action in CHANNELS), HEARTBEAT]),
    ", and names no policy that does. Look at the permissions boundary 'limit' and the SCPs.",
)
NO_HEARTBEAT = denial(f"the heartbeat ({HEARTBEAT})", HEARTBEAT_NEEDED)
HEARTBEAT_LOST = heartbeat_lost("'{}' (inline)")
OVERWRITTEN = (
    "warning: IAM already has a policy 'ssm' (inline) on role 'web', and this update overwrites it. Import it first, or choose "
    "another name; a renamed component needs an alias."
)
NO_ROLE = (
    "warning: IAM has no role 'web' in the provider's account. Correct the name or the provider, unless this program "
    "creates the role."
)
IMPORT = {"opts": pulumi.ResourceOptions(import_="web:ssm")}
RETAINED = {"opts": pulumi.ResourceOptions(retain_on_delete=True)}
ALIAS = {"opts": pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")])}


class World(NamedTuple):
    """The lines about a component with these inputs, what its role has, and the inputs of the update before."""

    lines: list[str]
    inputs: dict[str, Any]
    policies: Any = MappingProxyType({})
    boundary: Any = None
    before: dict[str, Any] | None = None


# For each line a world that shows it, and those beside it that don't. {} is the name of the component's own policy.
WORLDS = {
    "a Deny": World([denied()], WITH_KEY, {"own": HEARTBEAT_POLICY, "no": NO_KEY}),
    "a Deny of another action": World([good()], WITH_HEARTBEAT, {"no": NO_KEY}),
    "a Deny of a log group's streams": World(
        [denial("logs:PutLogEvents on log-group:/ssm/sessions:*", deny_in("'no' (inline)"), "web")],
        {**WITH_HEARTBEAT, "cloudwatch_log_group_arns": [GROUP]},
        {"no": policy(["logs:PutLogEvents"], "Deny", f"{GROUP}:log-stream:*")},
    ),
    "a Deny in what is imported": World([OWN_DENIED], {**EXACT, **WITH_KEY, **IMPORT}, {"ssm": NO_KEY}),
    "a boundary": World([BY_BOUNDARY], WITH_HEARTBEAT, boundary=policy(["kms:*"])),
    "a boundary that allows all": World([good()], WITH_HEARTBEAT, boundary=policy("*")),
    "no heartbeat": World([NO_HEARTBEAT], {}),
    "no heartbeat, on purpose": World([good()], WITHOUT_HEARTBEAT),
    "another policy's heartbeat": World([good(source="own")], {}, {"own": HEARTBEAT_POLICY}),
    "a heartbeat is dropped": World([HEARTBEAT_LOST], {}, before=WITH_HEARTBEAT),
    "a heartbeat is dropped on purpose": World([HEARTBEAT_LOST], WITHOUT_HEARTBEAT, before=WITH_HEARTBEAT),
    "a heartbeat is dropped, exact name": World([HEARTBEAT_LOST], SSM, before=EXACT),
    "a heartbeat is dropped with a name": World(
        [HEARTBEAT_LOST.format("old")], SSM, before={**EXACT, "policy_name": "old"}
    ),
    "a heartbeat is dropped with a name, whose policy is retained": World(
        [good(source="old")], {**SSM, **RETAINED}, before={**EXACT, "policy_name": "old", **RETAINED}
    ),
    "a heartbeat is kept with a new name": World([good()], EXACT, before={**EXACT, "policy_name": "old"}),
    "a policy moves away from a name that the role has": World(
        [OVERWRITTEN], EXACT, {"ssm": CHANNELS_POLICY}, before={**EXACT, "policy_name": "old"}
    ),
    "a heartbeat is dropped, another is left": World(
        [good(source="own")], {}, {"own": HEARTBEAT_POLICY}, before=WITH_HEARTBEAT
    ),
    "an exact name that the role has": World([OVERWRITTEN], EXACT, {"ssm": CHANNELS_POLICY}),
    "an exact name that the role has, imported": World([good()], {**EXACT, **IMPORT}, {"ssm": CHANNELS_POLICY}),
    "an import of another document": World([good()], {**EXACT, **IMPORT}, {"ssm": policy(["kms:*"])}),
    "an exact name of its own": World([good()], EXACT, before=EXACT),
    "a rename": World([OVERWRITTEN], EXACT, before={"name": "old", **EXACT}),
    "a rename with an alias": World([good()], {**EXACT, **ALIAS}, before={"name": "old", **EXACT}),
    "no role": World([NO_ROLE], {}, policies=None),
}


def lines_about_iam(stack):
    """Run a preview, which a check never ends; return its lines about IAM."""
    lines, _, failed = run(stack, "preview")
    assert not failed
    return [line for line in lines if "IAM" in line]


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_lines(box, world):
    if world.policies is not None:
        limit = {"PolicyName": "limit", "PolicyDocument": json.dumps(world.boundary)}
        boundary = world.boundary and box.client("iam").create_policy(**limit)["Policy"]["Arn"]
        box.create_role("web", policies=world.policies, boundary=boundary)
    if world.before:
        box.stack(lambda: declare_permissions(**world.before)).up()
    own_names = [name for name in box.role_policies("web") if name not in world.policies] if world.before else []

    lines = lines_about_iam(box.stack(lambda: declare_permissions(check=True, **world.inputs)))
    assert lines == [line.format(*own_names) for line in world.lines]


@pytest.mark.parametrize(
    "changed", [{}, {"description": "new"}, {"path": "/new/"}], ids=["update", "description", "path"]
)
def test_a_fleet_drops_its_heartbeat(box, changed):
    """With a replacement, too: the state has the former policy's name."""
    box.create_role("web")
    box.stack(lambda: declare_managed_policy(description="old", **WITH_HEARTBEAT)).up()
    [former] = [arn.rpartition("/")[2] for arn in box.attached_policies("web")]

    inputs = {"description": "old", **changed}
    [lost] = lines_about_iam(box.stack(lambda: declare_managed_policy(check=True, **inputs)))
    assert lost == heartbeat_lost(f"'{former}'")


def test_a_component_that_is_to_be_destroyed_or_not_touched_loses_no_heartbeat(box):
    """Its policy's planned document is the one that it has."""
    box.create_role("web")
    other = lambda: aws.iam.RolePolicy("own", role="web", name="own", policy=json.dumps(NO_KEY))  # noqa: E731
    box.stack(lambda: (declare_permissions(**WITH_HEARTBEAT), other())).up()
    stack = box.stack(lambda: (declare_permissions(check=True), other()))
    untargeted, _, failed = run(stack, "preview", target=["urn:pulumi:dev::app::aws:iam/rolePolicy:RolePolicy::own"])
    destroyed, _, destroy_failed = run(stack, "preview_destroy", run_program=True)

    assert (failed, destroy_failed) == (False, False)
    assert [line for line in [*untargeted, *destroyed] if "IAM" in line] == [good(), good()]


def test_each_line_names_its_regions(box):
    """The provider's, and that of an ARN."""
    box.create_role("web", policies={"own": HEARTBEAT_POLICY})
    key = KEY.replace("eu-west-1", "us-east-2")

    assert lines_about_iam(box.stack(lambda: declare_permissions(check=True, kms_key_arns=[key]))) == [
        good(source="own", region="eu-west-1, us-east-2")
    ]


def fail(arguments):
    raise AssertionError(arguments)


@pytest.mark.parametrize("make", [declare_permissions, declare_managed_policy])
def test_a_preview_asks_and_an_update_does_not(box, make):
    """So no simulator, slow or gone, is in the way of a write."""
    box.create_role("web", policies={"own": HEARTBEAT_POLICY, "no": NO_KEY})
    stack = box.stack(lambda: make(check=True, **WITH_KEY))

    assert lines_about_iam(stack) == [denied()]
    box.answer(SIMULATE, fail)
    calls_before = len(box.calls)
    assert run(stack)[0::2] == ([], False)
    assert SIMULATE not in [call.action for call in box.calls[calls_before:]]
    assert documents_of_program(box) == [NO_KEY, expected_document(**WITH_KEY)]


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        ("GetRole", "role 'web'"),
        (SIMULATE, f"{', '.join(f'ssmmessages:{name}' for name in CHANNELS)}, {HEARTBEAT} in eu-west-1 for role 'web'"),
    ],
)
def test_no_answer_ends_no_preview(box, action, asked):
    box.create_role("web", policies={"own": HEARTBEAT_POLICY})
    box.fail(action, Fault("InvalidInput", "Not today."))

    assert lines_about_iam(box.stack(lambda: declare_permissions(check=True))) == [
        f"warning: IAM could not be asked about {asked} (InvalidInput: Not today.). Correct that, or preview without check."
    ]


BY_SCP = denial(f"kms:Decrypt on {KEY.split(':', 5)[5]}", ", and names no policy that does. Look at the SCPs.")


@pytest.mark.parametrize(
    ("decision", "policy_id", "line"),
    [("explicitDeny", "role_web_no", denied()), ("explicitDeny", None, BY_SCP), ("allowed", "role_web_no", good())],
    ids=["a Deny with a condition", "an SCP", "neither"],
)
def test_what_only_a_scripted_simulator_decides(box, decision, policy_id, line):
    """IAM decides as if a condition's key were missing, and never names an SCP; moto has neither."""
    conditional = {**NO_KEY["Statement"][0], "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}
    box.create_role("web", policies={"own": HEARTBEAT_POLICY, "no": {**NO_KEY, "Statement": [conditional]}})

    def answer(params):
        matched = [{"SourcePolicyId": policy_id, "SourcePolicyType": "IAM Policy"}] if policy_id else []
        results = [
            {
                "EvalActionName": action,
                "EvalResourceName": "*",
                "EvalDecision": decision if action == "kms:Decrypt" else "allowed",
                "MatchedStatements": matched if action == "kms:Decrypt" else [],
                "MissingContextValues": [],
            }
            for action in params["ActionNames"]
        ]
        return {"EvaluationResults": results}

    box.answer(SIMULATE, answer)

    assert lines_about_iam(box.stack(lambda: declare_permissions(check=True, **WITH_KEY))) == [line]


def test_a_policy_that_somebody_deleted_is_drift(box):
    """A bare resource's preview does not show it either, and a refresh does."""
    box.create_role("web")
    program = lambda: declare_permissions(check=True, **EXACT)  # noqa: E731
    box.stack(program).up()
    box.client("iam").delete_role_policy(RoleName="web", PolicyName="ssm")
    plain, refreshed = (run(box.stack(program), "preview", refresh=refresh) for refresh in (False, True))

    assert plain == ([good()], [], False)
    assert [(action, kind) for action, kind, _ in refreshed.steps][-1] == ("create", "RolePolicy")


def test_a_role_that_the_same_program_makes_and_a_deny_that_goes(box):
    """A preview doesn't know yet what an update makes and deletes; the next one does."""

    def program(*, denies=True):
        role = aws.iam.Role("new", name="new", assume_role_policy=NOBODY)
        if denies:
            aws.iam.RolePolicy("no", role=role.name, name="no", policy=json.dumps(NO_KEY))
        declare_permissions("web", role=role.name, check=True, **WITH_KEY)

    lines = []
    for declare in (program, lambda: program(denies=False)):
        lines.append(lines_about_iam(box.stack(declare)))
        assert run(box.stack(declare))[0::2] == ([], False)
        lines.append(lines_about_iam(box.stack(declare)))
    [[before], *denials, [after]] = lines

    assert before == NO_ROLE.replace("warning", "info").replace("'web'", "'new'")
    assert denials == [[denied("new")]] * 2
    assert after == good("new")


def test_each_component_asks_its_own_account(box):
    box.create_role("web", policies={"own": HEARTBEAT_POLICY})
    box.create_role("web", policies={"own": HEARTBEAT_POLICY, "theirs": NO_KEY}, account=OTHER_ACCOUNT)

    def program():
        keys = {"access_key": OTHER_ACCOUNT, "secret_key": "sandbox"}
        other = aws.Provider("other", region=box.region, **keys)
        declare_permissions("ours", check=True, **WITH_KEY)
        declare_permissions(
            "theirs",
            pulumi.ResourceOptions(provider=other),
            check=True,
            kms_key_arns=[KEY.replace(ACCOUNT, OTHER_ACCOUNT)],
        )

    assert lines_about_iam(box.stack(program)) == [good(source="own"), denied(name="theirs")]


def test_a_heartbeat_that_another_component_grants_in_the_same_update(box):
    """The preview can't know it, and says so; after the update the heartbeat is the other's."""
    box.create_role("web")
    box.stack(lambda: declare_permissions(**WITH_HEARTBEAT)).up()

    def program():
        declare_permissions(check=True)
        declare_permissions("other", check=True, **WITH_HEARTBEAT)

    former = [*box.role_policies("web")]
    both = lines_about_iam(box.stack(program))
    box.stack(program).up()
    [granting] = [name for name in box.role_policies("web") if name.startswith("other")]

    assert both == [good(), HEARTBEAT_LOST.format(*former)]
    assert lines_about_iam(box.stack(program)) == [good(), good(source=granting)]


def test_a_role_of_the_program_by_its_name_and_by_its_arn(box):
    """A preview knows the name that Pulumi generates, but no ARN of what is not there yet."""

    def program():
        named, identified = (aws.iam.Role(name, assume_role_policy=NOBODY) for name in ("named", "identified"))
        declare_permissions("web", role=named.name, check=True)
        declare_permissions("by-arn", role=identified.arn, check=True)

    before = sorted(lines_about_iam(box.stack(program)))
    box.stack(program).up()
    after = sorted(lines_about_iam(box.stack(program)))

    assert before[0].startswith("info: IAM has no role 'named-")
    assert before[1:] == ["info: This preview does not know yet what to ask IAM about the role."]
    assert [re.sub("-[0-9a-f]{7}", "", line) for line in after] == [good("identified"), good("named")]


def preview_as_json(box, **inputs):
    """Return how `pulumi preview --json` of a program in YAML ends, and what it prints."""
    stack = box.stack(lambda: None)
    component = {"type": "ssm-perms:SessionManagerManagedPolicy", "properties": inputs}
    program = {"name": "app", "runtime": "yaml", "resources": {"nodes": component}}
    Path(stack.workspace.work_dir, "Pulumi.yaml").write_text(json.dumps(program))
    preview = box.pulumi("preview", "--json", stack=stack)
    return preview.returncode, preview.stdout


def job_passes(returncode, preview_json):
    """Return whether the page's command lets a job pass: `jq -es` reads all that was printed as one list."""
    page = (ROOT / "docs/check-a-role.md").read_text()
    [expression] = re.findall(r"(?m)^test \"\$previewed\" && jq -es '(.*)' preview\.json \|\| exit 1$", page)
    return returncode == 0 and jq.compile(expression).input_text(preview_json, slurp=True).all() == [True]


def test_a_job_fails_on_what_a_preview_says(box):
    """On a program in YAML, whose lines have the schema's words, however late IAM answers."""
    box.create_role("web", policies={"own": HEARTBEAT_POLICY, "no": NO_KEY})
    box.create_role("bare")
    box.answer(SIMULATE, lambda _: time.sleep(1))
    code, printed = preview_as_json(box, roles=["web", "bare"], kmsKeyArns=[KEY], check=True)
    messages = [diagnostic["message"].strip() for diagnostic in json.loads(printed)["diagnostics"]]

    assert not job_passes(code, printed)
    assert sorted(message for message in messages if "IAM" in message) == [
        denied(),
        denial(
            "the heartbeat (ssm:UpdateInstanceInformation)",
            HEARTBEAT_NEEDED.replace("allow_update_instance_information", "allowUpdateInstanceInformation"),
            "bare",
        ),
    ]


@pytest.mark.parametrize(
    ("inputs", "passes"),
    [({"roles": ["web"], "check": True}, True), ({"roles": []}, False), ({"roles": ["a b"]}, False)],
    ids=["clean", "no roles", "a preview that fails"],
)
def test_a_job_passes_if_nothing_stands_in_the_way(box, inputs, passes):
    box.create_role("web", policies={"own": HEARTBEAT_POLICY})

    assert job_passes(*preview_as_json(box, **inputs)) == passes


def test_a_job_fails_if_the_preview_is_streamed_or_empty(box, monkeypatch):
    """Neither has a list of diagnostics, and in neither can a warning be looked for."""
    box.create_role("web", policies={"own": HEARTBEAT_POLICY})
    monkeypatch.setenv("PULUMI_ENABLE_STREAMING_JSON_PREVIEW", "true")
    code, streamed = preview_as_json(box, roles=["web"], check=True)

    assert (code, "diagnosticEvent" in streamed) == (0, True)
    assert not job_passes(code, streamed)
    assert not job_passes(0, "")
