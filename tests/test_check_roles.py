"""`check`: what IAM is asked about which roles; those that are not there or not known yet; and secrets."""

import pulumi
import pytest
from documents import BUCKET, CHANNELS, GROUP, KEY, OTHER_KEY
from google.protobuf.json_format import MessageToDict
from programs import (
    ACCOUNT,
    IAM,
    NO_SUCH_ROLE,
    UNKNOWN,
    Secret,
    deciding,
    denial,
    deny_in,
    failing,
    fleet,
    late,
    one,
    row,
    secret,
    world,
)

ARN = f"{IAM}:role/team/web"
OPEN, HEARTBEAT = "ssmmessages:OpenDataChannel", "ssm:UpdateInstanceInformation"


def question(actions, resource="*", region="eu-west-1"):
    return {
        "policySourceArn": ARN,
        "actionNames": actions,
        "contexts": [{"key": "aws:RequestedRegion", "type": "string", "values": [region]}],
        **({} if resource == "*" else {"resourceArns": [resource]}),
    }


def simulations(made):
    return [MessageToDict(each.args) for each in made.questions if each.tok.endswith("Simulation")]


def test_the_questions_are_about_the_role_with_the_document(run):
    """One for each resource, and none about what is in another account, of which IAM can't be asked."""
    inputs = {
        "kms_key_arns": [KEY, OTHER_KEY, KEY.replace(ACCOUNT, "999999999999")],
        "s3_log_bucket_arn": BUCKET,
        "cloudwatch_log_group_arns": [GROUP],
    }
    made = run(lambda: one(check=True, **inputs), preview=True, **world())
    found = simulations(made)
    documents = {document for each in found for document in each.pop("additionalPoliciesJsons")}

    assert documents == {made.outputs["web"]["policy_json"]}
    assert [each.tok.rpartition(":")[2] for each in made.questions[:2]] == ["getRegion", "getRole"]
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
    **dict.fromkeys((("ecs-tasks",), ("pods.eks", "lambda"), ("ec2fleet",), ("not-ec2",), ()), 0),
}


@pytest.mark.parametrize(("trust", "count"), TRUSTS.items())
def test_the_heartbeat_is_asked_of_nodes_alone(run, trust, count):
    """Where EC2 or Systems Manager may assume the role."""
    made = run(lambda: one(check=True), preview=True, **world(trust=trust))

    assert simulations(made)[0]["actionNames"].count(HEARTBEAT) == count


@pytest.mark.parametrize("grants", [True, False, None])
def test_the_heartbeat_is_asked_once(run, grants):
    made = run(lambda: one(check=True, allow_update_instance_information=grants), preview=True, **world())

    assert simulations(made)[0]["actionNames"].count(HEARTBEAT) == 1


DENYING = world(deciding(OpenDataChannel=row("explicitDeny", "no")))
DENIED = denial(OPEN, deny_in("'no'"))
UNLESS = DENIED[DENIED.rindex(", unless") :]


def test_below_a_parent_the_check_is_the_same(run):
    def program():
        one(opts=pulumi.ResourceOptions(parent=pulumi.ComponentResource("app:index:Team", "team")), check=True)

    assert run(program, preview=True, **DENYING).said == [DENIED]


def depending():
    return pulumi.ResourceOptions(depends_on=[pulumi.ComponentResource("app:index:Role", "made-before")])


NOT_THERE = (
    "warning: IAM has no {} in the provider's account. Correct the name or the provider, or ignore this if this program "
    "makes the role and the component depends on it."
)
NOT_YET = (
    "info: IAM has no {} in the provider's account yet. If this program makes the role, the next preview asks about it; "
    "otherwise correct the name."
)
# Each of them, in a program and in a plugin, where each input that is an Output arrives as a dependency.
ABSENT = {
    "plain": (lambda: one(check=True), "role 'web'", NOT_THERE, NOT_THERE),
    "an Output": (lambda: one(role=late("web"), check=True), "role 'web'", NOT_YET, NOT_YET),
    "a secret": (lambda: one(role=secret("web"), check=True), "role [secret]", NOT_YET, NOT_YET),
    "a dependency": (lambda: one(opts=depending(), check=True), "role 'web'", NOT_YET, NOT_THERE),
    "of a fleet": (lambda: fleet(roles=["a", "b"], check=True), "roles 'a', 'b'", NOT_THERE, NOT_THERE),
    "of a fleet, a dependency": (lambda: fleet(opts=depending(), check=True), "role 'web'", NOT_YET, NOT_THERE),
    "before a document that is not known": (
        lambda: one(role=late("web"), kms_key_arns=[late(pulumi.UNKNOWN)], check=True),
        *("role 'web'", NOT_YET, NOT_YET),
    ),
}


