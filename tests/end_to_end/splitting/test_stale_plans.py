"""Plans that leave tests out and are run where something that these rest on has changed: they run, or the plan is
refused. In each case a plain run fails.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from small_projects import made
from split_runs import Project, commit
from test_other_packages import FOREIGN
from test_selection import left_out

IGNORED = ".alibi/\n.testoptimization/\n*.local\n__pycache__/\n.pytest_cache/\n"


def small(folder: Path, files: dict[str, str]) -> Project:
    """These files alone."""
    project = made("pytest", folder)
    for name in ("tests", "shop", ".git"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name, text in {".gitignore": IGNORED, "pytest.ini": "[pytest]\n", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return replace(project, options=[])


def record(project: Project) -> None:
    done = project.start([project.python, "-m", "pytest", "-q", "--alibi"])
    assert done.returncode == 0, done.stdout


def with_variables(project: Project, **variables: str) -> Project:
    return replace(project, environment={**project.environment, **variables})


def plan(project: Project, *options: str) -> None:
    done = project.plan(1, *options)
    assert done.returncode == 0, done.stdout


def runs_and_fails(project: Project, *options: str) -> None:
    ended = project.run_here(1, *options)
    assert ended.status == 1, ended.output
    assert ended.cases.total() == 1, ended.output


def refuses(project: Project, *options: str) -> str:
    ended = project.run(0, 1, *options)
    assert ended.status == 1, ended.output
    assert FOREIGN in ended.output
    assert not ended.cases
    return ended.output


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.invalid", "-c", "protocol.file.allow=always"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def test_a_file_that_git_ignores_changes_after_the_plan(tmp_path: Path) -> None:
    project = small(tmp_path / "p", {"test_a.py": "def test_a(): assert open('data.local').read() == '1'\n"})
    commit(project.folder)
    (project.folder / "data.local").write_text("1")
    record(project)
    plan(project)
    assert left_out(project) == ["test_a.py"]
    (project.folder / "data.local").write_text("2")
    refuses(project)
    runs_and_fails(project)


def test_a_source_outside_the_repository_changes_after_the_plan(tmp_path: Path) -> None:
    test = "import outside\ndef test_a(): assert outside.value() == 1\n"
    project = small(tmp_path / "p", {"pytest.ini": "[pytest]\npythonpath = ../lib\n", "test_a.py": test})
    source = tmp_path / "lib/outside.py"
    source.parent.mkdir()
    source.write_text("def value(): return 1\n")
    commit(project.folder)
    record(project)
    plan(project)
    source.write_text("def value(): return 20\n")
    runs_and_fails(project)


def test_a_changed_file_of_a_submodule_changes_again_after_the_plan(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()
    (origin / "part.py").write_text("def value(): return 1\n")
    commit(origin)
    project = small(
        tmp_path / "p", {"test_a.py": "from sub import part\ndef test_a(): assert part.value() < 9\n"}
    )
    commit(project.folder)
    git(project.folder, "submodule", "add", "-q", str(origin), "sub")
    git(project.folder, "commit", "-q", "-m", "sub")
    source = project.folder / "sub/part.py"
    source.write_text("def value(): return 2\n")
    record(project)
    plan(project)
    assert left_out(project) == ["test_a.py"]
    source.write_text("def value(): return 30\n")
    refuses(project)
    runs_and_fails(project)


def test_an_unknown_file_beside_the_project_changes_after_the_plan(tmp_path: Path) -> None:
    """The project is a folder of the repository."""
    repository = tmp_path / "all"
    test = "def test_a(): assert open('../beside/data.txt').read() == '1'\n"
    project = small(repository / "p", {"test_a.py": test})
    commit(repository)
    (repository / "beside").mkdir()
    (repository / "beside/data.txt").write_text("1")
    record(project)
    plan(project)
    key = json.loads((project.folder / ".testoptimization/runner/plan.json").read_text())["key"]
    assert key["untracked"]
    (repository / "beside/data.txt").write_text("2")
    runs_and_fails(project)


def test_a_source_changes_after_the_plan_where_there_is_no_git(tmp_path: Path) -> None:
    test = "import code_here\ndef test_a(): assert code_here.value() == 1\n"
    project = small(tmp_path / "p", {"test_a.py": test, "code_here.py": "def value(): return 1\n"})
    record(project)
    done = project.plan(1)
    assert "without a commit of git" in done.stdout
    assert left_out(project) == []
    (project.folder / "code_here.py").write_text("def value(): return 20\n")
    ended = project.run(0, 1)
    assert (ended.status, ended.cases.total()) == (1, 1), ended.output
    runs_and_fails(project)


HARD = (
    "import pytest\ndef pytest_addoption(parser): parser.addoption('--hard', action='store_true')\n"
    "@pytest.fixture\ndef hard(request): return request.config.getoption('--hard')\n"
)


def test_options_of_the_test_runner_are_others_after_the_plan(tmp_path: Path) -> None:
    project = small(tmp_path / "p", {"conftest.py": HARD, "test_a.py": "def test_a(hard): assert not hard\n"})
    commit(project.folder)
    record(project)
    plan(project)
    assert left_out(project) == ["test_a.py"]
    hard = with_variables(project, PYTEST_ADDOPTS="--hard")
    assert "PYTEST_ADDOPTS" in refuses(hard)
    runs_and_fails(hard)


def test_reports_and_colours_may_be_others_after_the_plan(tmp_path: Path) -> None:
    project = small(tmp_path / "p", {"test_a.py": "def test_a(): pass\n"})
    commit(project.folder)
    record(project)
    plan(project)
    report = tmp_path / "report.xml"
    same = with_variables(project, PYTEST_ADDOPTS=f"-v --color=no --tb short --junitxml={report}")
    ended = same.run(0, 1)
    assert ended.status == 0, ended.output


def test_the_interpreter_is_another_after_the_plan(tmp_path: Path) -> None:
    """Another environment first on PATH, with another version of what a test imports."""
    test = "import lemon\ndef test_a(): assert lemon.VERSION == 1\n"
    project = small(tmp_path / "p", {"test_a.py": test})
    commit(project.folder)
    where = "import json, sys; print(json.dumps([path for path in sys.path if path.endswith('-packages')]))"
    packages = json.loads(project.start([project.python, "-c", where]).stdout)
    environments = []
    for version in (1, 20):
        folder = tmp_path / f"environment-{version}"
        made_it = project.start([project.python, "-m", "venv", "--without-pip", str(folder)])
        assert made_it.returncode == 0, made_it.stdout
        site = next(folder.glob("lib/python*/site-packages"))
        (site / "lemon.py").write_text(f"VERSION = {version}\n")
        (site / "others.pth").write_text(f"import site; list(map(site.addsitedir, {packages!r}))\n")
        path = f"{folder / 'bin'}{os.pathsep}{project.environment['PATH']}"
        environments.append(with_variables(replace(project, python=str(folder / "bin/python")), PATH=path))
    record(environments[0])
    plan(environments[0])
    assert left_out(project) == ["test_a.py"]
    runs_and_fails(environments[1])


MODE = "import os\ndef test_a(): assert os.environ.get('MODE') != 'strict'\n"


@pytest.mark.parametrize("value", ["strict", "{{workerIndex}}"])
def test_what_depends_on_a_variable_of_the_workers_runs(value: str, tmp_path: Path) -> None:
    test = MODE if value == "strict" else MODE.replace("'strict'", "'0'")
    project = small(tmp_path / "p", {"test_a.py": test})
    commit(project.folder)
    record(project)
    runs_and_fails(project, "--worker-env", f"MODE={value}")
    shutil.rmtree(project.folder / ".testoptimization")
    shutil.rmtree(project.environment["ALIBI_DATA"])
    record(project)
    plan(project)
    assert left_out(project) == ["test_a.py"]
    assert "MODE" in refuses(project, "--worker-env", f"MODE={value}")


def test_a_variable_of_the_workers_that_is_as_recorded_leaves_its_tests_out(tmp_path: Path) -> None:
    project = small(tmp_path / "p", {"test_a.py": MODE})
    commit(project.folder)
    record(with_variables(project, MODE="easy"))
    plan(project, "--worker-env", "MODE=easy")
    assert left_out(project) == ["test_a.py"]
    assert project.run(0, 1, "--worker-env", "MODE=easy").status == 0
    assert "MODE" in refuses(project)


def test_what_depends_on_the_name_of_the_session_runs(tmp_path: Path) -> None:
    test = "import os\ndef test_a(): assert 'worker' not in os.environ.get('DD_TEST_SESSION_NAME', '')\n"
    project = with_variables(small(tmp_path / "p", {"test_a.py": test}), DD_SERVICE="shop")
    commit(project.folder)
    record(project)
    runs_and_fails(project)


def test_a_file_that_was_divided_under_other_options_is_refused(tmp_path: Path) -> None:
    tests = "import pytest, time\n" + "".join(
        f"{'@pytest.mark.slow' if n == 0 else ''}\ndef test_{n}(): time.sleep(0.6)\n" for n in range(8)
    )
    project = small(tmp_path / "p", {"pytest.ini": "[pytest]\nmarkers =\n    slow: x\n", "test_a.py": tests})
    commit(project.folder)
    record(project)
    quick = with_variables(project, PYTEST_ADDOPTS="-m 'not slow'")
    done = quick.plan(2, "--no-select")
    assert done.returncode == 0, done.stdout
    units = json.loads((project.folder / ".testoptimization/runner/plan.json").read_text())["plan"]["units"]
    assert len(units) > 1, done.stdout
    assert "PYTEST_ADDOPTS" in refuses(project, "--no-select")
    ended = project.run_here(2, "--no-select")
    assert (ended.status, ended.cases.total()) == (0, 8), ended.output


def test_a_run_here_that_comes_to_the_same_leaves_the_plan_to_the_nodes(tmp_path: Path) -> None:
    project = small(tmp_path / "p", {"test_a.py": "def test_a(): pass\n"})
    commit(project.folder)
    record(project)
    plan(project)
    assert left_out(project) == ["test_a.py"]
    assert project.run_here(1).status == 0
    assert project.run(0, 1).status == 0
