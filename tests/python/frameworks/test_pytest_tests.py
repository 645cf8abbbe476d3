"""What pytest says about its tests, and how it is started for some of them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from example_project import PYTHON, install_alibi

SUITE = {
    "lib.py": "def one(): return 1\n",
    "other.py": "def two(): return 2\n",
    "tests/test_a.py": """
import pytest, lib
class TestX:
    def test_1(self): assert lib.one() == 1
    @pytest.mark.parametrize("a", [1, "x y"])
    def test_2(self, a): pass
@pytest.mark.xdist_group("g")
def test_3(): pass
""",
    "tests/test_b.py": "import other\ndef test_b(): assert other.two() == 2\ndef test_c(): pass\n",
    "conftest.py": "import os, sys\nsys.path.insert(0, os.path.dirname(__file__))\n",
}


def by_selector(found):
    assert "error" not in found, found["error"]
    return {test["selector"]: test for test in found["tests"]}


def test_tests_have_names_selectors_and_groups(project):
    found = by_selector(project.write(SUITE).ask("framework=pytest", "full")["found"])
    assert list(found) == [
        "tests/test_a.py::TestX::test_1",
        "tests/test_a.py::TestX::test_2[1]",
        "tests/test_a.py::TestX::test_2[x y]",
        "tests/test_a.py::test_3",
        "tests/test_b.py::test_b",
        "tests/test_b.py::test_c",
    ]
    one = found["tests/test_a.py::TestX::test_2[x y]"]
    assert (one["module"], one["suite"], one["name"]) == ("tests", "test_a.py", "TestX::test_2[x y]")
    assert one["parameters"] == '{"arguments": {"a": "\'x y\'"}, "metadata": {}}'
    assert one["group"] == "tests/test_a.py::TestX"
    assert found["tests/test_a.py::test_3"]["group"] == "xdist_group:g"


def test_selectors_count_from_where_pytest_is_started(project):
    project.write({"pytest.ini": "[pytest]\n", "sub/test_x.py": "def test_x(): pass\n"})
    project.folder = project.folder / "sub"
    (test,) = project.ask("framework=pytest", "full")["found"]["tests"]
    assert (test["file"], test["selector"]) == ("test_x.py", "test_x.py::test_x")
    assert (test["module"], test["suite"]) == ("sub", "test_x.py")  # as the service knows it


def test_what_conftest_files_leave_out_is_not_listed(project):
    project.write(SUITE).write({"tests/conftest.py": "collect_ignore = ['test_b.py']\n"})
    assert project.ask("framework=pytest", "full")["found"]["files"] == ["tests/test_a.py"]


def test_projects_that_guard_expensive_things_are_told(project):
    guard = "import os\nif not os.environ.get('DD_TEST_OPTIMIZATION_DISCOVERY_ENABLED'): raise RuntimeError\n"
    project.write(SUITE).write({"conftest.py": guard, "tests/test_a.py": "def test_a(): pass\n"})
    (project.folder / "tests" / "test_b.py").unlink()
    assert len(project.ask("framework=pytest", "full")["found"]["tests"]) == 1


def test_a_suite_that_cannot_be_collected_is_an_error_with_what_pytest_said(project):
    project.write(SUITE).write({"tests/test_b.py": "import nowhere\n"})
    error = project.ask("framework=pytest", "full")["found"]["error"]
    assert "No module named 'nowhere'" in error
    assert "tests/test_b.py" in error


COLLECTS = """
import pytest
class Text(pytest.File):
    def collect(self):
        return []
if hasattr(pytest, "version_tuple"):
    def pytest_collect_file(parent, file_path):
        if file_path.suffix == ".yaml":
            return Text.from_parent(parent, path=file_path)
else:  # pytest 6
    def pytest_collect_file(parent, path):
        if path.ext == ".yaml":
            return Text.from_parent(parent, fspath=path)
