"""Options, variables and ini keys; what is said in the terminal."""

import json
import sys

import pytest

SUITE = "def test_one(): pass\n\ndef test_two(): assert 0\n"


@pytest.fixture(autouse=True)
def suite(project):
    project.write("test_suite.py", SUITE)


def test_nothing_happens_without_being_asked(project):
    run = project.pytest()
    assert run.status == 1
    assert not run.calls
    assert not run.alibi_lines
    assert not project.data.exists()


def test_the_plugin_imports_nothing_of_its_own_until_asked(project):
    project.write(
        "test_suite.py",
        """
import sys

def test_it():
    own = [name for name in sys.modules if name.startswith("testalibi")]
    assert own == ["testalibi", "testalibi.pytest_plugin"]
""",
    )
    assert project.pytest().status == 0


@pytest.mark.parametrize(
    ("arguments", "env", "ini"),
    [
        (["--alibi"], {}, ""),
        (["--alibi-noselect"], {}, ""),
        ([], {"ALIBI": "1"}, ""),
        ([], {}, "alibi = true"),
        (["--alibi"], {"ALIBI": "0"}, "alibi = false"),
        ([], {"ALIBI": "yes"}, "alibi = false"),
        (["--testmon"], {}, ""),
        (["--testmon-noselect"], {}, ""),
        (["--ddtrace"], {}, ""),
        ([], {}, "ddtrace = true"),
        ([], {}, "addopts = --testmon"),
        (["--alibi"], {"ALIBI": "sometimes"}, ""),
    ],
)
def test_ways_to_switch_on(project, arguments, env, ini):
    project.write("pytest.ini", f"[pytest]\n{ini}\n")
    run = project.pytest(*arguments, env=env)
    assert run.status == 1
    assert len(run.ended()) == 2, run.text


@pytest.mark.parametrize(
    ("arguments", "env", "ini"),
    [
        (["--alibi", "--no-alibi"], {"ALIBI": "1"}, "alibi = true"),
        ([], {"ALIBI": "0"}, "alibi = true"),
        (["--testmon", "--no-testmon"], {}, ""),
        (["--alibi", "-p", "no:alibi"], {}, ""),
        (["--alibi-nocollect"], {}, ""),
        (["--testmon", "--testmon-nocollect"], {}, ""),
        (["--alibi", "--collect-only"], {}, ""),
        (["--alibi", "--fixtures"], {}, ""),
        (["--alibi", "--setup-plan"], {}, ""),
        (["--alibi", "--help"], {}, ""),
    ],
)
def test_ways_not_to_record(project, arguments, env, ini):
    project.write("pytest.ini", f"[pytest]\n{ini}\n")
    run = project.pytest(*arguments, env=env)
    assert {call["call"] for call in run.calls} <= {"select"}
    assert not project.data.exists()
    for asked in run.named("select"):
        assert "--read-only" in asked["arguments"]


def test_a_senseless_value_in_the_ini_file_is_told_and_ignored(project):
    project.write("pytest.ini", "[pytest]\nalibi = sometimes\n")
    plain, run = project.pytest("-o", "alibi=0"), project.pytest()
    assert run.outcomes == plain.outcomes
    assert run.status == plain.status == 1
    assert run.alibi_lines == ["alibi: ini key alibi is 'sometimes'; it takes 1 or 0 and was ignored"]


def test_an_ini_key_on_the_command_line(project):
    assert len(project.pytest("-o", "alibi=1").ended()) == 2


def test_header_names_strategy_and_folder(project):
    run = project.pytest("--alibi")
    header = run.alibi_lines[0]
    assert header.startswith("alibi: recording with self-disarming probes (CPython ")
    assert "evidence in .alibi" in header
    assert "alibi: selects nothing: asked not to select" in project.pytest("--alibi-noselect").alibi_lines
    assert "not recording, as asked" in project.pytest("--alibi-nocollect").alibi_lines[0]


def test_summary_says_what_was_stored(project):
    run = project.pytest("--alibi-noselect")
    assert run.alibi_lines[-1].startswith("alibi: recorded 3 tests in 1 process: 2 files, 1,234 lines; ")


