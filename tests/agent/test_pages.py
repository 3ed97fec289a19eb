"""What the pages say of the agent is what was recorded: a newer record changes the pages, or fails here."""

import re
from collections.abc import Mapping
from typing import Final

import pytest

from tests.agent.consequences import (
    BUCKET_KEY,
    Consequence,
    Denial,
    Outcome,
    Setting,
    consequence,
    denial_of,
    outcome_of,
    settings_of,
)
from tests.agent.record import AGENT, DISTURBED, RUNS, named
from tests.agent.test_grants import FULLEST, GRANTS
from tests.docs.pages import ROOT, table

GRANTED: Final = "docs/iam-policy.md"
WHY: Final = "What is granted, and why"
TROUBLE: Final = "docs/troubleshooting.md"
SYMPTOMS: Final = "From symptom to cause to input"
TESTED: Final = "docs/what-is-tested.md"

# What can be denied of the fullest document; the bucket's own key is the one that its inputs name.
DENIALS: Final = {
    Denial(action, BUCKET_KEY if resource == FULLEST["s3_log_kms_key_arn"] else "") for action, resource in GRANTS
}


IN_PARTS, ENFORCED, STREAMING, OTHERWISE = Setting
NOT_SET_UP: Final = "encryption is not set up on the selected CloudWatch Logs log group"


def actions(cell: str) -> list[str]:
    """Return the actions that a cell names."""
    return re.findall(r"`(\w+:\w+)`", cell)


WITHOUT: Final[Mapping[Denial, Consequence]] = {
    Denial(action, BUCKET_KEY if resource == BUCKET_KEY else ""): consequence(text)
    for names, resource, _, text in table(GRANTED, WHY)
    for action in actions(names)
}
"""What happens without each action, as docs/iam-policy.md says."""


def test_every_grant_can_be_denied() -> None:
    """The page leaves out no action of the fullest document, and has none that is not granted."""
    assert WITHOUT.keys() == DENIALS


@pytest.mark.parametrize("denial", WITHOUT, ids=" ".join)
def test_each_denial_has_its_recorded_consequence(denial: Denial) -> None:
    """Each recorded run in which it was denied came out as the page says, and no setting there is without a run."""
    recorded: dict[Setting, set[Outcome]] = {}
    for run in DISTURBED:
        if denial_of(run) == denial:
            setting = next(each for each in WITHOUT[denial] if each in (*settings_of(run), OTHERWISE))
            recorded.setdefault(setting, set()).add(outcome_of(run))

    assert recorded == {setting: {outcome} for setting, outcome in WITHOUT[denial].items()}


def quoted(text: str) -> list[str]:
    """Return what a text has between quotation marks."""
    return re.findall(r'"([^"]+)"', text)


# The symptoms of docs/troubleshooting.md, each with what is denied (of which key), and in which setting.
CAUSES: Final[Mapping[str, tuple[Denial, Setting]]] = {
    "`TargetNotConnected`, and the node is not listed": (Denial("ssm:UpdateInstanceInformation"), OTHERWISE),
    '"Unable to retrieve data key"': (Denial("kms:Decrypt"), OTHERWISE),
    "shells fail, and port forwarding works": (Denial("kms:Decrypt"), OTHERWISE),
    '"unable to validate encryption on Amazon S3 bucket"': (Denial("s3:GetEncryptionConfiguration"), ENFORCED),
    "no log, and the bucket refuses uploads without encryption": (Denial("s3:GetEncryptionConfiguration"), OTHERWISE),
    "no log in the bucket": (Denial("s3:PutObject"), OTHERWISE),
    "no log in a bucket that has a KMS key of its own": (Denial("kms:GenerateDataKey", BUCKET_KEY), OTHERWISE),
    "small logs arrive, and there is no log of a long session": (Denial("kms:Decrypt", BUCKET_KEY), IN_PARTS),
    "no log in a bucket of another account": (Denial("s3:PutObjectAcl"), OTHERWISE),
    f'"{NOT_SET_UP}", although it is': (Denial("logs:DescribeLogGroups"), ENFORCED),
    "no log in the log group, and nothing else fails": (Denial("logs:DescribeLogGroups"), STREAMING),
    "no log in the log group, streaming or not": (Denial("logs:CreateLogStream"), OTHERWISE),
    "no log in the log group, and processes of ended sessions stay on the node": (
        Denial("logs:PutLogEvents"),
        OTHERWISE,
    ),
}


