"""What is asked about roles, and said of them, in a program in YAML, through the plugin."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from sandbox import Sandbox
from tests.answers import HEARTBEAT
from tests.documents import KEY
from tests.on_engine import TRUST, in_yaml
from tests.sentences import denied, silent
from tests.world import NO_KEY, READY

ROLES: Final = ["arn:aws:iam::123456789012:role/bare", "other", "web"]
ONE: Final = "ssm-perms:SessionManagerPermissions"
CHECKED: Final = {"check": "advisory", "kmsKeyArns": [{"fn::secret": KEY}]}
RESOURCES: Final[Mapping[str, Any]] = {
    "web": {"type": ONE, "properties": {"role": "web", **CHECKED}},
    "named": {"type": "aws:iam:Role", "properties": {"name": "later", "assumeRolePolicy": TRUST}},
    "later": {
        "type": ONE,
        "properties": {"role": "later", "check": "mandatory", "allowUpdateInstanceInformation": True},
        "options": {"dependsOn": ["${named}"]},
    },
    "fleet": {"type": "ssm-perms:SessionManagerManagedPolicy", "properties": {"roles": ROLES, "check": "advisory"}},
}
IN_SCHEMA: Final = ("allow_update_instance_information", "allowUpdateInstanceInformation")
OUTPUTS: Final = {name: f"${{{name}.deniedActions}}" for name in ("later", "fleet", "web")}


def test_a_role_is_judged_from_yaml(box: Sandbox) -> None:
    """Preview and update say the same of the roles, in the schema's words."""
    box.create_role("web", policies={"own": READY, "no": NO_KEY})
    box.create_role("bare")
    box.create_role("other")
    said = [in_yaml(box, RESOURCES, command, outputs=OUTPUTS) for command in ("preview", "up")]
    folder = box.stack(lambda: None).workspace.work_dir
    outputs = box.pulumi("stack", "output", "--json", "--show-secrets", cwd=folder).stdout
    warned = [re.findall(r"(?m)^    (warning: (?!using pulumi-).*)$", printed) for printed in said]
    expected = [
        "warning: " + denied("kms:Decrypt on [secret]", "[secret]", region="[secret]"),
        "warning: " + silent("roles 'bare', 'other'").replace(*IN_SCHEMA),
    ]

    assert [sorted(found) for found in warned] == [sorted(expected)] * 2
    assert json.loads(outputs) == {
        "web": ["kms:Decrypt"],
        "later": [],
        "fleet": {"bare": [HEARTBEAT], "other": [HEARTBEAT]},
    }