"""


def test_every_file_that_pytest_collects_is_named(project):
    project.write(SUITE).write(
        {
            "tests/conftest.py": COLLECTS + "collect_ignore = ['test_ignored.py']\n",
            "tests/test_ignored.py": "def test_x(): pass\n",
            "tests/test_empty.py": "",
            "tests/test_skipped.py": "import pytest\npytest.skip('not here', allow_module_level=True)\n",
            "tests/test_missing.py": "import pytest\npytest.importorskip('nowhere')\n",
            "tests/things.yaml": "a: 1\n",
            "pkg/__init__.py": "",
            "pkg/test_p.py": "",
        }
    )
    files = ["pkg/test_p.py", *(f"tests/{name}" for name in ("test_a.py", "test_b.py", "test_empty.py"))]
    files += ["tests/test_missing.py", "tests/test_skipped.py", "tests/things.yaml"]
    for full in (["full"], []):
        found = project.ask("framework=pytest", *full)["found"]
        assert found["files"] == files
        assert found["files_complete"]
        assert not found["notices"]


def test_a_module_without_examples_is_no_test_file(project):
    project.write({"pytest.ini": "[pytest]\naddopts = --doctest-modules\n", "plain.py": "", "test_a.py": ""})
    found = project.ask("framework=pytest")["found"]
    assert (found["files"], found["files_complete"]) == (["test_a.py"], True)


def test_files_are_found_although_one_cannot_be_imported(project):
    project.write(SUITE).write(
        {"tests/test_b.py": "import nowhere\n", "pytest.ini": "[pytest]\naddopts = -x\n"}
    )
    project.write({"tests/conftest.py": COLLECTS, "tests/z.yaml": ""})
    found = project.ask("framework=pytest")["found"]
    assert found["files"] == ["tests/test_a.py", "tests/test_b.py", "tests/z.yaml"]
    assert found["files_complete"]


def test_where_pytest_cannot_collect_its_rules_count_with_a_notice(project):
    project.write(SUITE).write({"tests/conftest.py": "collect_ignore = nothing\n"})
    found = project.ask("framework=pytest")["found"]
    assert found["files"] == ["tests/test_a.py", "tests/test_b.py"]
    (notice,) = found["notices"]
    assert "tests/conftest.py has collect_ignore" in notice
    assert "NameError" in notice
    assert not found["files_complete"]


def test_an_excluded_pattern_holds_for_files_that_pytest_names(project):
    project.write(SUITE).write({"tests/conftest.py": COLLECTS, "tests/a.yaml": "", "tests/b.yaml": ""})
    for full in (["full"], []):
        found = project.ask("framework=pytest", "tests_exclude={**/b.yaml,**/test_a.py}", *full)["found"]
        assert found["files"] == ["tests/a.yaml", "tests/test_b.py"]


def test_listing_changes_no_file_of_the_project(project):
    project.write(SUITE).write({"pytest.ini": "[pytest]\naddopts = --cov=. --cov-report=xml\n"})
    before = project.content()
    assert len(project.ask("framework=pytest", "full")["found"]["tests"]) == 6
    after = {name for name in project.content() if not name.startswith(".pytest_cache")}
    assert after == set(before)


def test_a_location_and_an_excluded_pattern_hold_for_tests_too(project):
    project.write(SUITE)
    assert project.ask("framework=pytest", "full", "tests_exclude=**/test_a.py")["found"]["files"] == [
        "tests/test_b.py"
    ]
    found = project.ask("framework=pytest", "full", "tests_location=tests/*_a.py")["found"]
    assert {test["file"] for test in found["tests"]} == {"tests/test_a.py"}


@pytest.fixture
def recorded(project, tmp_path):
    install_alibi(project, tmp_path / "site")
    project.write(SUITE)
    done = project.run([PYTHON, "-m", "pytest", "--alibi"])
    assert "recorded 6 tests" in done.stdout, done.stdout + done.stderr
    return project


def test_alibis_evidence_says_what_need_not_run(recorded):
    before = recorded.content()
    found = recorded.ask("framework=pytest", "full")["found"]
    assert set(found["cleared"]) == {"tests/test_a.py", "tests/test_b.py"}
    assert all(test["skipped"] and test["reason"] for test in found["tests"])
    assert len(found["tests"]) == 6
    assert found["files_complete"]  # although pytest collected none of them
    recorded.write({"other.py": "def two(): return len('ab')\n"})
    found = recorded.ask("framework=pytest", "full")["found"]
    assert set(found["cleared"]) == {"tests/test_a.py"}
    skipped = {test["selector"] for test in found["tests"] if test["skipped"]}
    assert "tests/test_b.py::test_c" in skipped
    assert {test["selector"] for test in found["tests"]} - skipped == {"tests/test_b.py::test_b"}
    assert found["files"] == ["tests/test_a.py", "tests/test_b.py"]
    after = recorded.content()
    assert {name: after[name] for name in before if name != "other.py"} == {
        name: text for name, text in before.items() if name != "other.py"
    }


def test_a_module_that_cannot_be_imported_runs_whole_and_the_others_are_left_out(recorded):
    recorded.write({"tests/test_bad.py": "import nowhere\n", "tests/test_b.py": "class TestX:\n  oops = 1\n"})
    found = recorded.ask("framework=pytest", "full", PYTEST_ADDOPTS="-x")["found"]
    assert set(found["cleared"]) == {"tests/test_a.py"}
    assert found["files"] == ["tests/test_a.py", "tests/test_b.py", "tests/test_bad.py"]
    assert found["files_complete"]
    assert found["notices"] == [
        "tests/test_bad.py cannot be collected and runs whole: ModuleNotFoundError: No module named 'nowhere'"
    ]
    error = recorded.ask("framework=pytest", "full", "strict_discovery=1")["found"]["error"]
    assert "No module named 'nowhere'" in error


def test_a_file_of_which_a_class_cannot_be_collected_is_not_divided_nor_cleared(recorded):
    broken = "from collections.abc import Iterator\nimport pytest\ndef test_b(): pass\n"
    broken += "@pytest.mark.parametrize('x')\n"
    recorded.write({"tests/test_b.py": broken + "class TestC:\n  def test_d(self, x): pass\n"})
    found = recorded.ask("framework=pytest", "full")["found"]
    assert "tests/test_b.py" in found["files"]
    assert "tests/test_b.py" not in found["cleared"]
    assert not [test for test in found["tests"] if test["file"] == "tests/test_b.py"]


def test_what_stands_below_a_folder_that_cannot_be_collected_is_not_known(recorded):
    recorded.write(
        {"tests/deep/conftest.py": "import nowhere\n", "tests/deep/test_x.py": "def test_x(): pass\n"}
    )
    found = recorded.ask("framework=pytest", "full")["found"]
    assert "error" in found or not found["files_complete"]


def test_a_variable_that_only_listing_sets_is_no_change(recorded):
    recorded.write({"tests/test_b.py": "import os\ndef test_b(): assert not os.environ.get('DD_API_KEY')\n"})
    recorded.run([PYTHON, "-m", "pytest", "--alibi"])
    assert "tests/test_b.py" in recorded.ask("framework=pytest", "full")["found"]["cleared"]


def test_nothing_is_left_out_where_that_is_not_wanted(recorded):
    answer = recorded.ask("framework=pytest", "full", "selects=0")
    assert not answer["found"]["cleared"]
    assert not any(test["skipped"] for test in answer["found"]["tests"])
    assert answer["launches"][0]["environment"] == {"ALIBI_NOSELECT": "1"}


def test_tests_that_the_user_filters_out_are_none(recorded):
    recorded.write({"pytest.ini": "[pytest]\naddopts = -k test_b\n"})
    found = recorded.ask("framework=pytest", "full")["found"]
    assert {test["file"] for test in found["tests"]} == {"tests/test_b.py"}


def test_workers_record_and_select(recorded):
    recorded.write({"other.py": "def two(): return len('ab')\n"})
    (launch,) = recorded.ask("framework=pytest")["launches"]
    assert launch["environment"] == {"ALIBI": "1", "ALIBI_UNFORESEEN": "1"}
    done = recorded.launch(launch)
    assert done.returncode == 0
    assert "1 passed" in done.stdout


def test_a_worker_runs_under_the_configuration_of_the_whole(project):
    inner = "[pytest]\naddopts = -k nothing\n"
    project.write({**SUITE, "tests/pytest.ini": inner})
    (launch,) = project.ask("framework=pytest", "junit=" + str(project.scratch / "report.xml"))["launches"]
    done = project.launch(launch)
    assert done.returncode == 0, done.stdout
    assert "6 passed" in done.stdout
    report = ElementTree.parse(project.scratch / "report.xml")
    assert len(report.findall(".//testcase")) == 6


def test_names_that_look_like_options_are_files(project):
    project.write({"-k_test.py": "def test_x(): pass\n", "@x_test.py": "def test_x(): pass\n"})
    answer = project.ask("framework=pytest")
    assert "2 passed" in project.launch(answer["launches"][0]).stdout


def test_without_pytest_the_message_says_how_to_get_it(project, tmp_path):
    project.write(SUITE)
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "python").write_text('#!/bin/sh\nexec /usr/bin/python3 -S "$@"\n')
    (fake / "python").chmod(0o755)
    answer = project.ask("framework=pytest", PATH=str(fake))
    assert (
        answer["check"]
        == "python has no pytest: python -m pip install pytest, or activate the environment that has it"
    )
    assert "no python" in project.ask("framework=pytest", PATH="/nowhere")["check"]
    # The next interpreter is tried before that is said.
    assert project.ask("framework=pytest", PATH=f"{fake}:/usr/bin")["check"] == ""


def test_the_command_is_that_of_the_user(project):
    project.write(SUITE)
    answer = project.ask("framework=pytest", "full", f"command={PYTHON} -m pytest -k test_c -- -x")
    assert [test["name"] for test in answer["found"]["tests"]] == ["test_c"]
    assert answer["launches"][0]["command"][:5] == [PYTHON, "-m", "pytest", "-k", "test_c"]
    assert "does not start pytest" in project.ask("framework=pytest", "command=make test")["check"]


def test_the_interpreter_says_what_it_runs_on(project):
    tags = project.write(SUITE).ask("framework=pytest")["tags"]
    assert set(tags) == {"os.platform", "os.architecture", "os.version", "runtime.name", "runtime.version"}
    assert tags["os.platform"] == "Linux"
    assert tags["runtime.name"] == "CPython"
