"""`check`: what IAM is asked about which roles; roles that do not exist or are not known yet; and secrets."""

import pulumi
import pytest
from documents import BUCKET, CHANNELS, GROUP, KEY, OTHER_KEY
from google.protobuf.json_format import MessageToDict
from programs import (
    ACCOUNT,
    HEARTBEAT,
    IAM,
    NO_SUCH_ROLE,
    OPEN,
    UNKNOWN,
    UNLESS,
    Secret,
    as_output,
    as_secret,
    as_secret_of_resource,
    aws_answers,
    aws_error,
    denial,
    deny_in,
    evaluation,
    fleet,
    of_resource,
    one,
    simulating,
)

ARN = f"{IAM}:role/team/web"


def simulation(actions, resource="*", region="eu-west-1"):
    return {
        "policySourceArn": ARN,
        "actionNames": actions,
        "contexts": [{"key": "aws:RequestedRegion", "type": "string", "values": [region]}],
        **({} if resource == "*" else {"resourceArns": [resource]}),
    }


def simulations(result):
    return [MessageToDict(question.args) for question in result.questions if question.tok.endswith("Simulation")]


def test_the_questions_are_about_the_role_with_the_document(run):
    """One for each resource, and none about a resource of another account, about which IAM can't be asked."""
    inputs = {
        "kms_key_arns": [KEY, OTHER_KEY, KEY.replace(ACCOUNT, "999999999999")],
        "s3_log_bucket_arn": BUCKET,
        "cloudwatch_log_group_arns": [GROUP],
    }
    result = run(lambda: one(check=True, **inputs), preview=True, **aws_answers())
    questions = simulations(result)
    documents = {document for question in questions for document in question.pop("additionalPoliciesJsons")}

    assert documents == {result.outputs["web"]["policy_json"]}
    assert [question.tok.rpartition(":")[2] for question in result.questions[:2]] == ["getRegion", "getRole"]
    assert questions == [
        simulation([*(f"ssmmessages:{action}" for action in CHANNELS), "logs:DescribeLogGroups", HEARTBEAT]),
        simulation(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], f"{GROUP}:*"),
        simulation(["s3:PutObject"], f"{BUCKET}/*"),
        simulation(["s3:GetEncryptionConfiguration"], BUCKET),
        simulation(["kms:Decrypt"], KEY),
        simulation(["kms:Decrypt"], OTHER_KEY, "us-east-2"),
    ]


TRUSTS = {
    **dict.fromkeys((("ec2",), ("ssm",), ("ecs-tasks", "ec2"), ("ec2", "lambda"), ("ec2.c2s.ic.gov",)), 1),
    **dict.fromkeys((("ecs-tasks",), ("pods.eks", "lambda"), ("ec2fleet",), ("not-ec2",), ()), 0),
}


@pytest.mark.parametrize(("trust", "count"), TRUSTS.items())
def test_the_heartbeat_is_asked_of_nodes_alone(run, trust, count):
    """Where EC2 or Systems Manager may assume the role."""
    result = run(lambda: one(check=True), preview=True, **aws_answers(trust=trust))

    assert simulations(result)[0]["actionNames"].count(HEARTBEAT) == count


@pytest.mark.parametrize("grants", [True, False, None])
def test_the_heartbeat_is_asked_once(run, grants):
    result = run(lambda: one(check=True, allow_update_instance_information=grants), preview=True, **aws_answers())

    assert simulations(result)[0]["actionNames"].count(HEARTBEAT) == 1


DENYING = aws_answers(simulating(OpenDataChannel=evaluation("explicitDeny", "no")))
DENIED = denial(OPEN, deny_in("'no'"))


def test_below_a_parent_the_check_is_the_same(run):
    def program():
        one(opts=pulumi.ResourceOptions(parent=pulumi.ComponentResource("app:index:Team", "team")), check=True)

    assert run(program, preview=True, **DENYING).lines == [DENIED]


def depending():
    return pulumi.ResourceOptions(depends_on=[pulumi.ComponentResource("app:index:Role", "made-before")])


