"""Workers of pytest-xdist: one shard each in the session of the main process."""

import json

import pytest

pytest.importorskip("xdist")

SUITE = """
import pytest
@pytest.fixture(scope="session")
def shared(): yield 1
@pytest.mark.parametrize("number", range(8))
def test_many(number, shared): assert number != 3
"""


def test_workers_record_what_one_process_records(project):
    project.write("test_suite.py", SUITE)
    alone = project.pytest("--alibi")
    spread = project.pytest("--alibi", "-n", "2")
    assert spread.status == alone.status == 1
    assert spread.ended() == alone.ended()
    assert len(spread.ended()) == 8
    assert spread.charged() == alone.charged()
    roles = [(entry["role"], entry["worker"]) for entry in spread.named("init")]
    assert sorted(roles) == [("main", ""), ("worker", "gw0"), ("worker", "gw1")]
    assert len({entry["directory"] for entry in spread.named("init")}) == 1
    assert len({entry["session_id"] for entry in spread.named("init")}) == 1
    assert len(spread.named("stop")) == 3
    assert project.merged()[-1]["node_count"] == 2
    assert project.merged()[-1]["collected"] == 8


def test_inputs_of_the_run_are_the_same_with_workers(project):
    project.write("test_suite.py", SUITE)

    def inputs(*arguments):
        run = project.pytest("--alibi", "--strict-markers", *arguments)
        return {(e["subject"], e["state"], e["content"]) for e in run.named("record_input")}

    assert inputs() == inputs("-n", "2")


def test_workers_start_before_conftest_files_are_imported(project):
    project.write("conftest.py", "from testalibi import session\nrecording = session.is_recording()\n")
    project.write(
        "test_suite.py",
        "import os\ndef test_it(request):\n"
        "    plugins = request.config.pluginmanager.get_plugins()\n"
        "    assert [p.recording for p in plugins if hasattr(p, 'recording')] == [True]\n"
        "    assert 'ALIBI_XDIST_SESSION' not in os.environ\n",
    )
    run = project.pytest("--alibi", "-n", "1")
    assert run.status == 0, run.text


@pytest.mark.parametrize("arguments", [["--testmon"], ["--alibi-noselect"]])
def test_aliases_reach_workers(project, arguments):
    project.write("test_suite.py", SUITE)
    assert len(project.pytest(*arguments, "-n", "2").ended()) == 8


def test_settings_of_the_ini_file_and_the_environment_reach_workers(project):
    project.write("test_suite.py", SUITE)
    assert len(project.pytest("-n", "2", env={"ALIBI": "1"}).ended()) == 8
    project.write("pytest.ini", "[pytest]\naddopts = --alibi -n2\n")
    assert len(project.pytest().ended()) == 8


def test_workers_do_not_record_when_the_main_process_does_not(project, tmp_path):
    project.write("test_suite.py", SUITE)
    (tmp_path / "file").write_text("")
    run = project.pytest("--alibi", "-n", "2", env={"ALIBI_DATA": str(tmp_path / "file" / "data")})
    assert run.status == 1
    assert len(run.alibi_lines) == 1
    assert not run.calls


def test_a_crashing_worker_is_replaced_and_told(project):
    project.write(
        "test_suite.py",
        """
import os, pytest

@pytest.mark.parametrize("number", range(6))
def test_it(number):
    if number == 2:
        os._exit(1)
""",
    )
    plain, run = project.pytest("-n", "2"), project.pytest("--alibi", "-n", "2")
    assert run.status == plain.status == 1
    assert "1 worker process crashed" in run.text
    assert len(run.ended()) == 5
    assert len(run.named("start")) == 4


def test_problems_of_workers_are_told_once(project):
    project.write("test_suite.py", SUITE)
    run = project.pytest("--alibi", "-n", "2", env={"FAKE_NATIVE_FAILS": "begin_test"})
    assert run.status == 1
    assert run.text.count("recording ended early (Error: begin_test was told to fail)") == 1


def test_a_pytest_started_by_a_test_in_a_worker_is_no_worker(project):
    project.write(
        "test_suite.py",
        """
import subprocess, sys
def test_it(tmp_path):
    (tmp_path / "test_inner.py").write_text("def test_inner(): pass")
    command = [sys.executable, "-m", "pytest", "--alibi", str(tmp_path)]
    done = subprocess.run(command, cwd=str(tmp_path), stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0
    assert "recorded" in done.stdout, done.stdout
""",
    )
    run = project.pytest("--alibi", "-n", "1")
    assert run.status == 0, run.text


def test_the_json_summary_adds_up_the_statistics_of_all_processes(project):
    project.pytest("--alibi", "-n", "2", "--alibi-report=summary.json")
    summary = json.loads((project.folder / "summary.json").read_text())
    assert summary["statistics"] == {"state_not_examined": 6}


def test_the_search_path_is_that_of_the_workers(project):
    project.write("deep/test_deep.py", "def test_deep(): pass\n")
    project.pytest("--alibi", "-n", "2")
    assert str(project.folder / "deep") in project.merged()[-1]["sys_path"]
