"""What DDTest finds wrongly, or asks for too long (its defects 17 to 21, 24, 26, 27), each as it is right."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from intake_answers import ANSWERS
from misbehaving_intake import MisbehavingIntake
from split_project import NOTING_TEST, SplitProject, pytest_project, shell_project

TEST = "def test_x():\n    pass\n"


def collected(project: SplitProject) -> list[str]:
    """What pytest alone finds."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command, cwd=project.directory, env=project.env(), check=False, capture_output=True, text=True
    )
    return sorted({line.partition("::")[0] for line in done.stdout.splitlines() if "::" in line})


def project_of(tmp_path: Path, files: dict[str, str]) -> SplitProject:
    project = SplitProject(tmp_path / "p")
    project.commit(files)
    return project


# 17
def test_tests_of_installed_packages_are_not_found(tmp_path: Path) -> None:
    venv = {".venv/pyvenv.cfg": "home = x\n", ".venv/bin/activate": "", ".venv/lib/test_v.py": TEST}
    named = {"env/pyvenv.cfg": "home = x\n", "env/bin/activate": "", "env/lib/test_e.py": TEST}
    others = dict.fromkeys(
        ("node_modules/a/test_n.py", "build/test_b.py", "dist/test_d.py", "x.egg/test_g.py"), TEST
    )
    project = project_of(tmp_path, {"tests/test_a.py": TEST, **venv, **named, **others})
    assert project.plan().files == ["tests/test_a.py"] == collected(project)


def test_folders_of_norecursedirs_are_not_entered(tmp_path: Path) -> None:
    ini = "[pytest]\nnorecursedirs = old* .*\n"
    files = dict.fromkeys(("tests/test_a.py", "older/test_b.py", "build/test_c.py", ".x/test_d.py"), TEST)
    project = project_of(tmp_path, {"pytest.ini": ini, **files})
    assert project.plan().files == ["build/test_c.py", "tests/test_a.py"] == collected(project)


def test_what_options_of_the_configuration_ignore_is_not_planned(tmp_path: Path) -> None:
    ini = "[pytest]\naddopts = --ignore=tests/slow --ignore-glob=*_x.py\n"
    files = dict.fromkeys(
        ("tests/test_a.py", "tests/slow/test_b.py", "tests/test_x.py", "tests/a_x.py"), TEST
    )
    project = project_of(tmp_path, {"pytest.ini": ini, **files})
    assert project.plan().files == ["tests/test_a.py"] == collected(project)


def test_what_a_conftest_ignores_does_not_run(tmp_path: Path) -> None:
    files = {f"tests/test_{name}.py": NOTING_TEST + f"def test_x():\n    note('{name}')\n" for name in "ab"}
    project = project_of(tmp_path, {"tests/conftest.py": "collect_ignore = ['test_b.py']\n", **files})
    assert collected(project) == ["tests/test_a.py"]
    project.run()
    assert project.counts == {"a": 1}


