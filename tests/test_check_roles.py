"""`check`: what IAM is asked about which roles; those that are not there or not known yet; and secrets."""

import pulumi
import pytest
from documents import BUCKET, CHANNELS, GROUP, KEY, OTHER_KEY
from google.protobuf.json_format import MessageToDict
from programs import ACCOUNT, IAM, NO_SUCH_ROLE, UNKNOWN, Secret, deciding, fleet, late, one, plain, row, secret, world

from pulumi_ssm_perms import NotAllowedError

ARN = f"{IAM}:role/team/web"
HEARTBEAT = "ssm:UpdateInstanceInformation"
levels = pytest.mark.parametrize(("level", "later"), [("advisory", "next preview"), ("mandatory", "update")])


def test_without_a_check_nothing_is_asked(run):
    assert run(lambda: [one(), fleet(), one("b", check="disabled")], preview=True).questions == []


def question(actions, resource="*", region="eu-west-1"):
    return {
        "policySourceArn": ARN,
        "actionNames": actions,
        "contexts": [{"key": "aws:RequestedRegion", "type": "string", "values": [region]}],
        **({} if resource == "*" else {"resourceArns": [resource]}),
    }


def simulations(made):
    return [MessageToDict(each.args) for each in made.questions if each.tok.endswith("Simulation")]


@pytest.mark.parametrize("preview", [True, False])
def test_the_questions_are_about_the_role_with_the_document(run, preview):
    """One for each Region and resource, and none about what is in another account, of which IAM can't be asked."""
    inputs = {
        "kms_key_arns": [KEY, OTHER_KEY, KEY.replace(ACCOUNT, "999999999999")],
        "s3_log_bucket_arn": BUCKET,
        "cloudwatch_log_group_arns": [GROUP],
    }
    made = run(lambda: one(check="mandatory", **inputs), preview=preview, **world())
    found = simulations(made)
    documents = {document for each in found for document in each.pop("additionalPoliciesJsons")}

    assert documents == {made.outputs["web"]["policy_json"]}
    assert found == [
        question([*(f"ssmmessages:{each}" for each in CHANNELS), "logs:DescribeLogGroups", HEARTBEAT]),
        question(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], f"{GROUP}:*"),
        question(["s3:PutObject"], f"{BUCKET}/*"),
        question(["s3:GetEncryptionConfiguration"], BUCKET),
        question(["kms:Decrypt"], KEY),
        question(["kms:Decrypt"], OTHER_KEY, "us-east-2"),
    ]


TRUSTS = {
    **dict.fromkeys((("ec2",), ("ssm",), ("ecs-tasks", "ec2"), ("ec2", "lambda"), ("ec2.c2s.ic.gov",)), 1),
    **dict.fromkeys((("ecs-tasks",), ("pods.eks", "lambda"), ("ec2fleet",), ()), 0),
}


@pytest.mark.parametrize(("trust", "count"), TRUSTS.items())
def test_the_heartbeat_is_asked_of_nodes_alone(run, trust, count):
    """Where EC2 or Systems Manager may assume the role."""
    made = run(lambda: one(check="advisory"), preview=True, **world(trust=trust))

    assert simulations(made)[0]["actionNames"].count(HEARTBEAT) == count


def test_a_granted_heartbeat_is_asked_once(run):
    made = run(lambda: one(check="advisory", allow_update_instance_information=True), preview=True, **world())

    assert simulations(made)[0]["actionNames"].count(HEARTBEAT) == 1


OPEN = "ssmmessages:OpenDataChannel"
DENYING = world(deciding(OpenDataChannel=row("explicitDeny", "no")))
UNLESS = (
    "Make an exception there, unless this update removes the Deny, or the Deny depends on something that only a real "
    "request has, such as its network."
)
DENIED = f"warning: IAM denies role 'web' {OPEN} in eu-west-1: it is denied in 'no'. {UNLESS}"
AGAIN = "The update asks again before it writes the policy."


def depending():
    return pulumi.ResourceOptions(depends_on=[pulumi.ComponentResource("app:index:Role", "made-before")])


def test_a_dependency_of_a_program_may_change_the_role(run):
    """Such as its boundary, or a Deny."""
    made = run(lambda: one(opts=depending(), check="mandatory"), preview=True, **DENYING)

    assert made.said == [f"{DENIED} {AGAIN}"]


@pytest.mark.parametrize(("way", "said"), [(plain, []), (late, [f"{DENIED} {AGAIN}"])])
def test_nothing_follows_from_a_dependency_in_a_plugin(run, monkeypatch, way, said):
    """Each Output input arrives as one; whether the role is one decides."""
    monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: None)
    made = run(lambda: one(opts=depending(), role=way("web"), check="mandatory"), preview=True, fails=True, **DENYING)

    assert (made.said, isinstance(made.error, NotAllowedError)) == (said, way is plain)


