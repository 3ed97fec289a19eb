"""What `SessionManagerManagedPolicy` makes of each input's values: plain, from Outputs, secret and unknown."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest

from tests.documents import CHANNELS, KEY, decrypt
from tests.fleets import POLICY, POLICY_ARN, attachments, compact, declared
from tests.mocks import UNKNOWN, Secret, unknown

PROPERTIES: Mapping[str, tuple[str, Any]] = {
    "policy_name": ("name", "SessionManagerPermissions"),
    "description": ("description", "Session Manager for the web tier\t(überall)"),
    "path": ("path", "/session-manager/prod/"),
    "tags": ("tags", {"team": "platform", "Kosten stelle": "42 @ _.:/=+-"}),
}
plain_and_output = pytest.mark.parametrize(
    "wrap", [lambda value: value, pulumi.Output.from_input], ids=["plain", "Output"]
)


@plain_and_output
def test_everything_that_an_inline_policy_cannot_carry(wrap: Callable[[Any], Any]) -> None:
    """Name, description, path and tags reach the policy as they are, plain or from Outputs."""
    given = {"kms_key_arns": [KEY], **{name: value for name, (_, value) in PROPERTIES.items()}}
    record = declared(lambda: {"roles": ["web"], **{name: wrap(value) for name, value in given.items()}})

    assert record.only(POLICY).inputs == {**dict(PROPERTIES.values()), "policy": compact(CHANNELS, decrypt(KEY))}


def test_outputs_among_plain_elements() -> None:
    """Tags and lists may hold Outputs beside plain values."""
    out = pulumi.Output.from_input
    tags = {"tags": lambda: {"team": out("platform"), "stage": "prod"}, "kms_key_arns": lambda: [out(KEY), KEY]}

    assert declared({"roles": [], **tags}).only(POLICY).inputs == {
        "tags": {"team": "platform", "stage": "prod"},
        "policy": compact(CHANNELS, decrypt(KEY)),
    }


@pytest.mark.parametrize(
    ("name", "property_name", "value"),
    [
        ("description", "description", "ä" * 1000),
        ("description", "description", "two lines\r\nand a\ttab"),
        ("path", "path", "/"),
        ("path", "path", "/" + "a" * 510 + "/"),
        ("policy_name", "name", "p" * 128),
        ("tags", "tags", {}),
        ("tags", "tags", {f"key{number}": "" for number in range(50)}),
        ("tags", "tags", {"k" * 128: "v" * 256, "k": "v"}),
        ("tags", "tags", {"awsome": "aws:", "名前": "一 二"}),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_iam_takes_is_taken(name: str, property_name: str, value: object) -> None:
    """The longest values and the least usual characters that IAM takes reach it unchanged."""
    record = declared({"roles": [], name: value})

    assert record.only(POLICY).inputs == {property_name: value, "policy": compact(CHANNELS)}


@plain_and_output
@pytest.mark.parametrize("name", [*PROPERTIES, "kms_key_arns"])
def test_none_means_not_given(name: str, wrap: Callable[[Any], Any]) -> None:
    """`None` for an optional input, plain or from an Output, is as if it were left out."""
    record = declared(lambda: {"roles": [], name: wrap(None)})

    assert record.only(POLICY).inputs == {"policy": compact(CHANNELS)}


def test_a_preview_knows_each_role_whatever_the_key() -> None:
    """A key that is made in the same run leaves the document unknown, and the roles as they are."""
    record = declared({"roles": ["web"], "kms_key_arns": lambda: [unknown()]}, preview=True)

    assert record.only(POLICY).inputs == {"policy": UNKNOWN}
    assert attachments(record) == [("fleet/web", {"role": "web", "policyArn": POLICY_ARN})]
    assert record.results["policy_json"] == UNKNOWN


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_preview_passes_on_what_it_does_not_know(name: str) -> None:
    """An unknown input is unknown in the policy, and the document is still shown."""
    record = declared({"roles": [], name: unknown}, preview=True)

    assert record.only(POLICY).inputs == {PROPERTIES[name][0]: UNKNOWN, "policy": compact(CHANNELS)}


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_secret_stays_one(name: str) -> None:
    """A secret input is a secret of the policy, and makes nothing else secret."""
    property_name, value = PROPERTIES[name]
    record = declared(lambda: {"roles": ["web"], name: pulumi.Output.secret(value)})

    assert record.only(POLICY).inputs == {property_name: Secret(value), "policy": compact(CHANNELS)}


def test_a_secret_key_makes_the_document_secret() -> None:
    """A grant that is secret keeps the whole document so, also as output."""
    record = declared({"roles": [], "kms_key_arns": lambda: [pulumi.Output.secret(KEY)]})

    assert record.only(POLICY).inputs == {"policy": Secret(compact(CHANNELS, decrypt(KEY)))}
    assert record.results["policy_json"] == Secret(compact(CHANNELS, decrypt(KEY)))
