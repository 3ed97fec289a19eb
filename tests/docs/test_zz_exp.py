"""x."""
import json, re
import pulumi, pytest
import pulumi_aws as aws
import pulumi.automation as auto
import pulumi_ssm_perms
from pulumi_ssm_perms import SessionManagerPermissions, SessionManagerManagedPolicy, policy_document
from tests.docs.runs import up, nothing, held
from tests.on_engine import *
from tests.fleets import fleet
ROLE="web-role"
D = policy_document(s3_log_encryption_enforced=True)

def show(label, stack, what="preview", **k):
    try:
        r = getattr(stack, what)(**k).stdout; ok=True
    except auto.CommandError as e:
        r = str(e); ok=False
    lines=[l for l in r.splitlines() if re.search(r"aws:iam|error|warning|unchanged|AccessDenied|info:|IAM", l)]
    print(f"--- {label} {what} {'ok' if ok else 'FAILED'}\n   ", "\n    ".join(l[:200] for l in lines))

def put(box, doc=D, name="SessionManager"):
    box.client("iam").put_role_policy(RoleName=ROLE, PolicyName=name, PolicyDocument=json.dumps(doc)); box.forget()

def comp(imp=None, **a):
    return permissions(role=ROLE, opts=lambda: pulumi.ResourceOptions(import_=imp), **{"policy_name": "SessionManager", **a})


from pathlib import Path
import yaml
@pytest.mark.parametrize("imp", ["same", "desc"])
def test_managed(box, imp):
    d = {"Description": "Sessions."} if imp == "desc" else {}
    made = box.client("iam").create_policy(PolicyName="SessionManager", PolicyDocument=json.dumps(D), **d)["Policy"]["Arn"]; box.forget()
    for name in ("SessionManager", None):
        s = box.stack(fleet([ROLE], opts=lambda: pulumi.ResourceOptions(import_=made), policy_name=name)); show(f"managed {name}", s)
    s = box.stack(fleet([ROLE], opts=lambda: pulumi.ResourceOptions(import_=made), policy_name="SessionManager", s3_log_encryption_enforced=True)); show(f"managed same", s); show("m", s, "up"); print(writes(box))
    s = box.stack(fleet([ROLE], policy_name="SessionManager", s3_log_encryption_enforced=True)); show("without", s)

IMPORT = {"resources": [{"type": "ssm-perms:index:SessionManagerPermissions", "name": "web", "component": True},
  {"type": "aws:iam/rolePolicy:RolePolicy", "name": "web-session-manager", "id": "web-role:SessionManager", "parent": "web"}]}

def test_file(box, terminal):
    put(box)
    con = terminal(box.stack(nothing))
    Path(con.folder, "import.json").write_text(json.dumps(IMPORT))
    print(con.run("$ pulumi import --file import.json --generate-code=false")[0][-600:])
    s = box.stack(comp()); show("differs", s); 
    s = box.stack(comp(s3_log_encryption_enforced=True)); show("same", s); show("same", s, "up"); print(writes(box))
    s = box.stack(comp(policy_name=None, s3_log_encryption_enforced=True)); show("noname", s)

def test_own(box, terminal):
    def bare(): aws.iam.RolePolicy("old", role=ROLE, name="SessionManager", policy=json.dumps(D))
    up(box, bare); con = terminal(box.stack(bare))
    con.run("$ pulumi state delete 'urn:pulumi:dev::app::aws:iam/rolePolicy:RolePolicy::old'")
    s = box.stack(comp("web-role:SessionManager", s3_log_encryption_enforced=True)); show("own", s); show("own", s, "up"); print(writes(box))
    s.destroy(); 

def test_move(box, terminal):
    here = up(box, comp()); box.stack(nothing, project="platform").up()
    print(terminal(here).run("$ pulumi state move --source organization/app/dev --dest organization/platform/dev 'urn:pulumi:dev::app::ssm-perms:index:SessionManagerPermissions::web'"))
    for t, p in ((comp(), "platform"), (nothing, "app")):
        s=box.stack(t, project=p); show(p, s, "up")
    print(writes(box))

@pytest.mark.parametrize("action", ["DeleteRolePolicy"])
def test_killed_destroy(box, terminal, action):
    s = up(box, permissions(role=ROLE))
    box.answer(action, lambda _: box.kill())
    try: s.destroy()
    except auto.CommandError as e: print("killed", str(e)[-300:])
    box.answer(action, lambda _: None)
    show("locked", s, "destroy")
    con = terminal(s); con.run("$ pulumi cancel")
    print(box.role_policies(ROLE).keys())
    print(json.loads(box.state_file().read_text())["checkpoint"]["latest"].get("pending_operations"))
    try: print(con.run("$ pulumi destroy --refresh")[0][-500:])
    except AssertionError as e: print("destroy --refresh", e)
    print(box.role_policies(ROLE).keys())

def test_killed_destroy_up(box, terminal):
    s = up(box, permissions(role=ROLE))
    box.answer("DeleteRolePolicy", lambda _: box.kill())
    try: s.destroy()
    except auto.CommandError as e: pass
    box.answer("DeleteRolePolicy", lambda _: None)
    con = terminal(s); con.run("$ pulumi cancel")
    show("preview", s, refresh=True); show("up", s, "up", refresh=True)
    print(box.role_policies(ROLE).keys())

def test_history(box, tmp_path):
    import subprocess
    s = up(box, permissions(role=ROLE)); f = s.workspace.work_dir
    yaml_project(box, resources={})
    g=["git","-C",f,"-c","user.name=a","-c","user.email=a@b"]
    subprocess.run([*g,"init","-q"]); subprocess.run([*g,"add","-A"]); subprocess.run([*g,"commit","-qm","x"])
    r = box.pulumi("up","--yes","--skip-preview",cwd=f); print(r.stdout[-300:], r.stderr[-300:])
    r = box.pulumi("stack","history","--json",cwd=f); print(r.stdout[:1500], r.stderr)
    r = box.pulumi("stack","history",cwd=f); print(r.stdout[:1500], r.stderr)