# 18
ONE = {"tests/test_a.py": TEST, "tests/check_b.py": TEST, "one/test_c.py": TEST, "two/test_d.py": TEST}
CONFIGURATIONS = {
    "pytest.ini without keys ends the search": {
        "pytest.ini": "[pytest]\n",
        "setup.cfg": "[tool:pytest]\npython_files = check_*.py\n",
    },
    "an empty pytest.ini ends the search": {
        "pytest.ini": "",
        "tox.ini": "[pytest]\npython_files = check_*.py\n",
    },
    "texts in pyproject.toml": {
        "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = "one two"\npython_files = "check_*.py test_*.py"\n'
    },
    "lists in pyproject.toml": {
        "pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['one', 'tests/']\npython_files = ['*.py']\n"
    },
    "testpaths naming a file": {"pytest.ini": "[pytest]\ntestpaths = tests/check_b.py two\n"},
    "a testpath that ends in a slash beside others": {"pytest.ini": "[pytest]\ntestpaths = one/ two/\n"},
    "testpaths with a pattern": {"pytest.ini": "[pytest]\ntestpaths = t*s one\n"},
    "an inline delimiter and continued lines": {"setup.cfg": "[tool:pytest]\npython_files:\n  check_*.py\n  test_c.py\n"},
    "tox.ini before setup.cfg": {
        "tox.ini": "[pytest]\ntestpaths = one\n",
        "setup.cfg": "[tool:pytest]\ntestpaths = two\n",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_configuration_is_read_as_pytest_reads_it(tmp_path: Path, name: str) -> None:
    project = project_of(tmp_path, ONE | CONFIGURATIONS[name])
    assert project.plan("--framework=pytest").files == collected(project)


# 19
FAKE_JEST = """\
#!/usr/bin/env node
const fs = require("fs"), words = process.argv.slice(2);
if (words.includes("--listTests")) {
  fs.appendFileSync(process.env.NOTES + ".asked", words.join(" ") + "\\n");
  for (const file of ["src/one.check.js", "src/two.check.js"]) console.log(process.cwd() + "/" + file);
} else {
  for (const file of words.slice(words.indexOf("--runTestsByPath") + 1)) fs.appendFileSync(process.env.NOTES, file + " -\\n");
}
"""


def test_jest_with_an_exclude_pattern_is_still_asked_for_its_own_list(tmp_path: Path) -> None:
    """Its configuration names *.check.js, which no pattern of ours would find."""
    files = dict.fromkeys(("src/one.check.js", "src/two.check.js", "src/three.test.js"), "")
    project = project_of(
        tmp_path,
        {"package.json": '{"devDependencies":{"jest":"29"}}', ".gitignore": "node_modules\n", **files},
    )
    project.write(
        {"node_modules/.bin/jest": FAKE_JEST, "node_modules/jest/package.json": '{"version":"29.0.0"}'}
    )
    (project.directory / "node_modules/.bin/jest").chmod(0o755)
    assert project.plan("--tests-exclude-pattern=**/two*").files == ["src/one.check.js"]
    assert Path(f"{project.notes}.asked").read_text() == "--listTests --json\n"
    project.run("--tests-exclude-pattern=**/two*")
    assert project.counts == {"src/one.check.js": 1}


# 20
COUNTS_COLLECTIONS = """\
import os
with open(os.environ["NOTES"] + ".collected", "a") as notes:
    notes.write("x")
"""


def cached_project(tmp_path: Path) -> SplitProject:
    tests = {"tests/test_a.py": TEST, "tests/test_b.py": TEST}
    project = pytest_project(tmp_path / "p", {**tests, "conftest.py": COUNTS_COLLECTIONS})
    project.words = ["--force-full-test-discovery"]
    project.plan()
    return project


def collections(project: SplitProject) -> int:
    return len(Path(f"{project.notes}.collected").read_text())


def test_tests_are_not_listed_again_while_their_files_are_the_same(tmp_path: Path) -> None:
    """Neither the plan's own folder nor a commit matters, nor files in hidden folders: tests are made of none."""
    project = cached_project(tmp_path)
    project.commit({".github/notes.txt": "x"})
    project.write({".cache/unknown_to_git.txt": "x"})
    assert "2 tests (full" in project.plan().errors
    assert collections(project) == 1


def test_tests_are_listed_again_when_one_of_their_files_changed(tmp_path: Path) -> None:
    project = cached_project(tmp_path)
    project.write({"tests/test_b.py": TEST + TEST.replace("x", "y")})
    assert "3 tests (full" in project.plan().errors
    assert collections(project) == 2


def test_a_list_of_tests_that_a_job_kept_is_used(tmp_path: Path) -> None:
    project = cached_project(tmp_path)
    kept = tmp_path / "tests.json"
    folder = project.directory / ".testoptimization"
    kept.write_text((folder / "tests-discovery" / "tests.json").read_text())
    folder.rename(tmp_path / "gone")
    project.plan("--test-discovery-cache", kept)
    assert collections(project) == 1


# 21
def asking(project: SplitProject, intake: MisbehavingIntake) -> None:
    project.environment |= {
        "DD_CIVISIBILITY_AGENTLESS_ENABLED": "1",
        "DD_CIVISIBILITY_AGENTLESS_URL": intake.url,
        "DD_API_KEY": "k",
    }


def durations(cursor: str | None, **files: int) -> Any:
    suites = {
        name: {"source_file": f"t/{name}.t", "duration": {"p50": str(seconds * 10**9)}}
        for name, seconds in files.items()
    }
    page = {"has_next": cursor is not None, "cursor": cursor or ""}
    return {"data": {"attributes": {"test_suites": {"m": suites}, "page_info": page}}}


@pytest.mark.parametrize("cursor", ["", "the same again"])
def test_pages_of_durations_without_an_end_are_not_read_for_ever(tmp_path: Path, cursor: str) -> None:
    project = shell_project(tmp_path / "p", {"t/a.t": "true", "t/b.t": "true"})
    with MisbehavingIntake() as intake:
        asking(project, intake)
        intake.set_answer("suite_durations", 200, durations(cursor, a=5))
        plan = project.plan(timeout=60)
        assert len(intake.received("suite_durations")) <= 3
    assert plan.weights["t/a.t"] == 5000  # what was said before counts
    assert "page" in plan.errors


def test_all_pages_of_durations_are_read(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", {"t/a.t": "true", "t/b.t": "true"})
    with MisbehavingIntake() as intake:
        asking(project, intake)
        intake.set_answers("suite_durations", 200, [durations("2", a=5), durations(None, b=7)])
        assert project.plan().weights == {"t/a.t": 5000, "t/b.t": 7000}


@pytest.mark.parametrize("mode", ["silent", "503", "refuse", "half", "html"])
def test_a_service_that_does_not_answer_costs_a_plan_seconds_and_nothing_else(
    tmp_path: Path, mode: str
) -> None:
    project = shell_project(tmp_path / "p", 2)
    with MisbehavingIntake(mode) as intake:
        asking(project, intake)
        began = time.monotonic()
        plan = project.plan(timeout=100)
        assert time.monotonic() - began < 18  # one patience, 10 s, for all that is asked
    assert plan.files == ["t/000.t", "t/001.t"]
    if mode != "html":  # that is an answer
        assert plan.errors.count("the plan goes on with what is known here") == 1, plan.errors
        assert "no durations from the service" not in plan.errors
    project.run()
    assert project.counts == {"t/000.t": 1, "t/001.t": 1}


def test_a_plan_waits_for_a_silent_service_as_long_as_the_patience_says(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", 2)
    with MisbehavingIntake("silent") as intake:
        asking(project, intake)
        began = time.monotonic()
        plan = project.plan(env={"ALIBI_INTAKE_PATIENCE_MS": "300"})
        assert time.monotonic() - began < 8
        assert intake.received("suite_durations")  # not only after the settings were waited for
    assert plan.errors.count("the plan goes on with what is known here") == 1
    assert "ALIBI_INTAKE_PATIENCE_MS, here 300" in plan.errors


def test_a_page_to_sign_in_is_not_kept_as_an_answer_for_libraries(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", 2)
    with MisbehavingIntake("html") as intake:
        asking(project, intake)
        plan = project.plan()
    for path in (plan.folder / "cache" / "http").glob("*"):
        json.loads(path.read_text())


# 24
def test_a_framework_without_an_adapter_needs_two_commands(tmp_path: Path) -> None:
    case = "import os, unittest\nclass T(unittest.TestCase):\n    def test_x(self):\n        open(os.environ['NOTES'], 'a').write(__name__ + ' -\\n')\n"
    project = project_of(tmp_path, {"case_a.py": case, "case_b.py": case, "list.sh": "ls case_*.py\n"})
    words = ["--platform=generic", "--list-command=sh list.sh", "--run-command=python3 -m unittest -q"]
    assert project.plan(*words).files == ["case_a.py", "case_b.py"]
    project.run(*words)
    assert project.counts == {"case_a": 1, "case_b": 1}


# 26, 27
def skippable(*suites: str) -> Any:
    items = [
        {
            "id": suite,
            "type": "suite",
            "attributes": {"suite": suite, "configurations": {"test.bundle": "rspec"}},
        }
        for suite in suites
    ]
    return {"meta": {"correlation_id": "c"}, "data": items}


def two_suites(tmp_path: Path) -> SplitProject:
    text = "RSpec.describe 'A' do\n  it('x') { }\nend\nRSpec.describe 'B' do\n  it('y') { }\nend\n"
    project = project_of(tmp_path, {"spec/a_spec.rb": text, "spec/c_spec.rb": text.replace("'B'", "'C'")})
    project.words = ["--platform=ruby", "--framework=rspec", "--test-skipping-mode=suite"]
    return project


def rspec_durations(**suites: str) -> Any:
    made = {
        f"{name} at ./{file}": {"source_file": file, "duration": {"p50": "1000000000"}}
        for name, file in suites.items()
    }
    return {"data": {"attributes": {"test_suites": {"rspec": made}, "page_info": {"has_next": False}}}}


@pytest.mark.parametrize("timed", ["nothing", "A", "A and B"])
def test_a_file_with_a_suite_that_has_to_run_is_never_left_out(tmp_path: Path, timed: str) -> None:
    project = two_suites(tmp_path)
    known = {name: "spec/a_spec.rb" for name in "AB" if name in timed}
    with MisbehavingIntake() as intake:
        asking(project, intake)
        intake.set_answer("skippable", 200, skippable("A at ./spec/a_spec.rb"))
        intake.set_answer("suite_durations", 200, rspec_durations(**known))
        assert project.plan().files == ["spec/a_spec.rb", "spec/c_spec.rb"]


def test_a_file_whose_suites_are_all_skippable_is_left_out(tmp_path: Path) -> None:
    project = two_suites(tmp_path)
    with MisbehavingIntake() as intake:
        asking(project, intake)
        intake.set_answer("skippable", 200, skippable("A at ./spec/a_spec.rb", "B at ./spec/a_spec.rb"))
        assert project.plan().files == ["spec/c_spec.rb"]


def test_listing_single_tests_happens_when_asked_whatever_the_service_says(tmp_path: Path) -> None:
    project = two_suites(tmp_path)
    settings = copy.deepcopy(ANSWERS["settings"][1])
    settings["data"]["attributes"] |= {"itr_enabled": False, "tests_skipping": False}
    with MisbehavingIntake() as intake:
        asking(project, intake)
        intake.set_answer("settings", 200, settings)
        errors = project.plan("--force-full-test-discovery").errors
    assert re.search(r"2 files, 4 tests \(full", errors), errors


def test_a_wrong_location_is_an_error_also_with_a_pattern_that_leaves_out(tmp_path: Path) -> None:
    project = project_of(tmp_path, {"pytest.ini": "[pytest]\n", "tests/test_a.py": TEST})
    done = project.alibi("plan", "--tests-location=nowhere/**", "--tests-exclude-pattern=tests/slow/**")
    assert done.returncode == 1
    assert "no test file matches nowhere/**" in done.stderr


def test_a_pattern_that_leaves_out_everything_plans_nothing_and_says_so(tmp_path: Path) -> None:
    project = project_of(tmp_path, {"pytest.ini": "[pytest]\n", "tests/test_a.py": TEST})
    plan = project.plan("--tests-exclude-pattern=tests/**")
    assert plan.files == []
    assert "--tests-exclude-pattern tests/** leaves out every test file" in plan.errors


def test_a_list_command_that_prints_nothing_is_named(tmp_path: Path) -> None:
    project = project_of(tmp_path, {"a.txt": ""})
    done = project.alibi("plan", "--framework=generic", "--list-command=true", "--run-command=true")
    assert done.returncode == 1
    assert "--list-command prints none" in done.stderr
