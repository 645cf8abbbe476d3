"""What the plugin tells `alibi plan`, whose driver lists tests by --collect-only."""

import json

from testalibi.intake_names import names_of, parameters_text

DRIVERS = "collector/framework/drivers"


def listed(project, repository, *arguments, **variables):
    output = project.folder.parent / "listed.json"
    told = {"output": str(output), "restore": {"PYTEST_PLUGINS": None}, "outside": {}}
    variables.update(
        ALIBI_DISCOVERY=json.dumps(told),
        PYTEST_PLUGINS="alibi_pytest_discovery",
        PYTHONPATH=f"{repository / DRIVERS}:{project.site}",
    )
    done = project.run("-m", "pytest", "--collect-only", "-q", *arguments, env=variables)
    assert done.status in (0, 5), done.text
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    return [line for line in lines if "file" not in line]  # which files were collected


def knowing(project, tests, settled=()):
    answer = {
        "tests": [
            {"id": test, "verdict": verdict, "kind": verdict, "duration_ms": 1, "reason": ""}
            for test, verdict in tests.items()
        ],
        "settled_files": list(settled),
        "changes": [],
        "notices": [],
        "all_files_settled": False,
        "options": {},
    }
    return str(project.write("answer.json", json.dumps(answer)))


def test_tests_and_files_that_are_left_out_are_told_apart(project, request):
    project.write("test_a.py", "def test_1(): pass\ndef test_2(): pass\n")
    project.write("test_b.py", "def test_3(): pass\n")
    known = {"test_a.py::test_1": "skip", "test_a.py::test_2": "run", "test_b.py::test_3": "skip"}
    answer = knowing(project, known, ["test_b.py"])
    lines = listed(project, request.config.rootpath, "--alibi", FAKE_SELECTION=answer)
    tests = {line["selector"]: line["skipped"] for line in lines if "name" in line}
    assert tests == {"test_a.py::test_1": True, "test_a.py::test_2": False, "test_b.py::test_3": True}
    assert [line["cleared"] for line in lines if "cleared" in line] == ["test_b.py"]
    assert not project.sessions()


def test_tests_that_somebody_else_deselects_are_none(project, request):
    project.write("test_a.py", "def test_1(): pass\ndef test_2(): pass\n")
    answer = knowing(project, {"test_a.py::test_1": "skip"})
    lines = listed(project, request.config.rootpath, "--alibi", "-k", "test_2", FAKE_SELECTION=answer)
    assert [(line["name"], line["skipped"]) for line in lines] == [("test_2", False)]


def test_names_are_those_of_the_intake(project, request):
    body = "import pytest\nclass TestX:\n    @pytest.mark.parametrize('a', [object, 'ä'])\n"
    body += "    def test_1(self, a): pass\n"
    project.write("deep/er/test_a.py", body)
    lines = listed(project, request.config.rootpath)
    assert len(lines) == 2
    for line in lines:
        assert (line["module"], line["suite"], line["name"]) == names_of(line["selector"])
    assert lines[0]["parameters"] == parameters_text({"a": object})
    assert lines[1]["parameters"] == parameters_text({"a": "ä"})


def test_the_hooks_of_ddtraces_users_give_the_names(project, request):
    project.write("test_a.py", "def test_1(): pass\n")
    project.write("conftest.py", "def pytest_ddtrace_get_item_suite_name(item): return 'mine'\n")
    (line,) = listed(project, request.config.rootpath)
    assert line["suite"] == "mine"
