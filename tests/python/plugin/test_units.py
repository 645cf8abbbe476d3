"""The parts of the plugin that are pure, or touch one folder."""

import fcntl
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from conftest import REPOSITORY

from testalibi import (
    __version__,
    configuration,
    distrusted,
    merging,
    outcomes,
    pytest_collect,
    pytest_fixtures,
    pytest_report,
    session,
    session_folder,
)
from testalibi import source_roots as roots


def read(options=None, environ=None, ini=None, root="/project"):
    values = ini or {}
    return configuration.read(
        configuration.Sources(
            options or {}, environ or {}, values.get, root, invocation_directory="/elsewhere"
        )
    )


def test_the_version_is_the_one_of_the_build():
    assert f"version: '{__version__}'" in (REPOSITORY / "meson.build").read_text()


def test_command_line_wins_over_environment_over_ini():
    ini = {"alibi": True, "alibi_data": "from-ini", "alibi_strategy": "trace"}
    assert read(ini=ini).data == "/project/from-ini"
    assert read(ini=ini, environ={"ALIBI_DATA": "/from/environ"}).data == "/from/environ"
    assert read(ini=ini, environ={"ALIBI_STRATEGY": "slots"}).strategy == "slots"
    assert read(ini=ini).enabled
    assert not read(ini=ini, environ={"ALIBI": "0"}).enabled
    assert read(ini=ini, environ={"ALIBI": "0"}, options={"alibi": True}).enabled
    assert not read(options={"alibi": True, "no_alibi": True}).enabled


def test_each_of_the_three_switches_means_alibi():
    for name in ("alibi", "alibi_noselect", "alibi_nocollect"):
        chosen = read(options={name: True})
        assert chosen.enabled
        assert chosen.requested
        assert chosen.select == (name != "alibi_noselect")
        assert chosen.collect == (name != "alibi_nocollect")


def test_lists():
    chosen = read(
        environ={"ALIBI_ROOTS": os.pathsep.join(["../shared", "more"])},
        ini={"alibi_exclude": ["gen", ""]},
    )
    assert chosen.extra_roots == ("/shared", "/project/more")
    assert chosen.excludes == ("/project/gen",)


def test_senseless_values_are_named_and_ignored():
    chosen = read(environ={"ALIBI": "perhaps", "ALIBI_MERGE_TIMEOUT": "soon", "ALIBI_KEEP": "few"})
    assert not chosen.enabled
    assert chosen.merge_timeout_s == configuration.DEFAULT_MERGE_TIMEOUT_S
    assert chosen.keep == ""
    named = [problem.split()[0] for problem in chosen.problems]
    assert sorted(named) == ["ALIBI", "alibi_keep", "alibi_merge_timeout"]


@pytest.mark.parametrize(
    ("value", "kept"),
    [("7", "7"), ("all", "all"), (" ALL ", "all"), ("0", ""), ("-1", ""), ("99999", "99999")],
)
def test_how_many_sessions_are_kept(value, kept):
    assert read(environ={"ALIBI_KEEP": value}).keep == kept


def test_every_alias_names_an_option_that_exists():
    plugin = (REPOSITORY / "python_ext" / "testalibi" / "pytest_plugin.py").read_text()
    for _, _, ours, _ in configuration.OPTION_ALIASES:
        assert f'"--{ours.replace("_", "-")}"' in plugin


def report(when="call", outcome="passed", **more):
    return SimpleNamespace(when=when, outcome=outcome, **{"duration": 0.5, "longrepr": None, **more})


def ended(*reports):
    collected = outcomes.OutcomeOfTest()
    for one in reports:
        collected.add(one)
    return collected.end()


def test_outcome_of_a_passed_test_takes_the_time_of_all_phases():
    assert ended(report("setup"), report(), report("teardown")) == ("passed", 1_500_000_000, "")


def test_a_failed_subtest_fails_the_test_and_does_not_count_its_time_twice():
    end = ended(report("setup"), report(outcome="failed"), report(), report("teardown"))
    assert end.outcome == "failed"
    assert end.duration_ns == 1_500_000_000


def test_only_the_last_repetition_counts():
    rerun = [report("setup"), report(outcome="rerun"), report("setup"), report(), report("teardown")]
    assert ended(*rerun).outcome == "passed"


def test_a_test_that_never_ran_has_no_outcome():
    assert ended(report("setup"), report("teardown")) is None
    assert ended() is None


def test_a_report_that_is_not_understood_leaves_the_test_without_outcome():
    ended_tests, left, problems = [], [], []
    recording = SimpleNamespace(
        active=True,
        problems=problems,
        begin_test=lambda _: 1,
        end_test=lambda *end: ended_tests.append(end),
        end_context=left.append,
        guarded=lambda what, function, *arguments: function(*arguments),
    )
    ledger = SimpleNamespace(begin_test=lambda *_: None, end_test=lambda: None)
    collections = SimpleNamespace(contexts_of=lambda _: ())
    ledger.charge_context = lambda _: None
    recorder = pytest_collect.Recorder(recording, ledger, collections, "{}")
    protocol = recorder.pytest_runtest_protocol(SimpleNamespace(nodeid="x", keywords=()))
    next(protocol)
    recorder.pytest_runtest_logreport(report())
    recorder.pytest_runtest_logreport(report(duration="long"))
    with pytest.raises(StopIteration):
        protocol.send(SimpleNamespace(excinfo=None))
    assert (ended_tests, left) == ([], [1])
    assert "is not understood" in problems[0]


