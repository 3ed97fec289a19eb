"""A preview of an example warns of nothing, with what its reader is asked for and no more.

Those in other languages are in `test_programs.py`.
"""

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from sandbox import Sandbox
from tests.answers import session
from tests.docs.pages import ROOT, examples
from tests.documents import BUCKET, KEY, LOG_GROUP
from tests.languages.printed import warnings

# To load pulumi_aws.s3 is to be warned of every old resource in it, used or not; programs of users are not told.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:(aws\.)?s3[./]:DeprecationWarning", "ignore::DeprecationWarning:pulumi_aws"
)

ANSWERS: Final = {
    "role": "web",
    "taskRole": "web",
    "roles": ["web", "api"],
    "sessionKeyArn": KEY,
    "bucketArn": BUCKET,
    "logGroupArn": LOG_GROUP,
}
PYTHON: Final = [example for example in examples() if (ROOT / example / "__main__.py").exists()]


def configuration(example: Path) -> dict[str, Any]:
    """Return what a stack of an example has: the defaults, and the answers where there is none."""
    project = example / "Pulumi.yaml"
    asked = yaml.safe_load((project if project.exists() else ROOT / "Pulumi.yaml").read_text())["config"]
    return {name: setting["default"] if "default" in setting else ANSWERS[name] for name, setting in asked.items()}


@pytest.mark.parametrize("example", PYTHON)
def test_a_preview_warns_of_nothing(example: str, box: Sandbox) -> None:
    """Whoever runs an example reads what it will do, and no warning that is to be ignored."""
    box.client("ssm").create_document(Name="SSM-SessionManagerRunShell", DocumentType="Session", Content=session({}))
    program = box.example(ROOT / example)
    output = box.stack(program, config=configuration(ROOT / example)).preview().stdout

    assert "to create" in output
    assert warnings(output) == []