@pytest.mark.parametrize("level", ["advisory", "mandatory"])
def test_below_a_parent_the_check_is_the_same(run, level):
    def program():
        one(opts=pulumi.ResourceOptions(parent=pulumi.ComponentResource("app:index:Team", "team")), check=level)

    made = run(program, preview=True, fails=True, **DENYING)

    assert (made.said, bool(made.error)) == (([DENIED], False) if level == "advisory" else ([], True))


NO_ROLE = world(getRole=NO_SUCH_ROLE)
MADE_LATER = (
    "info: IAM has no role {} in the provider's account yet. If this run makes it, the {} asks about it; if not, correct "
    "the name."
)
MAY_BE_MADE = {
    "an Output": (lambda level: one(role=late("web"), check=level), "'web'"),
    "a secret": (lambda level: one(role=secret("web"), check=level), "[secret]"),
    "a dependency": (lambda level: one(opts=depending(), check=level), "'web'"),
    "of a fleet": (lambda level: fleet(opts=depending(), check=level), "'web'"),
    "before a document that is not known": (
        lambda level: one(role=late("web"), kms_key_arns=[late(pulumi.UNKNOWN)], check=level),
        "'web'",
    ),
}


@levels
@pytest.mark.parametrize(("make", "shown"), MAY_BE_MADE.values(), ids=MAY_BE_MADE)
def test_a_role_that_the_run_may_make_is_only_told(run, level, later, make, shown):
    made = run(lambda: make(level), preview=True, **NO_ROLE)

    assert made.said == [MADE_LATER.format(shown, later)]


def test_an_update_says_that_it_could_not_ask_about_an_output_role(run):
    """IAM may show a new role late, so the policy is written all the same."""
    made = run(lambda: one(role=late("web"), check="mandatory"), **NO_ROLE)

    assert made.said == ["warning: IAM does not show role 'web' yet: the check was skipped."]
    assert len(made.inputs("RolePolicy")) == 1


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(
    ("in_plugin", "rest"),
    [(False, "; if this program makes the role, let the component depend on it (depends_on)"), (True, "")],
)
def test_a_plain_role_that_is_not_there_ends_before_anything_is_written(run, monkeypatch, preview, in_plugin, rest):
    """Without the check, the write would fail after some attachments."""
    if in_plugin:
        monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: None)
    answers = world(getRole=lambda asked: NO_SUCH_ROLE if asked["name"] == "b" else world()["getRole"])
    made = run(lambda: fleet(roles=["web", "b"], check="mandatory"), preview=preview, fails=True, **answers)

    assert str(made.error) == (
        "SessionManagerManagedPolicy 'fleet': IAM has no role 'b' in the provider's account. Correct the name, or give the "
        f'component a provider of the role\'s account{rest}. With check="advisory", this is a warning.'
    )
    assert made.inputs("Policy") == made.inputs("RolePolicyAttachment") == {}


NOT_YET = "info: This preview does not know yet what to ask IAM about {}. The {} asks."
UNKNOWN_YET = {
    "document": (one, lambda: {"kms_key_arns": [late(pulumi.UNKNOWN)]}, world(), "role 'web'"),
    "and a secret": (
        *(one, lambda: {"kms_key_arns": [late(pulumi.UNKNOWN)], "role": secret("a")}, world(), "role [secret]"),
    ),
    "role": (one, lambda: {"role": late(pulumi.UNKNOWN)}, world(), "the role"),
    "Region": (one, dict, world(getRegion={}), "role 'web'"),
    "provider": (one, dict, {}, "role 'web'"),
    "fleet": (fleet, lambda: {"roles": ["a", "b"]}, {}, "roles 'a', 'b'"),
}


@levels
@pytest.mark.parametrize("case", UNKNOWN_YET.values(), ids=UNKNOWN_YET)
def test_what_a_preview_does_not_know_yet_is_told(run, level, later, case):
    make, inputs, answers, about = case
    made = run(lambda: make(check=level, **inputs()), preview=True, **answers)

    assert made.said == [NOT_YET.format(about, later)]


def test_a_check_leaves_the_document_as_it_is(run):
    """Not known, or known although the role is not; secret, or not although the role is."""
    inputs = [
        {"kms_key_arns": lambda: [late(pulumi.UNKNOWN)]},
        {"role": lambda: late(pulumi.UNKNOWN)},
        {"kms_key_arns": lambda: [secret(KEY)]},
        {"role": lambda: secret("web")},
    ]

    def program():
        for number, each in enumerate(inputs):
            one(f"c{number}", check="mandatory", **{name: make() for name, make in each.items()})

    outputs = run(program, preview=True, **world()).outputs
    documents = [outputs[f"c{number}"]["policy_json"] for number in range(4)]

    assert [each if each == UNKNOWN else type(each) for each in documents] == [UNKNOWN, str, Secret, str]


def test_roles_of_a_fleet_share_a_line(run):
    roles = [f"r{number}" for number in range(11)]
    made = run(lambda: fleet(roles=roles, check="advisory"), preview=True, **DENYING)

    assert made.said == [DENIED.replace("role 'web'", f"roles {', '.join(map(repr, roles[:10]))} and 1 more")]