class Native:
    strategy = "self"
    strategy_reason = ""

    def begin_test(self, test_id):
        raise RuntimeError(test_id)

    def stop(self):
        pass


def test_after_the_first_failure_a_recording_does_nothing_and_says_so_once():
    recording = session.Recording(Native())
    assert recording.begin_test("first") == 0
    assert recording.begin_test("second") == 0
    recording.end_test(1, outcomes.Ending("passed", 1, ""))
    recording.charge(1, 2)
    recording.stop()
    assert len(recording.problems) == 1
    assert "RuntimeError: first" in recording.problems[0]


def test_a_pytest_that_looks_different_costs_evidence_and_no_test():
    recording = session.Recording(Native())
    ledger = pytest_fixtures.FixtureLedger(recording)
    setup = ledger.pytest_fixture_setup(fixturedef=object(), request=object())
    next(setup)
    with pytest.raises(StopIteration):
        setup.send(None)
    assert "a fixture's set-up has no context (AttributeError" in recording.problems[0]


def test_many_problems_are_told_in_few_lines():
    assert pytest_report._few(["a", "a", "b"]) == ["a", "b"]
    told = pytest_report._few([str(number) for number in range(9)])
    assert told == ["0", "1", "2", "3", "4", "and 4 more problems"]


def test_virtual_environments_and_caches_below_a_root_do_not_count(tmp_path):
    for name in ("own", "env/lib", ".tox", "node_modules", "build/lib.linux", "build/docs"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    found = roots.excludes((str(tmp_path),), ["/not/below"], str(tmp_path / ".alibi"))
    assert set(found) == {
        str(tmp_path / name) for name in (".alibi", "env", ".tox", "node_modules", "build/lib.linux")
    }


def test_a_package_named_build_counts(tmp_path):
    (tmp_path / "build" / "lib").mkdir(parents=True)
    (tmp_path / "build" / "__init__.py").write_text("")
    assert not roots.excludes((str(tmp_path),), [], str(tmp_path.parent))


def test_site_packages_below_the_root_do_not_count_unless_asked_for(tmp_path, monkeypatch):
    site = tmp_path / "lib" / "site-packages"
    site.mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    assert str(site) in roots.excludes((str(tmp_path),), [], str(tmp_path.parent))
    assert str(site) not in roots.excludes((str(tmp_path), str(site)), [], str(tmp_path.parent))


def install_editable(site, name, source, how="direct_url"):
    source.mkdir(parents=True, exist_ok=True)
    record = site / f"{name}-1.dist-info"
    record.mkdir(parents=True)
    if how == "direct_url":
        url = "file://" + str(source).replace(" ", "%20")
        (record / "direct_url.json").write_text(json.dumps({"url": url, "dir_info": {"editable": True}}))
        (site / f"__editable__.{name}-1.pth").write_text(f"import __editable___{name}_finder\n")
    else:
        (site / how).write_text(f"import os\n{source}\n/not/there\n")


def test_editable_installs_are_found_by_every_kind_of_record(tmp_path):
    site = tmp_path / "site"
    sources = {name: tmp_path / "with space" / name for name in ("finder", "plain", "linked")}
    install_editable(site, "finder", sources["finder"])
    install_editable(site, "plain", sources["plain"], "y.pth")
    install_editable(site, "linked", sources["linked"], "linked.egg-link")
    (tmp_path / "other" / "site-packages").mkdir(parents=True)
    install_editable(site, "vendored", tmp_path / "other" / "site-packages", "vendored.pth")
    (site / "broken-1.dist-info").mkdir()
    (site / "broken-1.dist-info" / "direct_url.json").write_text('["editable"')
    (site / "wheel-1.dist-info").mkdir()
    (site / "wheel-1.dist-info" / "direct_url.json").write_text(
        '{"url": "file:///wheel", "dir_info": {"editable": false}}'
    )
    assert set(roots.editable_installs([str(site)])) == set(map(str, sources.values()))


def test_alibi_and_pytest_do_not_count_when_they_are_editable(tmp_path):
    site = tmp_path / "site"
    install_editable(site, "testalibi", tmp_path / "a")
    install_editable(site, "pytest", tmp_path / "b")
    (tmp_path / "c" / "python_ext" / "testalibi").mkdir(parents=True)
    install_editable(site, "c", tmp_path / "c", "c.pth")
    (tmp_path / "d" / "src" / "_pytest").mkdir(parents=True)
    install_editable(site, "d", tmp_path / "d", "d.pth")
    assert list(roots.editable_installs([str(site)])) == []


def test_editable_installs_count_unless_excluded(tmp_path, monkeypatch):
    site = tmp_path / "site-packages"
    install_editable(site, "one", tmp_path / "one")
    install_editable(site, "two", tmp_path / "two")
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    found = roots.roots(str(tmp_path / "project"), [], [str(tmp_path / "two")])
    assert found[0] == str(tmp_path / "project")
    assert str(tmp_path / "one") in found
    assert str(tmp_path / "two") not in found


def test_finding_editable_installs_is_cheap(tmp_path):
    site = tmp_path / "site"
    for number in range(50):
        install_editable(
            site,
            f"package{number}",
            tmp_path / "sources" / str(number),
            "direct_url" if number < 2 else f"{number}.txt",
        )
    list(roots.editable_installs([str(site)]))

    def spent():
        began = time.perf_counter()
        assert len(list(roots.editable_installs([str(site)]))) == 2
        return time.perf_counter() - began

    assert min(spent() for _ in range(20)) < 0.002


def test_the_lock_says_whether_a_session_is_alive(tmp_path):
    folder = session_folder.create(str(tmp_path), {})
    with open(os.path.join(folder.path, "lock")) as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder.release()
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_lock_is_never_there_and_unheld(tmp_path, monkeypatch):
    seen = []
    take = fcntl.flock
    with monkeypatch.context() as patches:
        patches.setattr(fcntl, "flock", lambda *a: (seen.append(list(tmp_path.rglob("lock"))), take(*a)))
        folder = session_folder.create(str(tmp_path), {})
    assert seen == [[]]
    assert sorted(os.listdir(folder.path)) == ["lock", "session.json"]
    folder.release()


def test_the_first_sessions_of_a_project_may_begin_at_the_same_moment(tmp_path):
    data = str(tmp_path / "data")
    context, turns = multiprocessing.get_context("fork"), 20
    ready, failed = context.Barrier(9), context.Queue()

    def begin():
        for turn in range(turns):
            ready.wait(30)
            try:
                session_folder.create(f"{data}{turn}", {}).release()
            except OSError as error:
                failed.put(str(error))

    workers = [context.Process(target=begin) for _ in range(8)]
    for worker in workers:
        worker.start()
    for _ in range(turns):
        ready.wait(30)
    for worker in workers:
        worker.join(30)
    assert failed.empty(), failed.get()
    assert [len(os.listdir(f"{data}{turn}/sessions")) for turn in range(turns)] == [8] * turns


def test_audits_that_end_at_the_same_moment_lose_no_test_of_each_other(tmp_path):
    context, turns = multiprocessing.get_context("fork"), 40

    def distrust(number):
        for turn in range(turns):
            distrusted.add(str(tmp_path), [f"{number}.{turn}"])

    audits = [context.Process(target=distrust, args=(number,)) for number in range(2)]
    for audit in audits:
        audit.start()
    for audit in audits:
        audit.join(30)
        assert audit.exitcode == 0
    assert len(distrusted.tests(str(tmp_path))) == 2 * turns


def test_what_is_given_up_is_never_a_session_without_its_owner(tmp_path, monkeypatch):
    folder = session_folder.create(str(tmp_path), {})
    gone = []
    unlink = os.unlink
    with monkeypatch.context() as patches:
        patches.setattr(os, "unlink", lambda path, **more: (gone.append(str(path)), unlink(path, **more)))
        folder.discard()
    assert os.path.basename(gone[0]) == "lock"
    assert not os.path.exists(folder.path)


def test_a_forked_child_does_not_keep_a_session_alive(tmp_path):
    folder = session_folder.create(str(tmp_path), {})
    child = subprocess.Popen(["sleep", "30"], close_fds=False)
    pid = os.fork()
    if pid == 0:
        time.sleep(30)
        os._exit(0)
    try:
        folder.release()
        with open(os.path.join(folder.path, "lock")) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        child.kill()
        child.wait()


def test_a_session_that_cannot_be_described_leaves_nothing(tmp_path):
    with pytest.raises(TypeError):
        session_folder.create(str(tmp_path), {"not JSON": object()})
    assert not list((tmp_path / "sessions").iterdir())


@pytest.mark.parametrize(
    "output",
    [
        b"",
        b"hello",
        b"[]",
        b"{}",
        b'{"tests": "many"}',
        b'{"tests": 1, "files": 1, "lines": 1, "processes": 1}',
    ],
)
def test_strange_output_of_merge_is_a_failure(output):
    assert merging._parse(output).failure


def test_losses_are_told_in_words():
    assert pytest_report.losses(0, {}, 0) == []
    assert pytest_report.losses(1, {"disk": 3}, 0) == [
        "1 test without complete evidence: the disk was full or refused to be written (3x); it runs next time"
    ]
    assert pytest_report.losses(2, {}, 1) == [
        "2 tests without complete evidence: 1 worker process crashed; they run next time"
    ]
    assert pytest_report.losses(0, {"new_reason": 1}, 0) == ["some evidence was lost: new_reason (1x)"]


def test_every_reason_of_the_recorder_has_words():
    names = re.findall(r"ALIBI_DROP_(\w+) = \d+", (REPOSITORY / "tracer" / "abi" / "alibi.h").read_text())
    assert {name.lower() for name in names} - {"reason_count"} == set(pytest_report._LOSSES)