NO_ROLE_WARNING = (
    "warning: IAM has no {} in the provider's account. Correct the name or the provider, or ignore this if this program "
    "makes the role and the component depends on it."
)
NO_ROLE_INFO = (
    "info: IAM has no {} in the provider's account yet. If this program makes the role, the next preview asks about it; "
    "otherwise correct the name."
)
# The line in a program, and in a plugin, where each input that is an Output arrives as a dependency.
ABSENT = {
    "plain": (lambda: one(check=True), "role 'web'", NO_ROLE_WARNING, NO_ROLE_WARNING),
    "an Output": (lambda: one(role=as_output("web"), check=True), "role 'web'", NO_ROLE_WARNING, NO_ROLE_WARNING),
    "a secret": (lambda: one(role=as_secret("web"), check=True), "role [secret]", NO_ROLE_WARNING, NO_ROLE_WARNING),
    "of a resource": (lambda: one(role=of_resource("web"), check=True), "role 'web'", NO_ROLE_INFO, NO_ROLE_INFO),
    "a secret of a resource": (
        *(lambda: one(role=as_secret_of_resource("web"), check=True), "role [secret]", NO_ROLE_INFO, NO_ROLE_INFO),
    ),
    "a dependency": (lambda: one(opts=depending(), check=True), "role 'web'", NO_ROLE_INFO, NO_ROLE_WARNING),
    "of a fleet": (lambda: fleet(roles=["a", "b"], check=True), "roles 'a', 'b'", NO_ROLE_WARNING, NO_ROLE_WARNING),
    "of a fleet, a dependency": (
        lambda: fleet(opts=depending(), check=True),
        "role 'web'",
        NO_ROLE_INFO,
        NO_ROLE_WARNING,
    ),
    "before a document that is not known": (
        lambda: one(role=of_resource("web"), kms_key_arns=[as_output(pulumi.UNKNOWN)], check=True),
        *("role 'web'", NO_ROLE_INFO, NO_ROLE_INFO),
    ),
}


@pytest.mark.parametrize("case", ABSENT.values(), ids=ABSENT)
@pytest.mark.parametrize("in_plugin", [False, True], ids=["program", "plugin"])
def test_a_role_that_is_not_there_may_be_made_by_the_same_run(run, monkeypatch, case, in_plugin):
    make, roles, *messages = case
    if in_plugin:
        monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: None)

    assert run(make, preview=True, **aws_answers(getRole=NO_SUCH_ROLE)).lines == [messages[in_plugin].format(roles)]


NOT_ASKED_YET = "info: This preview does not know yet what to ask IAM about {}. A later one asks."
UNKNOWN_YET = {
    "document": (one, lambda: {"kms_key_arns": [as_output(pulumi.UNKNOWN)]}, aws_answers(), "role 'web'"),
    "and a secret": (
        *(
            one,
            lambda: {"kms_key_arns": [as_output(pulumi.UNKNOWN)], "role": as_secret("a")},
            aws_answers(),
            "role [secret]",
        ),
    ),
    "heartbeat": (
        one,
        lambda: {"allow_update_instance_information": as_output(pulumi.UNKNOWN)},
        aws_answers(),
        "role 'web'",
    ),
    "role": (one, lambda: {"role": as_output(pulumi.UNKNOWN)}, aws_answers(), "the role"),
    "secret role": (one, lambda: {"role": as_secret(pulumi.UNKNOWN)}, aws_answers(), "the role"),
    "Region": (one, dict, aws_answers(getRegion={}), "role 'web'"),
    "provider": (one, dict, {}, "role 'web'"),
    "fleet": (fleet, lambda: {"roles": ["a", "b"]}, {}, "roles 'a', 'b'"),
}


@pytest.mark.parametrize("case", UNKNOWN_YET.values(), ids=UNKNOWN_YET)
def test_what_a_preview_does_not_know_yet_is_told(run, case):
    make, inputs, answers, roles = case

    assert run(lambda: make(check=True, **inputs()), preview=True, **answers).lines == [NOT_ASKED_YET.format(roles)]