def test_roles_of_a_fleet_have_their_own_causes(run):
    """Each line names its roles."""
    answers = world(
        lambda asked: (DENYING if asked["policySourceArn"] == "b" else world())["getPrincipalPolicySimulation"](asked),
        getRole=lambda asked: {**world(trust=())["getRole"], **({"arn": "b"} if asked["name"] == "b" else {})},
    )
    made = run(lambda: fleet(roles=["a", "b", "c"], check="advisory"), preview=True, **answers)

    assert made.said == [
        DENIED.replace("'web'", "'b'"),
        "info: With this component's policy, IAM allows roles 'a', 'c' all 4 actions in eu-west-1.",
    ]


KEY_DENIED = {"kms:Decrypt": row("explicitDeny", "role_web_fixed")}
NO_HEARTBEAT = (
    "ssm:UpdateInstanceInformation, the heartbeat, in eu-west-1: no policy allows it on *, or an SCP does not."
)
IS_ALLOWED = "With this component's policy, IAM allows role 'web' all 4 actions in eu-west-1"
SECRETS = {
    "a role": (
        lambda: {"role": secret("web"), "kms_key_arns": [KEY]},
        world(deciding(**KEY_DENIED, **{HEARTBEAT: row("implicitDeny")})),
        [
            f"IAM denies role [secret] {NO_HEARTBEAT}",
            f"IAM denies role [secret] kms:Decrypt on {KEY} in eu-west-1: it is denied in [secret]. {UNLESS}",
        ],
    ),
    "keys": (
        lambda: {"kms_key_arns": [secret(KEY), secret(OTHER_KEY)]},
        world(deciding(**KEY_DENIED, **{HEARTBEAT: row("implicitDeny")})),
        [
            f"IAM denies role 'web' {NO_HEARTBEAT}",
            f"IAM denies role 'web' kms:Decrypt on [secret] in [secret]: it is denied in 'fixed'. {UNLESS}",
        ],
    ),
    "a key of another account": (
        lambda: {"kms_key_arns": [secret(KEY.replace(ACCOUNT, "999999999999"))]},
        world(trust=()),
        [f"{IS_ALLOWED}. IAM cannot be asked about [secret], of another account."],
    ),
    "a policy's name": (
        lambda: {"policy_name": secret("fixed"), "kms_key_arns": [KEY]},
        world(deciding(**KEY_DENIED, **{HEARTBEAT: row("allowed", "role_web_fixed")})),
        [
            f"IAM denies role 'web' kms:Decrypt on {KEY} in eu-west-1: it is denied in [secret]. {UNLESS}",
            "The heartbeat of role 'web' is allowed only by [secret], which may be this component's own policy, and the ",
        ],
    ),
    "a policy's name, and another": (
        lambda: {"policy_name": secret("fixed")},
        world(deciding(**{HEARTBEAT: row("allowed", "role_web_fixed", "core")})),
        [f"{IS_ALLOWED}. The heartbeat is allowed by 'core', [secret]: if this update"],
    ),
    "a role with a boundary": (
        lambda: {"role": secret("web")},
        world(deciding(OpenDataChannel=row("implicitDeny")), trust=(), boundary=f"{IAM}:policy/limit"),
        [
            f"IAM denies role [secret] {OPEN} in eu-west-1: it is outside of the permissions boundary [secret], or an SCP "
        ],
    ),
}


@pytest.mark.parametrize(("inputs", "answers", "lines"), SECRETS.values(), ids=SECRETS)
def test_of_a_secret_nothing_is_told_and_all_of_the_rest(run, inputs, answers, lines):
    """A plain role's name is no secret because a key is one."""
    said = run(lambda: one(check="advisory", **inputs()), preview=True, **answers).said

    assert [text.partition(": ")[2][: len(line)] for text, line in zip(said, lines, strict=True)] == lines


def test_a_secret_that_makes_two_lines_equal_hides_no_denial(run):
    """What ends a run rests on what IAM says, not on the texts."""
    answers = world(deciding(**KEY_DENIED, **{HEARTBEAT: row("implicitDeny")}))
    made = run(lambda: one(kms_key_arns=[secret(KEY), secret(OTHER_KEY)], check="mandatory"), fails=True, **answers)

    assert made.error.causes == (
        f'{SECRETS["keys"][2][1]} If so, run once with check="advisory", and leave it there if the Deny stays.',
    )


AWS_SAYS = "operation error IAM: x, https response error StatusCode: 400, RequestID: 1, api error Failure: {}"


@pytest.mark.parametrize(
    "answer", [AWS_SAYS.format(f"hush {KEY}"), f"dial tcp: hush {KEY}", {"results": {KEY: "hush"}}]
)
@pytest.mark.parametrize(
    "inputs", [lambda: {"role": secret("hush")}, lambda: {"kms_key_arns": [secret(KEY)], "role": "r"}]
)
def test_awss_words_about_a_secret_are_not_repeated(run, inputs, answer):
    made = run(lambda: one(check="mandatory", **inputs()), fails=True, **world(answer))

    assert isinstance(made.error, NotAllowedError)
    assert "hush" not in str(made.error) and KEY not in str(made.error)