def test_the_symptoms_are_the_recorded_ones() -> None:
    """They are each consequence that a user notices and an input mends, and no other."""
    noticed = {
        (denial, setting)
        for denial, outcomes in WITHOUT.items()
        for setting, outcome in outcomes.items()
        if outcome is not Outcome.ARRIVES and not denial.action.startswith("ssmmessages:")
    }

    assert set(CAUSES.values()) == noticed


def test_the_page_has_the_symptoms() -> None:
    """Each row of docs/troubleshooting.md names a symptom, and then the action that is denied."""
    rows = {symptom: actions(cause)[0] for symptom, cause, _ in table(TROUBLE, SYMPTOMS)}

    assert rows == {text: denial.action for text, (denial, _) in CAUSES.items()}


@pytest.mark.parametrize("text", [text for text in CAUSES if text.startswith('"')])
def test_a_symptoms_message_is_that_of_the_session(text: str) -> None:
    """The message that a symptom quotes is in that of every recorded session that it is about."""
    denial, setting = CAUSES[text]
    [message] = quoted(text)
    runs = [run for run in DISTURBED if denial_of(run) == denial]
    texts = [run.text for run in runs if setting in (OTHERWISE, *settings_of(run))]

    assert texts
    assert [found for found in texts if message not in found] == []


def prose(page: str) -> str:
    """Return a page without its blocks, each paragraph on one line."""
    return re.sub(r"(?<!\n)\n(?!\n)\s*", " ", re.sub(r"```.*?```", "", (ROOT / page).read_text(), flags=re.DOTALL))


def section(page: str, heading: str) -> str:
    """Return what stands under a heading of a page."""
    _, found, rest = prose(page).partition(f"\n## {heading}\n")
    assert found
    return rest.partition("\n## ")[0]


def test_each_quoted_message_was_recorded() -> None:
    """Each message on the page is one that the agent gave, or part of one."""
    messages = quoted(prose(TROUBLE))

    assert messages
    assert [message for message in messages if not any(message in run.text for run in RUNS)] == []


def test_port_forwarding_asks_for_nothing_but_its_channel() -> None:
    """With everything set, a session of the type Port asks for no key and writes no log."""
    run = named("port-all")

    assert {action for action, _ in run.needs} == {"ssmmessages:CreateDataChannel", "ssmmessages:OpenDataChannel"}
    assert outcome_of(run) is Outcome.LOST


def test_a_missing_log_group_costs_the_log_alone() -> None:
    """Where encryption is not enforced, a session works without its log group, which the agent never makes."""
    missing = [run for run in RUNS if run.environment.get("log_group_missing")]
    enforced = {"cwenf-missing"}

    assert {run.name for run in missing if run.outcome["shell_ran"]} == {run.name for run in missing} - enforced
    assert {call["call"] for run in RUNS for call in run.calls} & {"logs:CreateLogGroup"} == set()


def test_the_page_names_the_recorded_agent() -> None:
    """docs/what-is-tested.md says which agent it was, of which day, on which system, and how many runs there are."""
    text = section(TESTED, "The agent")
    told_of = (f"**{AGENT['name']}**", f"`{AGENT['commit']}`", f"({AGENT['committed']}, ", f"on {AGENT['system']}")
    stayed = {
        f"{run.outcome['worker_still_running_after_s']} seconds"
        for run in DISTURBED
        if outcome_of(run) is Outcome.STAYS
    }

    assert [fact for fact in (*told_of, f"in {len(RUNS)} runs", *stayed) if fact not in text] == []


@pytest.mark.parametrize("page", [GRANTED, TROUBLE])
def test_what_may_age_has_its_date(page: str) -> None:
    """A page that tells what the agent does says of which day the recorded agent is, and of no other."""
    days = set(re.findall(r"agent of (\d{4}-\d\d-\d\d)", prose(page)))

    assert days == {AGENT["committed"]}
