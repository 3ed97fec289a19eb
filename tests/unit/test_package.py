"""What users install: the exported names, the wheel's files and metadata, and what an import loads."""

import email
import importlib.metadata
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import pulumi_ssm_perms

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "pulumi_ssm_perms"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
INFO = f"pulumi_ssm_perms-{VERSION}.dist-info"

WITHOUT_THE_PACKAGE = """
import runpy, sys
sys.modules["pulumi_ssm_perms"] = None
plugin = runpy.run_path("plugin/__main__.py")
print(plugin["Plugin"](plugin["SCHEMA"].read_text()).schema, end="")
"""
EVERY_MODULE = """
import importlib, pkgutil, pulumi_ssm_perms as package
for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    importlib.import_module(module.name)
"""
LOADED_BY_THE_IMPORT = """
import sys
import pulumi, pulumi_aws, pulumi_aws.iam
before = set(sys.modules)
import pulumi_ssm_perms
print(*sorted(set(sys.modules) - before))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel of the source as it is now, made of the source distribution, which is beside it."""
    folder = tmp_path_factory.mktemp("dist")
    uv = str(Path(sysconfig.get_path("scripts"), "uv"))
    build = [uv, "build", "--quiet", "--no-build-isolation", "--python", sys.executable]
    subprocess.run([*build, "--out-dir", str(folder), str(ROOT)], check=True)
    [path] = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_exported_names() -> None:
    """The public surface is these names and no other; a change of it is a decision, and not an accident."""
    public = {name for name in vars(pulumi_ssm_perms) if not name.startswith("_")}

    assert pulumi_ssm_perms.__all__ == [
        "InvalidInputError",
        "NotAllowedError",
        "Problem",
        "SessionManagerManagedPolicy",
        "SessionManagerManagedPolicyArgs",
        "SessionManagerPermissions",
        "SessionManagerPermissionsArgs",
        "policy_document",
    ]
    assert public == set(pulumi_ssm_perms.__all__)


def test_what_is_tested_is_the_source_as_it_is_now(wheel: zipfile.ZipFile) -> None:
    """The tests run on the source folder, or under `make test` on a wheel that is byte for byte one of this source.

    The installed metadata, and with it the plugin, has the version of pyproject.toml.
    """
    tested = Path(pulumi_ssm_perms.__file__).parent
    under_make_test = os.environ.get("PYTHONPATH")
    files = {file for file in tested.rglob("*") if file.is_file() and file.suffix != ".pyc"}

    assert importlib.metadata.version("pulumi-ssm-perms") == VERSION
    assert tested == (Path(under_make_test, "pulumi_ssm_perms") if under_make_test else SOURCES)
    assert {file.relative_to(tested.parent).as_posix(): file.read_bytes() for file in files} == {
        name: wheel.read(name) for name in wheel.namelist() if name.startswith("pulumi_ssm_perms/")
    }


@pytest.mark.slow
def test_the_wheel_works_where_nothing_else_is_installed(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Every module can be imported with the two dependencies that the metadata names, in the versions of the tests."""
    uv, python = str(Path(sysconfig.get_path("scripts"), "uv")), str(tmp_path / "bin/python")
    install = [uv, "pip", "install", "--quiet", "--python", python, f"--constraint={ROOT / 'requirements.lock'}"]
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(tmp_path)],
        [*install, str(wheel.filename)],
        [python, "-I", "-c", EVERY_MODULE],
    ):
        done = subprocess.run(command, check=False, capture_output=True, text=True)

        assert done.returncode == 0, done.stderr


def test_an_import_loads_nothing_else() -> None:
    """An import loads `pulumi`, `pulumi_aws`, its `iam` module, the package and the standard library, no more."""
    program = [sys.executable, "-P", "-c", LOADED_BY_THE_IMPORT]
    loaded = subprocess.run(program, check=True, capture_output=True, text=True).stdout.split()
    files = {path.relative_to(ROOT).with_suffix("") for path in SOURCES.rglob("*.py")}
    modules = {".".join(file.parts).removesuffix(".__init__") for file in files}

    assert {name for name in loaded if name.split(".")[0] not in sys.stdlib_module_names} == modules


def test_the_plugin_serves_its_schema_without_the_package() -> None:
    """The engine asks for it in every `pulumi up`, and does not wait until the package is imported."""
    program = [sys.executable, "-P", "-c", WITHOUT_THE_PACKAGE]
    served = subprocess.run(program, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert served == (ROOT / "plugin/schema.json").read_text()


def test_what_is_published_has_the_package_and_its_metadata_alone(wheel: zipfile.ZipFile) -> None:
    """No tests, no sandbox; and Pulumi looks for no plugin, as it would for any `pulumi-…` distribution."""
    package = {path.relative_to(ROOT).as_posix() for path in SOURCES.rglob("*.py")}
    package |= {f"pulumi_ssm_perms/{name}" for name in ("py.typed", "pulumi-plugin.json")}
    beside = {"README.md", "CHANGELOG.md", "LICENSE", "PKG-INFO", "pyproject.toml", "hatch_build.py", ".gitignore"}
    with tarfile.open(str(wheel.filename).replace("-py3-none-any.whl", ".tar.gz")) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}

    assert names == package | beside
    assert set(wheel.namelist()) == {
        *package,
        *(f"{INFO}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "licenses/LICENSE")),
    }
    assert json.loads(wheel.read("pulumi_ssm_perms/pulumi-plugin.json")) == {"resource": False}


METADATA = {
    "License-Expression": ["Apache-2.0"],
    "Requires-Python": [">=3.11"],
    "Requires-Dist": ["pulumi-aws<8,>=7", "pulumi<4,>=3.237"],
    "Keywords": ["aws,category/cloud,iam,kind/component,pulumi,session-manager,ssm"],
    "Description-Content-Type": ["text/markdown"],
    "Provides-Extra": None,
}


def test_metadata(wheel: zipfile.ZipFile) -> None:
    """It is pure Python, for every Python 3, a Pulumi component package with two dependencies and no extras.

    It leads to the repository, documentation, changes and issues, each under its usual name.
    """
    metadata, tags = (email.message_from_bytes(wheel.read(f"{INFO}/{file}")) for file in ("METADATA", "WHEEL"))
    urls = dict(str(value).split(", ") for value in metadata.get_all("Project-URL", []))

    assert {field: metadata.get_all(field) for field in METADATA} == METADATA
    assert (tags["Root-Is-Purelib"], tags["Tag"]) == ("true", "py3-none-any")
    assert set(urls) == {"Homepage", "Repository", "Documentation", "Changelog", "Issues"}
    assert [url for url in urls.values() if not url.startswith("https://")] == []