@pytest.mark.parametrize("case", ABSENT.values(), ids=ABSENT)
@pytest.mark.parametrize("in_plugin", [False, True], ids=["program", "plugin"])
def test_a_role_that_is_not_there_may_be_made_by_the_same_run(run, monkeypatch, case, in_plugin):
    make, about, *said = case
    if in_plugin:
        monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: None)

    assert run(make, preview=True, **world(getRole=NO_SUCH_ROLE)).said == [said[in_plugin].format(about)]


LATER = "info: This preview does not know yet what to ask IAM about {}. A later one asks."
UNKNOWN_YET = {
    "document": (one, lambda: {"kms_key_arns": [late(pulumi.UNKNOWN)]}, world(), "role 'web'"),
    "and a secret": (
        *(one, lambda: {"kms_key_arns": [late(pulumi.UNKNOWN)], "role": secret("a")}, world(), "role [secret]"),
    ),
    "heartbeat": (one, lambda: {"allow_update_instance_information": late(pulumi.UNKNOWN)}, world(), "role 'web'"),
    "role": (one, lambda: {"role": late(pulumi.UNKNOWN)}, world(), "the role"),
    "secret role": (one, lambda: {"role": secret(pulumi.UNKNOWN)}, world(), "the role"),
    "Region": (one, dict, world(getRegion={}), "role 'web'"),
    "provider": (one, dict, {}, "role 'web'"),
    "fleet": (fleet, lambda: {"roles": ["a", "b"]}, {}, "roles 'a', 'b'"),
}


@pytest.mark.parametrize("case", UNKNOWN_YET.values(), ids=UNKNOWN_YET)
def test_what_a_preview_does_not_know_yet_is_told(run, case):
    make, inputs, answers, about = case

    assert run(lambda: make(check=True, **inputs()), preview=True, **answers).said == [LATER.format(about)]


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
            one(f"c{number}", check=True, **{name: make() for name, make in each.items()})

    outputs = run(program, preview=True, **world()).outputs
    documents = [outputs[f"c{number}"]["policy_json"] for number in range(4)]

    assert [each if each == UNKNOWN else type(each) for each in documents] == [UNKNOWN, str, Secret, str]


def test_roles_of_a_fleet_share_a_line(run):
    roles = [f"r{number}" for number in range(11)]
    made = run(lambda: fleet(roles=roles, check=True), preview=True, **DENYING)

    assert made.said == [DENIED.replace("role 'web'", f"roles {', '.join(map(repr, roles[:10]))} and 1 more")]


def test_roles_of_a_fleet_share_a_line_about_a_throttled_question(run):
    """AWS's words have the name of each role."""
    answers = world(getRole=lambda asked: failing("Throttling", asked["name"]))
    [line] = run(lambda: fleet(roles=["a", "b"], check=True), preview=True, **answers).said

    assert "about roles 'a', 'b' (Throttling)" in line


def test_roles_of_a_fleet_have_their_own_lines(run):
    other = f"{IAM}:role/b"
    answers = world(
        lambda asked: (DENYING if asked["policySourceArn"] == other else world())["getPrincipalPolicySimulation"](
            asked
        ),
        getRole=lambda asked: {**world(trust=())["getRole"], **({"arn": other} if asked["name"] == "b" else {})},
    )
    made = run(lambda: fleet(roles=["a", "b", "c"], check=True), preview=True, **answers)

    assert made.said == [
        "info: As IAM is now, it allows roles 'a', 'c' all 4 actions of this policy in eu-west-1.",
        DENIED.replace("'web'", "'b'"),
    ]


def test_a_fleet_without_roles_asks_nothing(run):
    assert run(lambda: fleet(roles=[], check=True), preview=True, **world()).questions == []