def test_a_check_leaves_the_document_as_it_is(run):
    """The document is unknown or secret if one of its own inputs is, but not because the role is."""
    cases = [
        {"kms_key_arns": lambda: [as_output(pulumi.UNKNOWN)]},
        {"role": lambda: as_output(pulumi.UNKNOWN)},
        {"kms_key_arns": lambda: [as_secret(KEY)]},
        {"role": lambda: as_secret("web")},
    ]

    def program():
        for number, case in enumerate(cases):
            one(f"c{number}", check=True, **{name: make() for name, make in case.items()})

    outputs = run(program, preview=True, **aws_answers()).outputs
    documents = [outputs[f"c{number}"]["policy_json"] for number in range(4)]

    assert [value if value == UNKNOWN else type(value) for value in documents] == [UNKNOWN, str, Secret, str]


def test_roles_of_a_fleet_share_a_line(run):
    roles = [f"r{number}" for number in range(11)]
    result = run(lambda: fleet(roles=roles, check=True), preview=True, **DENYING)

    assert result.lines == [DENIED.replace("role 'web'", f"roles {', '.join(map(repr, roles[:10]))} and 1 more")]


def test_roles_of_a_fleet_share_a_line_about_a_throttled_question(run):
    """AWS's words have the name of each role."""
    answers = aws_answers(getRole=lambda arguments: aws_error("Throttling", arguments["name"]))
    [line] = run(lambda: fleet(roles=["a", "b"], check=True), preview=True, **answers).lines

    assert "about roles 'a', 'b' (Throttling)" in line


def test_roles_of_a_fleet_have_their_own_lines(run):
    arn_of_b, role = f"{IAM}:role/b", aws_answers(trust=())["getRole"]
    allowing, denying = simulating(), DENYING["getPrincipalPolicySimulation"]
    answers = aws_answers(
        lambda arguments: (denying if arguments["policySourceArn"] == arn_of_b else allowing)(arguments),
        getRole=lambda arguments: {**role, **({"arn": arn_of_b} if arguments["name"] == "b" else {})},
    )
    result = run(lambda: fleet(roles=["a", "b", "c"], check=True), preview=True, **answers)

    assert result.lines == [
        "info: As IAM is now, it would allow roles 'a', 'c' all 4 actions of this policy in eu-west-1.",
        DENIED.replace("'web'", "'b'"),
    ]


def test_a_fleet_without_roles_asks_nothing(run):
    assert run(lambda: fleet(roles=[], check=True), preview=True, **aws_answers()).questions == []


