"""The wheel: what is in it, and what is left out where a tool is missing. Meson itself is played here."""

import base64
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile

import pytest
from conftest import REPOSITORY

NATIVE = "_native" + sysconfig.get_config_var("EXT_SUFFIX")

MESON = """#!{python}
import os, sys
folder, options = sys.argv[2], sys.argv[4:]
if os.environ.get("PLAY") == "no sqlite" and "-Dcollector=true" in options:
    print("meson.build:1:0: ERROR: Dependency sqlite3 not found")
    sys.exit(1)
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "build.ninja"), "w") as file:
    file.write("\\n".join(options))
assert not [name for name in os.environ if name.startswith("PYTHON")]
"""
NINJA = """#!{python}
import os, sys
folder = sys.argv[2]
options = open(os.path.join(folder, "build.ninja")).read().split("\\n")
def make(name, mode):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write("built")
    os.chmod(path, mode)
if "-Dpythons=" not in options and os.environ.get("PLAY") != "broken code":
    make("python_ext/testalibi/{native}", 0o755)
make("tracer/preload/libalibi_preload.so", 0o755)
if "-Dcollector=true" in options:
    make("collector/cli/alibi", 0o755)
    make("collector/cli/alibi-serve", 0o755)
if os.environ.get("PLAY") == "broken code":
    print("native/module.cc:1:1: error: no such thing")
    sys.exit(1)
"""