KEY_DENIED = {"kms:Decrypt": row("explicitDeny", "role_web_fixed", "web-guard")}
QUIET = {"allow_update_instance_information": False}
KEYED = KEY.partition(f"{ACCOUNT}:")[2]
ALLOWED = "As IAM is now, it allows role 'web' all 4 actions of this policy in eu-west-1."
SECRETS = {
    "a role": (
        lambda: {"role": secret("Web"), "kms_key_arns": [KEY], **QUIET},
        world(deciding(**{"kms:Decrypt": row("explicitDeny", "role_web_fixed", "guard")})),
        [
            f"IAM denies role [secret] kms:Decrypt on {KEYED} in eu-west-1: there is a Deny in 'guard', 'fixed'. Make an exception there"
        ],
    ),
    "a role with a boundary": (
        lambda: {"role": secret("web"), **QUIET},
        world(deciding(OpenDataChannel=row("implicitDeny")), boundary=f"{IAM}:policy/limit"),
        [
            f"IAM denies role [secret] {OPEN} in eu-west-1: the permissions boundary 'limit' or an SCP does not allow this. Allow it there"
        ],
    ),
    "a role whose name is in those of policies": (
        lambda: {"role": secret("web"), "kms_key_arns": [KEY], **QUIET},
        world(deciding(**KEY_DENIED), boundary=f"{IAM}:policy/limit-of-web"),
        [
            f"IAM denies role [secret] kms:Decrypt on {KEYED} in eu-west-1: there is a Deny in 'fixed', [secret]. Make an exception there"
        ],
    ),
    "a role whose name is in that of its boundary": (
        lambda: {"role": secret("Web"), **QUIET},
        world(deciding(OpenDataChannel=row("implicitDeny")), boundary=f"{IAM}:policy/limit-of-web"),
        [
            f"IAM denies role [secret] {OPEN} in eu-west-1: the permissions boundary [secret] or an SCP does not allow this. Allow it there"
        ],
    ),
    "keys": (
        lambda: {"kms_key_arns": [secret(KEY), secret(OTHER_KEY)], **QUIET},
        world(deciding(**KEY_DENIED)),
        [
            "IAM denies role 'web' kms:Decrypt on [secret] in [secret]: there is a Deny in 'fixed', 'web-guard'. Make an exception there"
        ],
    ),
    "a secret key that is allowed": (
        lambda: {"kms_key_arns": [secret(KEY)], **QUIET},
        world(),
        [
            "As IAM is now, it allows role 'web' all 5 actions of this policy in eu-west-1, [secret]. Its simulator does "
            "not see key policies and bucket policies."
        ],
    ),
    "a key of another account": (
        lambda: {"kms_key_arns": [secret(KEY.replace(ACCOUNT, "999999999999"))], **QUIET},
        world(),
        [f"{ALLOWED.replace('all 4', '4 of the 5')} It cannot be asked about [secret], in another account."],
    ),
    "a policy's name": (
        lambda: {"policy_name": secret("fixed"), "kms_key_arns": [KEY], **QUIET},
        world(deciding(**KEY_DENIED)),
        [
            f"IAM denies role 'web' kms:Decrypt on {KEYED} in eu-west-1: there is a Deny in [secret], 'web-guard'. Make an exception there"
        ],
    ),
    "a policy's name that is not known": (
        lambda: {"policy_name": secret(pulumi.UNKNOWN)},
        world(),
        [
            f"{ALLOWED} The heartbeat is allowed only by 'AmazonSSMManagedInstanceCore': nodes lose their connection without it."
        ],
    ),
    "an ARN": (
        lambda: {"role": secret(f"{IAM}:role/web"), **QUIET},
        world(),
        [
            "IAM has role [secret] as [secret], not as [secret]. If that is the role that you mean, write its name or IAM's ARN.",
            ALLOWED.replace("'web'", "[secret]"),
        ],
    ),
}


@pytest.mark.parametrize(("inputs", "answers", "lines"), SECRETS.values(), ids=SECRETS)
def test_of_a_secret_nothing_is_told_and_all_of_the_rest(run, inputs, answers, lines):
    """A plain role's name is no secret because a key is one, nor is the name of a policy because the role's is."""
    said = run(lambda: one(check=True, **inputs()), preview=True, **answers).said

    assert [text.partition(": ")[2].removesuffix(UNLESS) for text in said] == lines


@pytest.mark.parametrize(
    "answer", [failing("Failure", f"hush {KEY}"), f"dial tcp: hush {KEY}", {"results": {KEY: "hush"}}]
)
@pytest.mark.parametrize(
    "inputs", [lambda: {"role": secret("hush")}, lambda: {"kms_key_arns": [secret(KEY)], "role": "r"}]
)
def test_awss_words_about_a_secret_are_not_repeated(run, inputs, answer):
    [line] = run(lambda: one(check=True, **inputs()), preview=True, **world(answer)).said

    assert line.startswith("warning: IAM could not be asked about role ")
    assert "hush" not in line and KEY not in line