KEY_DENIED = {"kms:Decrypt": evaluation("explicitDeny", "role_web_fixed", "web-guard")}
WITHOUT_HEARTBEAT = {"allow_update_instance_information": False}
KEY_RESOURCE = KEY.partition(f"{ACCOUNT}:")[2]
ALLOWED = "As IAM is now, it would allow role 'web' all 4 actions of this policy in eu-west-1."
SECRETS = {
    "a role": (
        lambda: {"role": as_secret("Web"), "kms_key_arns": [KEY], **WITHOUT_HEARTBEAT},
        aws_answers(simulating(**{"kms:Decrypt": evaluation("explicitDeny", "role_web_fixed", "guard")})),
        [
            f"IAM would deny role [secret] kms:Decrypt on {KEY_RESOURCE} in eu-west-1: there is a Deny in 'guard', 'fixed'. Make an exception there"
        ],
    ),
    "a role with a boundary": (
        lambda: {"role": as_secret("web"), **WITHOUT_HEARTBEAT},
        aws_answers(simulating(OpenDataChannel=evaluation("implicitDeny")), boundary=f"{IAM}:policy/limit"),
        [
            f"IAM would deny role [secret] {OPEN} in eu-west-1: the permissions boundary 'limit' or an SCP does not allow this. Allow it there"
        ],
    ),
    "a role whose name is in those of policies": (
        lambda: {"role": as_secret("web"), "kms_key_arns": [KEY], **WITHOUT_HEARTBEAT},
        aws_answers(simulating(**KEY_DENIED), boundary=f"{IAM}:policy/limit-of-web"),
        [
            f"IAM would deny role [secret] kms:Decrypt on {KEY_RESOURCE} in eu-west-1: there is a Deny in 'fixed', [secret]. Make an exception there"
        ],
    ),
    "a role whose name is in that of its boundary": (
        lambda: {"role": as_secret("Web"), **WITHOUT_HEARTBEAT},
        aws_answers(simulating(OpenDataChannel=evaluation("implicitDeny")), boundary=f"{IAM}:policy/limit-of-web"),
        [
            f"IAM would deny role [secret] {OPEN} in eu-west-1: the permissions boundary [secret] or an SCP does not allow this. Allow it there"
        ],
    ),
    "keys": (
        lambda: {"kms_key_arns": [as_secret(KEY), as_secret(OTHER_KEY)], **WITHOUT_HEARTBEAT},
        aws_answers(simulating(**KEY_DENIED)),
        [
            "IAM would deny role 'web' kms:Decrypt on [secret] in [secret]: there is a Deny in 'fixed', 'web-guard'. Make an exception there"
        ],
    ),
    "a secret key that is allowed": (
        lambda: {"kms_key_arns": [as_secret(KEY)], **WITHOUT_HEARTBEAT},
        aws_answers(),
        [
            "As IAM is now, it would allow role 'web' all 5 actions of this policy in eu-west-1, [secret]. Its simulator does "
            "not see key policies and bucket policies."
        ],
    ),
    "a key of another account": (
        lambda: {"kms_key_arns": [as_secret(KEY.replace(ACCOUNT, "999999999999"))], **WITHOUT_HEARTBEAT},
        aws_answers(),
        [f"{ALLOWED.replace('all 4', '4 of the 5')} It cannot be asked about [secret], in another account."],
    ),
    "a policy's name": (
        lambda: {"policy_name": as_secret("fixed"), "kms_key_arns": [KEY], **WITHOUT_HEARTBEAT},
        aws_answers(simulating(**KEY_DENIED)),
        [
            f"IAM would deny role 'web' kms:Decrypt on {KEY_RESOURCE} in eu-west-1: there is a Deny in [secret], 'web-guard'. Make an exception there"
        ],
    ),
    "a policy's name that is not known": (
        lambda: {"policy_name": as_secret(pulumi.UNKNOWN)},
        aws_answers(),
        [
            f"{ALLOWED} The heartbeat is allowed only by 'AmazonSSMManagedInstanceCore': nodes lose their connection if this update deletes that."
        ],
    ),
    "an ARN": (
        lambda: {"role": as_secret(f"{IAM}:role/web"), **WITHOUT_HEARTBEAT},
        aws_answers(),
        [
            "IAM has role [secret] as [secret], not as [secret]. If that is the role that you mean, write its name or IAM's ARN.",
            ALLOWED.replace("'web'", "[secret]"),
        ],
    ),
}


@pytest.mark.parametrize(("inputs", "answers", "messages"), SECRETS.values(), ids=SECRETS)
def test_of_a_secret_nothing_is_told_and_all_of_the_rest(run, inputs, answers, messages):
    """A plain role's name is no secret because a key is one, nor is the name of a policy because the role's is."""
    lines = run(lambda: one(check=True, **inputs()), preview=True, **answers).lines

    assert [line.partition(": ")[2].removesuffix(UNLESS) for line in lines] == messages


@pytest.mark.parametrize(
    "answer", [aws_error("Failure", f"hush {KEY}"), f"dial tcp: hush {KEY}", {"results": {KEY: "hush"}}]
)
@pytest.mark.parametrize(
    "inputs", [lambda: {"role": as_secret("hush")}, lambda: {"kms_key_arns": [as_secret(KEY)], "role": "r"}]
)
def test_awss_words_about_a_secret_are_not_repeated(run, inputs, answer):
    [line] = run(lambda: one(check=True, **inputs()), preview=True, **aws_answers(answer)).lines

    assert line.startswith("warning: IAM could not be asked about role ")
    assert "hush" not in line and KEY not in line
