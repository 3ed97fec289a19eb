"""Session preferences under a running program: which calls are made for them, and what the policy then says."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime.mocks import MockCallArgs

from tests.answers import (
    BUCKET,
    FOUND_KEY,
    GET_KEY,
    GET_PARTITION,
    GET_REGION,
    GROUP,
    KEY_DENIED,
    KEY_NOT_FOUND,
    LOGGING,
    answering,
    rule_for,
    session,
)
from tests.components import PERMISSIONS, STACK, depending, output, plain, secret
from tests.documents import ANY_ENCRYPTION, BUCKET_KEY, CHANNELS, KEY, OTHER_KEY, decrypt, wanted
from tests.fleets import compact
from tests.mocks import CALLER_IDENTITY, UNKNOWN, Answer


class Read(NamedTuple):
    """What a document's inputs say, what it grants in the words of the other inputs, and which calls that takes."""

    inputs: Mapping[str, Any]
    grants: Mapping[str, Any] = {}
    calls: Sequence[str] = ()


IN_BUCKET: Final = {"s3_log_bucket_arn": BUCKET}
IN_GROUP: Final = {"cloudwatch_log_group_arns": [GROUP]}
WITH_KEY: Final = {"kms_key_arns": [FOUND_KEY]}
ALL_OF_LOGGING: Final = {**IN_BUCKET, "s3_log_key_prefix": "team/web", **IN_GROUP, **WITH_KEY}
FOR_GROUP: Final = (GET_PARTITION, GET_REGION, CALLER_IDENTITY)
FOR_ALL: Final = (*FOR_GROUP, GET_KEY)
# Each form that AWS KMS knows, but the key's own ARN.
KEYS: Final = (
    "alias/x",
    "1234abcd-12ab-34cd-56ef-1234567890ab",
    "mrk-1234abcd",
    "arn:aws-cn:kms:cn-north-1:1:alias/team/x_1",
)
# Every field that the console writes, with what it writes where nothing was set.
CONSOLE: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("s3BucketName", "s3KeyPrefix", "cloudWatchLogGroupName", "kmsKeyId", "runAsDefaultUser"), ""),
    "s3EncryptionEnabled": True,
    **dict.fromkeys(("cloudWatchStreamingEnabled", "runAsEnabled"), False),
    "cloudWatchEncryptionEnabled": True,
    "idleSessionTimeout": "20",
    "shellProfile": {"windows": "", "linux": ""},
}
OLD_BUCKET: Final = {"s3BucketName": "Old_Bucket.Name", "s3KeyPrefix": "."}
DOCUMENTS: Final[Mapping[str, Read]] = {
    "empty": Read({}),
    "key ARN": Read({"kmsKeyId": KEY}, {"kms_key_arns": [KEY]}),
    "bucket": Read({"s3BucketName": "session-logs", "s3EncryptionEnabled": False}, IN_BUCKET, [GET_PARTITION]),
    "an old bucket": Read(OLD_BUCKET, {"s3_log_bucket_arn": "arn:aws-cn:s3:::Old_Bucket.Name"}, [GET_PARTITION]),
    "log group": Read({"cloudWatchLogGroupName": "/ssm/sessions"}, IN_GROUP, FOR_GROUP),
    **{key: Read({"kmsKeyId": key}, WITH_KEY, [GET_KEY]) for key in KEYS},
    "all, as the console writes it": Read({**CONSOLE, **LOGGING}, ALL_OF_LOGGING, FOR_ALL),
    "other fields": Read(
        {"s3EncryptionEnabled": "{{ enforce }}", "runAsDefaultUser": "{{ x }}", "ofTomorrow": {"a": ["b"]}}
    ),
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_each_field_grants_and_asks_for_what_belongs_to_it(document: Read, *, preview: bool) -> None:
    """What is named becomes an ARN of the caller's partition, Region and account, in preview too.

    Each call is made once, and only for a name that needs it. Enforcement alone asks and grants nothing, empty texts
    are unset, and other fields are ignored.
    """
    record = PERMISSIONS.declare({"session_preferences": session(document.inputs)}, answer=answering(), preview=preview)
    key = {"keyId": document.inputs.get("kmsKeyId")}

    assert sorted((call.token, call.args) for call in record.invokes) == sorted(
        (call, key if call == GET_KEY else {}) for call in document.calls
    )
    assert PERMISSIONS.policy(record)["policy"] == compact(*wanted(document.grants))


@pytest.mark.parametrize("kind", ["Standard_Stream", "InteractiveCommands", "NonInteractiveCommands", "Port"])
def test_every_type_of_session_is_read(kind: str) -> None:
    """A document of any session type, without inputs and as long as Systems Manager takes, is read the same."""
    content = f'{{"schemaVersion": "1.0", "sessionType": "{kind}", "parameters": {{}}}}'.ljust(65_536)
    record = PERMISSIONS.declare({"session_preferences": content})

    assert PERMISSIONS.policy(record)["policy"] == compact(CHANNELS)


def test_the_other_inputs_add_to_it() -> None:
    """Keys, heartbeat, the other account and the bucket's key come on top of what the document says.

    Enforced encryption stands for any bucket where the document names none, as it does without a document.
    """
    switches = ("s3_log_encryption_enforced", "allow_update_instance_information", "s3_log_cross_account")
    others = {**dict.fromkeys(switches, True), "s3_log_kms_key_arn": BUCKET_KEY}
    record = PERMISSIONS.declare(
        {**others, "session_preferences": session(LOGGING), "kms_key_arns": [OTHER_KEY, FOUND_KEY]}, answer=answering()
    )
    grants = {**ALL_OF_LOGGING, **others, "kms_key_arns": [FOUND_KEY, OTHER_KEY]}
    any_bucket = PERMISSIONS.declare({"session_preferences": session({}), "s3_log_encryption_enforced": True})

    assert PERMISSIONS.policy(record)["policy"] == compact(*wanted(grants))
    assert PERMISSIONS.policy(any_bucket)["policy"] == compact(CHANNELS, ANY_ENCRYPTION)


def test_the_calls_follow_the_components_provider() -> None:
    """Every call is made with the provider that the caller gave the component: another Region has other keys."""
    record = PERMISSIONS.declare(
        {"session_preferences": session(LOGGING)},
        lambda: pulumi.ResourceOptions(provider=aws.Provider("china", region="cn-north-1")),
        answer=answering(),
    )

    assert [call.provider for call in record.invokes] == [f"{STACK}$pulumi:providers:aws::china::china-id"] * 4


def test_preferences_that_turn_out_to_be_none_exclude_no_input() -> None:
    """Until they are known, an input that they would exclude is not judged."""
    grants = {"s3_log_bucket_arn": BUCKET}
    record = PERMISSIONS.declare(lambda: {**grants, "session_preferences": output(None)})

    assert PERMISSIONS.policy(record)["policy"] == compact(*wanted(grants))


def preferences(way: Callable[[str], Any]) -> Callable[[], Mapping[str, Any]]:
    """Return a component's inputs with session preferences."""
    return lambda: {"session_preferences": way(session(LOGGING))}


NOT_FOUND: Final = answering({GET_KEY: KEY_NOT_FOUND})
DENIED: Final = answering({GET_KEY: KEY_DENIED})
NOT_RETURNED: Final = rule_for("a key that may not be asked for")
UNSAID: Final = f"{NOT_RETURNED.partition(' (')[0]}; {NOT_RETURNED.partition('; ')[2]}"
"""The rule without AWS's words."""


@pytest.mark.parametrize(
    ("way", "preview", "answer", "said"),
    [
        (plain, True, NOT_FOUND, f"'alias/sessions': {rule_for('no such key')}"),
        (output, False, NOT_FOUND, f"'alias/sessions': {rule_for('no such key')}"),
        (secret, False, NOT_FOUND, f"[secret]: {rule_for('no such key')}"),
        (output, True, DENIED, f"'alias/sessions': {NOT_RETURNED}"),
        (secret, False, DENIED, f"[secret]: {UNSAID}"),
    ],
    ids=["not found, plain, preview", "not found, Output", "not found, secret", "denied, preview", "denied, secret"],
)
def test_a_key_that_aws_does_not_return(way: Callable[[str], Any], answer: Answer, said: str, *, preview: bool) -> None:
    """Preferences that name it are wrong, plain ones in preview already; AWS's words are not printed of secret ones."""
    record = PERMISSIONS.try_declare(preferences(way), preview=preview, answer=answer)

    assert str(record.error) == f"{PERMISSIONS.owner}: session_preferences.inputs.kmsKeyId {said}"
    assert PERMISSIONS.policy_type not in PERMISSIONS.written(record)


@pytest.mark.parametrize(
    ("arn", "shown", "rule"),
    [("", ".inputs.kmsKeyId 'alias/sessions'", "mocks without a key"), (5, " '5.0'", "mocks with another key")],
    ids=["empty", "a number"],
)
def test_an_odd_arn_of_mocks(arn: object, shown: str, rule: str) -> None:
    """It is a wrong answer in an update, and no unknown document."""
    content = session({"kmsKeyId": "alias/sessions"})
    error = PERMISSIONS.try_declare({"session_preferences": content}, answer=lambda _: {"arn": arn}).error

    assert str(error) == f"{PERMISSIONS.owner}: session_preferences{shown}: {rule_for(rule)}"


def test_what_is_no_arn_is_not_shown_of_secret_preferences() -> None:
    """It repeats what they name."""
    content = session({"kmsKeyId": "x"})
    record = PERMISSIONS.try_declare(lambda: {"session_preferences": secret(content)}, answer=lambda _: {"arn": "key"})
    said = f"session_preferences [secret]: {rule_for('mocks with another key')}"

    assert str(record.error) == f"{PERMISSIONS.owner}: {said}"


def after_a_component() -> pulumi.ResourceOptions:
    """Depend on what an older engine, or a plugin, does not say is to be created."""
    return pulumi.ResourceOptions(depends_on=[pulumi.ComponentResource("app:index:Team", "team")])


@pytest.mark.parametrize(
    ("way", "opts"),
    [(output, None), (plain, after_a_component), (plain, depending)],
    ids=["an Output", "after a component", "after a resource"],
)
def test_a_key_that_does_not_exist_yet(way: Callable[[str], Any], opts: Any) -> None:
    """In preview, preferences may name an alias that the same program makes: the policy is not known yet."""
    record = PERMISSIONS.declare(preferences(way), opts, preview=True, answer=NOT_FOUND)

    assert record.results["policy_json"] == UNKNOWN


def test_a_key_that_aws_shows_late() -> None:
    """An update asks again for a key that the program may have made."""
    asked: list[str] = []

    def answer(call: MockCallArgs) -> Any:
        asked.append(call.token)
        return answering({GET_KEY: KEY_NOT_FOUND} if asked.count(GET_KEY) < 3 else {})(call)

    record = PERMISSIONS.declare({"session_preferences": session({"kmsKeyId": "x"})}, depending, answer=answer)

    assert record.results["policy_json"] == compact(CHANNELS, decrypt(FOUND_KEY))


@pytest.mark.parametrize("names", [["kmsKeyId"], ["s3BucketName"], ["cloudWatchLogGroupName"], [*LOGGING]], ids=str)
def test_a_provider_that_is_not_configured_yet(names: list[str]) -> None:
    """In preview, a provider whose Region is not known yet answers nothing: the policy is not known either."""
    content = session({name: LOGGING[name] for name in names})
    record = PERMISSIONS.declare({"session_preferences": content}, preview=True, answer=lambda _: {})

    assert PERMISSIONS.policy(record) == {"role": "web", "policy": UNKNOWN}


FIELDS: Final = {GET_PARTITION: "partition", GET_REGION: "region", CALLER_IDENTITY: "accountId"}


def test_mocks_that_answer_nothing() -> None:
    """In a user's own unit tests, each call that the mocks leave unanswered has a line with the field that it needs."""
    record = PERMISSIONS.try_declare(preferences(plain), answer=lambda _: {})
    said = rule_for("mocks without a partition").removesuffix("partition")

    assert str(record.error).splitlines() == [
        *(
            f"{PERMISSIONS.owner}: session_preferences: {said.replace(GET_PARTITION, each)}{FIELDS[each]}"
            for each in FIELDS
        ),
        f"{PERMISSIONS.owner}: session_preferences.inputs.kmsKeyId 'alias/sessions': {rule_for('mocks without a key')}",
    ]
