"""Three examples, run on the engine as their folders have them, and the package installed by a commit."""

import shutil
import subprocess
import sys

import pytest
import yaml
from documents import KEY, wanted
from engine.runs import OWN, ROOT, own, preferences, run, writes
from programs import ACCOUNT

ON = {"allow_update_instance_information": True}

# To load pulumi_aws.s3 is to be warned of every old resource in it, used or not.
pytestmark = pytest.mark.filterwarnings(r"ignore:(aws\.)?s3[./]:DeprecationWarning")


def up(box, example, **given):
    """Run an example, with the defaults of its configuration, twice: the second run has nothing to do. Return outputs."""
    folder = ROOT / "examples" / example
    asked = yaml.safe_load((folder / "Pulumi.yaml").read_text())["config"]
    defaults = {name: setting["default"] for name, setting in asked.items() if "default" in setting}
    stack = box.stack(box.example(folder), config={**defaults, **given})
    first, second = run(stack), run(stack)

    assert ([first.lines, first.failed], second.steps) == ([[], False], [])
    return {name: each.value for name, each in stack.outputs().items()}


def test_new_session_logs(box):
    """Its own bucket, log group and keys are granted by one `up`, each for its purpose."""
    box.create_role("web", policies={"own": OWN})
    outputs = up(box, "new_session_logs", role="web")
    kms, here = box.client("kms"), f"eu-west-1:{ACCOUNT}"
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    of_bucket = [key["Arn"] for key in keys if key["Description"] == "Session Manager's logs in S3"]
    made = {
        "cloudwatch_log_group_arns": [f"arn:aws:logs:{here}:log-group:{outputs['cloudwatch_log_group_name']}"],
        "s3_log_bucket_arn": f"arn:aws:s3:::{outputs['s3_bucket_name']}",
        "s3_log_key_prefix": outputs["s3_key_prefix"],
        "kms_key_arns": [f"arn:aws:kms:{here}:key/{outputs['kms_key_id']}"],
        "s3_log_kms_key_arn": of_bucket[0],
    }

    assert own(box) == [wanted(**ON, **made)]


def test_from_preferences(box):
    """What the Region's document names is granted; after a change in the console, the next `up` is one write."""
    box.create_role("web")
    ssm, kms, name = box.client("ssm"), box.client("kms"), "SSM-SessionManagerRunShell"
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/sessions", TargetKeyId=key["KeyId"])

    def choose(**inputs):
        ssm.create_document(Name=name, DocumentType="Session", Content=preferences(**inputs))

    choose(s3BucketName="session-logs", s3KeyPrefix="web/", kmsKeyId="alias/sessions")
    up(box, "from_preferences", role="web")
    chosen = own(box)
    ssm.delete_document(Name=name)
    choose(s3BucketName="")
    up(box, "from_preferences", role="web")

    bucket = {"s3_log_bucket_arn": "arn:aws:s3:::session-logs", "s3_log_key_prefix": "web"}
    assert (chosen, own(box)) == ([wanted(**ON, **bucket, kms_key_arns=[key["Arn"]])], [wanted(**ON)])
    assert [each for each in writes(box) if each.startswith("PutRolePolicy")] == ["PutRolePolicy web"] * 2


def test_fleet(box):
    """Each role has the one policy with its description, path and tags; one that goes loses it in a write."""
    box.create_role("web")
    roles = ["web", box.create_role("api", path="/team/")]
    arn = up(box, "fleet", roles=roles, kmsKeyArns=[KEY])["policy_arn"]
    found = box.client("iam").get_policy(PolicyArn=arn)["Policy"]
    both = [own(box, role) for role in ("web", "api")]
    up(box, "fleet", roles=roles[1:], kmsKeyArns=[KEY])
    shown = [found[name] for name in ("Description", "Path", "Tags")]
    team = [{"Key": "team", "Value": "platform"}]

    assert both == [[wanted(**ON, kms_key_arns=[KEY])]] * 2
    assert shown == ["Session Manager: shells on the nodes of these roles", "/session-manager/", team]
    assert writes(box)[-1] == "DetachRolePolicy web"


def test_a_commit_can_be_installed(tmp_path):
    """A program that pins a commit of the repository, as `git+https://…@COMMIT`, gets the package of that commit."""
    clone, target = tmp_path / "clone", tmp_path / "target"
    git = [
        shutil.which("git"),
        "-C",
        str(clone),
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "-c",
        "commit.gpgsign=false",
    ]
    shutil.copytree(ROOT, clone, ignore=shutil.ignore_patterns(".*", "sdks", "dist"))
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    (clone / "pulumi_ssm_perms/__init__.py").write_text("raise SystemExit('a later commit')\n")
    subprocess.run([*git, "commit", "-qam", "two"], check=True)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", f"--target={target}"]
    subprocess.run([*pip, f"pulumi-ssm-perms @ git+{clone.as_uri()}@{commit}"], check=True)
    code = "import pulumi_ssm_perms as made; print(made.__file__, len(made.policy_document()['Statement']))"
    said = subprocess.run([sys.executable, "-c", code], cwd=target, check=True, capture_output=True, text=True).stdout

    assert said == f"{target}/pulumi_ssm_perms/__init__.py 1\n"