@pytest.fixture
def tools(tmp_path):
    """A folder for PATH with a compiler, Meson and ninja that only pretend."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name, text in (("meson", MESON), ("ninja", NINJA), ("g++", "#!/bin/sh\n")):
        (folder / name).write_text(text.format(python=sys.executable, native=NATIVE))
        (folder / name).chmod(0o755)
    return folder


def build(tmp_path, tools, patch="", play="", hook="build_wheel"):
    target = tmp_path / "dist"
    target.mkdir(exist_ok=True)
    code = f"import sys, sysconfig, wheel_backend\n{patch}\nprint(wheel_backend.{hook}(sys.argv[1]))"
    environment = {
        "PATH": str(tools),
        "PYTHONPATH": str(REPOSITORY / "python_ext"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "PLAY": play,
    }
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return target / done.stdout.splitlines()[-1]


def failures(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        if "testalibi/_build_failure.txt" not in names:
            return {}
        text = archive.read("testalibi/_build_failure.txt").decode()
    return dict(line.split(": ", 1) for line in text.splitlines())


def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}


def test_a_complete_wheel(tmp_path, tools):
    wheel = build(tmp_path, tools)
    found = contents(wheel)
    assert found["testalibi/_bin/alibi"] == 0o100755
    assert found["testalibi/_bin/alibi-serve"] == 0o100755
    assert found["testalibi/_bin/libalibi_preload.so"] == 0o100755
    assert found[f"testalibi/{NATIVE}"] == 0o100755
    assert found["testalibi/pytest_plugin.py"] == 0o100644
    assert {"testalibi/py.typed", "testalibi/_native.pyi"} <= set(found)
    assert "testalibi/source_units/__main__.py" in found
    assert not [name for name in found if "__pycache__" in name or name.endswith((".md", ".build"))]
    assert failures(wheel) == {}
    tag = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert wheel.name.startswith(f"testalibi-0.1.0-{tag}-{tag}")


def test_the_record_fits_the_contents(tmp_path, tools):
    with zipfile.ZipFile(build(tmp_path, tools)) as archive:
        names = set(archive.namelist())
        lines = archive.read("testalibi-0.1.0.dist-info/RECORD").decode().splitlines()
        for line in lines:
            name, digest, _ = line.rsplit(",", 2)
            names.remove(name)
            if digest:
                raw = (
                    base64.urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest())
                    .rstrip(b"=")
                    .decode()
                )
                assert digest == f"sha256={raw}"
    assert not names


def test_metadata_is_that_of_pyproject(tmp_path, tools):
    folder = build(tmp_path, tools, hook="prepare_metadata_for_build_wheel")
    metadata = (folder / "METADATA").read_text()
    assert "\nName: testalibi\nVersion: 0.1.0\n" in metadata
    assert "\nRequires-Python: >=3.9\n" in metadata
    assert (folder / "entry_points.txt").read_text() == (
        "[console_scripts]\nalibi = testalibi.command:main\n\n[pytest11]\nalibi = testalibi.pytest_plugin\n"
    )


def test_two_builds_are_the_same_bytes(tmp_path, tools):
    first = build(tmp_path, tools).read_bytes()
    assert build(tmp_path, tools).read_bytes() == first


@pytest.mark.parametrize(
    ("gone", "cause"),
    [
        (["g++"], "there is no C++ compiler; install one (Debian: apt-get install g++)"),
        (["meson"], "no meson here; install them"),
        (["meson", "ninja"], "no meson and ninja here"),
    ],
)
def test_without_a_tool_the_wheel_says_what_is_missing(tmp_path, tools, gone, cause):
    for name in gone:
        (tools / name).unlink()
    wheel = build(tmp_path, tools)
    told = failures(wheel)
    assert set(told) == {"native", "command"}
    assert all(cause in line for line in told.values())
    assert not [name for name in contents(wheel) if name.endswith((".so", "/alibi"))]


def test_without_headers_of_the_interpreter_the_command_is_still_built(tmp_path, tools):
    patch = "paths = sysconfig.get_paths()\nsysconfig.get_paths = lambda: {**paths, 'include': '/nowhere'}"
    wheel = build(tmp_path, tools, patch)
    told = failures(wheel)
    assert set(told) == {"native"}
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-dev"
    assert "/nowhere/Python.h is missing" in told["native"]
    assert f"apt-get install {package}" in told["native"]
    assert "testalibi/_bin/alibi" in contents(wheel)


def test_a_library_that_only_the_command_needs_does_not_cost_the_recorder(tmp_path, tools):
    wheel = build(tmp_path, tools, play="no sqlite")
    assert f"testalibi/{NATIVE}" in contents(wheel)
    told = failures(wheel)
    assert set(told) == {"command"}
    assert "Dependency sqlite3 not found" in told["command"]


def test_code_that_does_not_compile_does_not_cost_the_command(tmp_path, tools):
    wheel = build(tmp_path, tools, play="broken code")
    assert "testalibi/_bin/alibi" in contents(wheel)
    told = failures(wheel)
    assert set(told) == {"native"}
    assert "native/module.cc:1:1: error: no such thing" in told["native"]


def test_an_editable_install_points_at_the_sources(tmp_path, tools):
    package = tmp_path / "tree" / "python_ext" / "testalibi"
    package.mkdir(parents=True)
    (package / "_build_failure.txt").write_text("of an earlier build")
    patch = f"wheel_backend._PACKAGE = {str(package)!r}"
    wheel = build(tmp_path, tools, patch, hook="build_editable")
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("__editable__.testalibi.pth").decode() == f"{package.parent}\n"
    assert os.access(package / "_bin" / "alibi", os.X_OK)
    assert (package / "_bin" / "libalibi_preload.so").exists()
    assert (package / NATIVE).exists()
    assert not (package / "_build_failure.txt").exists()


def test_a_source_distribution_holds_what_a_build_needs(tmp_path, tools):
    archive = build(tmp_path, tools, hook="build_sdist")
    with tarfile.open(archive) as file:
        names = file.getnames()
    for name in (
        "PKG-INFO",
        "pyproject.toml",
        "meson.build",
        "python_ext/wheel_backend.py",
        "tracer/abi/alibi.h",
    ):
        assert f"testalibi-0.1.0/{name}" in names


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with what git lists")
def test_a_source_distribution_without_git_holds_the_same(tmp_path, tools):
    (tools / "git").symlink_to(shutil.which("git"))
    with tarfile.open(build(tmp_path, tools, hook="build_sdist")) as file:
        with_git = set(file.getnames())
    (tools / "git").unlink()
    (tools / "git").write_text("#!/bin/sh\nexit 1\n")
    (tools / "git").chmod(0o755)
    with tarfile.open(build(tmp_path, tools, hook="build_sdist")) as file:
        without = set(file.getnames())
    visible = {name for name in with_git if "/." not in name}
    assert visible <= without | {name for name in visible if name.endswith((".so", ".pyc"))}


def test_the_backend_needs_nothing_but_the_standard_library():
    spec = importlib.util.spec_from_file_location(
        "wheel_backend", REPOSITORY / "python_ext" / "wheel_backend.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["wheel_backend"] = module
    spec.loader.exec_module(module)
    assert module.get_requires_for_build_wheel() == []
