"""What is asked about roles, and said of them, in a program in YAML, through the plugin."""

import json
import re
from pathlib import Path
from typing import Final

from sandbox import Sandbox
from tests.answers import HEARTBEAT, warning
from tests.documents import KEY, decrypt, policy
from tests.on_engine import READY, TRUST

YAML: Final = """\
name: checked
runtime: yaml
variables:
  key:
    fn::secret: KEY
resources:
  web:
    type: ssm-perms:SessionManagerPermissions
    properties:
      role: web
      checkRole: true
      kmsKeyArns: ["${key}"]
  named:
    type: aws:iam:Role
    properties:
      name: later
      assumeRolePolicy: TRUST
  later:
    type: ssm-perms:SessionManagerPermissions
    properties:
      role: later
      checkRole: true
      allowUpdateInstanceInformation: true
    options:
      dependsOn: ["${named}"]
  fleet:
    type: ssm-perms:SessionManagerManagedPolicy
    properties:
      roles: ["arn:aws:iam::123456789012:role/bare", other, web]
      checkRoles: true
outputs:
  later: ${later.deniedActions}
  fleet: ${fleet.deniedActions}
  web: ${web.deniedActions}
"""


def test_a_role_is_judged_from_yaml(box: Sandbox, tmp_path: Path) -> None:
    """Roles are judged in the schema's words, a new one in up alone."""
    box.create_role("web", policies={"own": READY, "no": policy({**decrypt(KEY), "Effect": "Deny"})})
    box.create_role("bare")
    box.create_role("other")
    box.configure(tmp_path)
    program = YAML.replace("KEY", KEY).replace("TRUST", json.dumps(TRUST))
    (tmp_path / "Pulumi.yaml").write_text(program)
    box.pulumi("stack", "init", "dev", cwd=tmp_path)
    preview = box.pulumi("preview", cwd=tmp_path)
    up = box.pulumi("up", "--yes", "--skip-preview", cwd=tmp_path)
    outputs = box.pulumi("stack", "output", "--json", "--show-secrets", cwd=tmp_path)
    warned = re.findall(r"(?m)^    (warning: (?!using pulumi-).*)$", preview.stdout + up.stdout)
    expected = [
        "warning: " + warning("NO_HEARTBEAT", "roles 'bare', 'other'"),
        "warning: " + warning("DENIED_IN", calls="kms:Decrypt on [secret]", policies="role_web_no"),
    ]

    assert sorted(warned) == sorted(expected * 2)
    assert json.loads(outputs.stdout) == {
        "web": ["kms:Decrypt"],
        "later": [],
        "fleet": {"bare": [HEARTBEAT], "other": [HEARTBEAT]},
    }
