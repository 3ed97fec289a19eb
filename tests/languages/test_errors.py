"""Wrong inputs through the plugin: the component's own words, in the names of the schema, and no Python lines.

The engine prints them, whatever the program's language is: these are in YAML.
"""

from typing import Any

from sandbox import Sandbox
from tests.components import PERMISSIONS
from tests.languages.printed import complaints, refused
from tests.on_engine import in_yaml


def printed(box: Sandbox, **properties: Any) -> str:
    """Return what `pulumi up` prints of a component with these inputs, which fails."""
    return in_yaml(box, {"web": {"type": PERMISSIONS.type, "properties": {"role": "web", **properties}}}, fails=True)


def test_a_wrong_secret_is_refused_unseen(box: Sandbox) -> None:
    """A secret that turns out to be wrong as it resolves is refused in the same words, without its value."""
    found = printed(box, kmsKeyArns=[{"fn::secret": "alias/hidden"}])
    [line] = refused("web", kms_key_arns=["alias/hidden"])

    assert complaints(found) == {line.replace("'alias/hidden'", "[secret]")}
    assert "hidden" not in found


def test_what_aws_refuses_is_said_without_python_lines(box: Sandbox) -> None:
    """A role that does not exist is found out by AWS, and the user reads the AWS provider's message alone."""
    found = printed(box, role="nobody")

    assert "NoSuchEntity" in found
    assert complaints(found) == set()
