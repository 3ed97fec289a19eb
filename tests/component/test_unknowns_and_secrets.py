"""Inputs that a preview does not know, and secret ones: what comes of them is unknown or secret, and nothing else."""

from importlib import metadata

import pulumi
import pytest
import semver

from tests.documents import KEY
from tests.mocks import UNKNOWN, Secret, unknown
from tests.permissions import ROLE_POLICY, VALUES, declared, one

# Where in the request an input goes, if not into the document.
GOES_TO = {"role": "role", "policy_name": "name"}

# The SDKs before, of those that the package takes, send what is unknown without the secret.
SAYS_SECRET = semver.VersionInfo.parse(metadata.version("pulumi")) >= semver.VersionInfo(3, 261)

each_input = pytest.mark.parametrize("name", VALUES)


@each_input
def test_an_unknown_value_leaves_open_only_what_it_decides(name: str) -> None:
    """In preview an unknown input makes unknown what comes of it, the document, the role or the name, and no more."""
    plain = one(name, lambda value: value, preview=True).only(ROLE_POLICY).inputs
    record = one(name, lambda _: unknown(), preview=True)
    decided = GOES_TO.get(name, "policy")

    assert record.only(ROLE_POLICY).inputs == {**plain, decided: UNKNOWN}


@pytest.mark.parametrize("name", ["kms_key_arns", "cloudwatch_log_group_arns"])
def test_an_unknown_element_leaves_the_document_open(name: str) -> None:
    """In preview one unknown element of a list makes the document unknown, and the policy is planned still."""
    record = one(name, lambda value: [value[0], unknown()], preview=True)

    assert record.only(ROLE_POLICY).inputs == {"role": "web", "policy": UNKNOWN}


def test_outputs_of_unknown_inputs() -> None:
    """The outputs that depend on an unknown input are unknown in preview, and the others known."""
    record = declared(lambda: {"role": unknown()}, preview=True)

    assert {name: record.results[name] == UNKNOWN for name in ("role_name", "policy_json")} == {
        "role_name": True,
        "policy_json": False,
    }


@each_input
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_a_secret_stays_one(name: str, preview: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """What comes of a secret input is secret, in the request and in the outputs, and nothing else is."""
    plain = one(name, lambda value: value, preview=preview).only(ROLE_POLICY).inputs
    record = one(name, pulumi.Output.secret, preview=preview)
    decided = GOES_TO.get(name, "policy")

    assert record.only(ROLE_POLICY).inputs == {**plain, decided: Secret(plain[decided])}


@pytest.mark.parametrize("name", ["kms_key_arns", "cloudwatch_log_group_arns"])
def test_a_secret_element_makes_the_document_secret(name: str) -> None:
    """One secret element of a list makes the whole document secret."""
    record = one(name, lambda value: [value[0], pulumi.Output.secret(value[1])])
    plain = one(name, lambda value: value).only(ROLE_POLICY).inputs

    assert record.only(ROLE_POLICY).inputs == {"role": "web", "policy": Secret(plain["policy"])}


def test_outputs_of_secret_inputs() -> None:
    """The outputs that come of secrets are secrets, too."""
    record = declared(lambda: {"role": pulumi.Output.secret("web"), "kms_key_arns": pulumi.Output.secret([KEY])})
    secrets = [name for name, value in record.results.items() if isinstance(value, Secret)]

    assert secrets == ["role_name", "policy_json"]


def test_an_unknown_secret_stays_secret() -> None:
    """In preview an unknown secret makes the document unknown and, as far as the SDK can say so, secret."""
    record = declared(lambda: {"kms_key_arns": pulumi.Output.secret(unknown())}, preview=True)
    document = Secret(UNKNOWN) if SAYS_SECRET else UNKNOWN

    assert record.only(ROLE_POLICY).inputs == {"role": "web", "policy": document}
