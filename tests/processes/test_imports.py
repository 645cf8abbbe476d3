"""What a child imports counts, whatever way it ends, and wherever it looks for modules."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorded_project import Project

SUITE = """
import os, signal, subprocess, sys
import pytest

def end(way):
    if way == "_exit": os._exit(0)
    os.kill(os.getpid(), getattr(signal, way))
    signal.pause()

def in_fork(work, way):
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            end(way)
    os.waitpid(child, 0)

def in_program(text, way):
    end = "import os, signal; os._exit(0) if way == '_exit' else os.kill(os.getpid(), getattr(signal, way))"
    subprocess.run([sys.executable, "-c", f"way = {way!r}\\n{text}\\n{end}\\n"])

def single(): import single
def compiled(): import compiled
def package(): import package
def late(): import late
def absent():
    try: import absent
    except ImportError: pass

WAYS = ["_exit", "SIGTERM", "SIGKILL"]

@pytest.mark.parametrize("way", WAYS)
def test_single(way): in_fork(single, way)
@pytest.mark.parametrize("way", WAYS)
def test_package(way): in_fork(package, way)
@pytest.mark.parametrize("way", WAYS)
def test_absent(way): in_fork(absent, way)
@pytest.mark.parametrize("way", WAYS)
def test_program(way): in_program("import started", way)
@pytest.mark.parametrize("way", WAYS)
def test_absent_in_program(way): in_program("try: import missing\\nexcept ImportError: pass", way)
def test_in_place_of_another(monkeypatch):
    monkeypatch.delitem(sys.modules, "aside", raising=False)
    sys.modules["aside"] = None
    del sys.modules["aside"]
    import other
def test_path_of_its_own(monkeypatch):
    monkeypatch.syspath_prepend("plugins")
    monkeypatch.delitem(sys.modules, "shadowed", raising=False)
    import shadowed
    assert shadowed.A == 1
def test_rests_on_none_of_it(): pass
"""
PACKAGES = {
    "single": "single.py",
    "package": "package/__init__.py",
    "started": "started.py",
    "other": "other.py",
}


def install(site: Path, name: str, version: str) -> None:
    file = site / PACKAGES[name]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"VERSION = {version!r}\n")
    for old in site.glob(f"{name}-*.dist-info"):
        for each in old.iterdir():
            each.unlink()
        old.rmdir()
    facts = site / f"{name}-{version}.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (facts / "RECORD").write_text(f"{PACKAGES[name]},,\n")
    (facts / "top_level.txt").write_text(f"{name}\n")


@pytest.fixture
def site(project: Project) -> Path:
    site = project.folder.parent / "lib" / "site-packages"
    for name in PACKAGES:
        install(site, name, "1.0")
    project.write("test_suite.py", SUITE)
    project.write("shadowed.py", "A = 1\n")
    (project.folder / "plugins").mkdir()
    project.write("plugins/beside.py", "B = 1\n")
    return site


def run_by(project: Project, site: Path) -> set[str]:
    shown = project.pytest("--alibi", "-v", PYTHONPATH=str(site))
    return {line.split("::")[1].split()[0] for line in shown.splitlines() if " PASSED" in line}


def of(test: str) -> set[str]:
    return {f"{test}[{way}]" for way in ("_exit", "SIGTERM", "SIGKILL")}


@pytest.mark.parametrize(
    ("package", "tests"),
    [
        ("single", of("test_single")),
        ("package", of("test_package")),
        ("started", of("test_program")),
        ("other", {"test_in_place_of_another"}),
    ],
)
def test_an_upgrade_of_what_only_a_killed_child_imported_selects_its_test(
    project: Project, site: Path, package: str, tests: set[str]
) -> None:
    run_by(project, site)
    assert run_by(project, site) == set()
    install(site, package, "2.0")
    assert run_by(project, site) == tests


@pytest.mark.parametrize(
    ("module", "test"), [("absent", "test_absent"), ("missing", "test_absent_in_program")]
)
def test_a_new_module_that_a_killed_child_had_missed_selects_its_test(
    project: Project, site: Path, module: str, test: str
) -> None:
    run_by(project, site)
    project.write(f"{module}.py", "A = 1\n")
    # Programs that were started looked for modules in this folder first: what is new there may hide theirs.
    programs = of("test_program") | of("test_absent_in_program")
    assert run_by(project, site) == of(test) | programs


def test_a_new_module_in_a_folder_that_a_test_searches_itself_selects_it(
    project: Project, site: Path
) -> None:
    run_by(project, site)
    assert run_by(project, site) == set()
    project.write("plugins/shadowed.py", "A = 2\n")
    shown = project.pytest("--alibi", "-v", status=1, PYTHONPATH=str(site))
    assert "test_path_of_its_own FAILED" in shown
    assert "test_rests_on_none_of_it" not in shown