def test_quiet_runs_are_quiet(project):
    assert not project.pytest("--alibi-noselect", "-q").alibi_lines


def test_quiet_runs_still_tell_losses(project):
    run = project.pytest("--alibi-noselect", "-q", env={"FAKE_COMMAND_DOES": "fail"})
    assert len(run.alibi_lines) == 1


def test_the_summary_as_json(project):
    project.pytest("--alibi-noselect", "--alibi-report=summary.json")
    summary = json.loads((project.folder / "summary.json").read_text())
    assert summary["tests"] == 3
    assert summary["stored"] is True
    assert summary["problems"] == []


def test_the_json_summary_says_how_much_shared_state_was_not_examined(project):
    project.pytest("--alibi-noselect", "--alibi-report=summary.json")
    summary = json.loads((project.folder / "summary.json").read_text())
    assert summary["statistics"] == {"state_not_examined": 2}


def test_data_folder_from_the_environment(project, tmp_path):
    project.pytest("--alibi-noselect", env={"ALIBI_DATA": str(tmp_path / "elsewhere")})
    assert not project.data.exists()
    assert list((tmp_path / "elsewhere").glob("merged-*"))


def test_the_data_folder_keeps_itself_out_of_version_control(project):
    project.pytest("--alibi-noselect")
    assert (project.data / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize(
    ("arguments", "env", "ini", "expected"),
    [
        (["--alibi-env", "nightly"], {"ALIBI_ENV": "other"}, "", "nightly"),
        ([], {"ALIBI_ENV": "other"}, "alibi_env = third", "other"),
        ([], {}, "alibi_env = third", "third"),
        (["--testmon-env=old"], {}, "", "old"),
        ([], {}, "environment_expression = 'py' + str(sys.version_info[0])", "py3"),
        (["--alibi-env", "1 / (0)"], {}, "", ""),
    ],
)
def test_environment_is_a_name_or_an_expression(project, arguments, env, ini, expected):
    project.write("pytest.ini", f"[pytest]\n{ini}\n")
    run = project.pytest("--alibi-noselect", *arguments, env=env)
    assert [session["environment"] for session in project.merged()] == [expected]
    assert ("failed (ZeroDivisionError" in run.text) == (expected == "")


def test_session_description_is_completed(project):
    project.pytest("--alibi-noselect")
    (session,) = project.merged()
    assert session["complete"] is True
    assert session["exit_status"] == 1
    assert session["collected"] == 2
    assert session["node_count"] == 0
    assert session["root"] == str(project.folder)
    assert session["pytest"] == pytest.__version__


def test_options_that_belong_to_an_installed_tool_are_left_to_it(project, own_site):
    (own_site / "testmon").mkdir()
    (own_site / "testmon" / "__init__.py").write_text("")
    (own_site / "testmon" / "plugin.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--testmon', action='store_true')\n"
    )
    run = project.pytest("-p", "testmon.plugin", "--testmon")
    assert run.status == 1
    assert not run.calls
    assert len(run.alibi_lines) == 1
    assert "--testmon is left to testmon, which is installed here" in run.alibi_lines[0]
    run = project.pytest("-p", "testmon.plugin", "--testmon", "--alibi")
    assert len(run.ended()) == 2


def test_warnings_as_errors_see_none_of_alibi(project):
    plain, run = project.pytest("-W", "error"), project.pytest("--alibi-noselect", "-W", "error")
    assert run.outcomes == plain.outcomes
    assert run.status == plain.status
    assert run.stdout.count("Warning") == plain.stdout.count("Warning")


def test_a_plugin_loaded_by_a_conftest_file_records_as_well(project):
    project.write("conftest.py", 'pytest_plugins = ["testalibi.pytest_plugin"]\n')
    # The entry point is kept out by name: an installed testalibi has one as well as the stand-in.
    run = project.pytest("-p", "no:alibi", env={"ALIBI": "1"})
    assert len(run.ended()) == 2


def test_inputs_of_the_whole_run_are_recorded_before_any_test(project):
    project.write("pytest.ini", "[pytest]\nfilterwarnings = ignore\n")
    run = project.pytest("--alibi-noselect", "--strict-markers", "-k", "one", "-v")
    inputs = {entry["subject"]: entry for entry in run.named("record_input") if entry["current"] == 0}
    assert '"strict_markers": true' in inputs["command line"]["content"]
    assert "keyword" not in inputs["command line"]["content"]
    assert "verbose" not in inputs["command line"]["content"]
    ini = [e for e in run.named("record_input") if e["subject"] == str(project.folder / "pytest.ini")]
    assert [e["detail"].partition(" ")[0] for e in ini] == ["ini", "ini"]
    assert (ini[0]["detail"], ini[0]["content"]) == ("ini bytes", "[pytest]\nfilterwarnings = ignore\n")
    assert '"filterwarnings": "ignore"' in ini[1]["content"]
    assert inputs["TZ"]["kind"] == "environment"


def test_presentation_options_do_not_change_the_recorded_command_line(project):
    def recorded(*arguments):
        run = project.pytest("--alibi-noselect", *arguments)
        return [e["content"] for e in run.named("record_input") if e["subject"] == "command line"]

    plain = recorded()
    assert plain == recorded(
        "-v", "--tb=short", "-x", "--durations=3", "-p", "no:cacheprovider", "--color=yes"
    )
    assert plain != recorded("-W", "error::DeprecationWarning")
    assert plain != recorded("--import-mode=append")


def test_conftest_chain_counts_present_and_absent_files(project):
    project.write("conftest.py", "")
    project.write("deep/er/test_deep.py", "def test_deep(): pass\n")
    run = project.pytest("--alibi-noselect")
    charged = run.charged()
    assert "conftest chain of deep/er" in charged["deep/er/test_deep.py::test_deep"]
    assert "conftest chain of ." in charged["test_suite.py::test_one"]
    chain = {e["subject"]: e["state"] for e in run.named("record_input") if e["detail"] == "conftest"}
    assert chain == {
        str(project.folder / "conftest.py"): "present",
        str(project.folder / "deep" / "conftest.py"): "absent",
        str(project.folder / "deep" / "er" / "conftest.py"): "absent",
    }


def test_modules_of_the_project_that_are_plugins_are_recorded(project):
    def modules(run):
        return [e["detail"] for e in run.named("record_input") if e["subject"] == "plugin modules"]

    own = str(project.write("own_plugin.py", ""))
    other = str(project.write("vendor/other_plugin.py", "x = 1\n"))
    top = str(project.write("conftest.py", 'pytest_plugins = ["vendor.other_plugin"]\n'))
    deep = str(project.write("deep/conftest.py", ""))
    project.write("deep/test_deep.py", "def test_deep(): pass\n")
    path = f"{project.site}:{project.folder}"
    run = project.pytest("--alibi-noselect", "-p", "own_plugin", env={"PYTHONPATH": path})
    assert modules(run) == ["\n".join(sorted([own, other, top, deep]))]
    (entry,) = (e for e in run.named("record_input") if e["subject"] == "plugin modules")
    assert entry["current"] == 0
    assert entry["content"] == entry["detail"]
    excluded = project.pytest("--alibi-noselect", "test_suite.py", "-o", "alibi_exclude=vendor")
    assert modules(excluded) == [top]


def test_the_session_says_what_ran_it_and_where_it_looked_for_modules(project):
    project.write("lib/helper.py", "")
    project.write("conftest.py", "import sys\nsys.path.insert(0, 'somewhere')\nsys.path.append(3)\n")
    project.write("test_path.py", "import sys\ndef test_it(): sys.path.insert(0, 'too late')\n")
    project.pytest("--alibi-noselect", "..", cwd=project.folder / "lib")
    session = project.merged()[-1]
    assert session["executable"] == sys.executable
    assert session["prefix"] == sys.prefix
    assert session["invocation_directory"] == str(project.folder / "lib")
    assert str(project.folder / "lib" / "somewhere") in session["sys_path"]
    assert str(project.folder) in session["sys_path"]
    assert not any("too late" in entry for entry in session["sys_path"])
    assert all(isinstance(entry, str) for entry in session["sys_path"])
