"""Which tests need not run: a repository, packs of it as clients make them, runs, edits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from project import Project
from wire import Client, coverage, form, module_event, request_of, run_tags, session_event, suite_event
from wire import attempt_event as event_of

FILES = {
    "lib/a.py": "A = 1\n",
    "lib/b.py": "B = 1\n",
    "lib/started.py": "S = 1\n",
    "tests/test_a.py": "def test_a(): pass\n",
    "tests/test_b.py": "def test_b(): pass\n",
    "tests/conftest.py": "",
    "pyproject.toml": "",
    "README.md": "read me\n",
}


@pytest.fixture
def project(client: Client, tmp_path: Path) -> Project:
    return Project(tmp_path / "project", client)


RUN = {
    "test_a": ("pass", ["lib/a.py", "tests/test_a.py"]),
    "test_b": ("pass", ["lib/b.py", "tests/test_b.py"]),
}


@pytest.fixture
def recorded(project: Project) -> str:
    """A commit that was uploaded and at which both tests passed."""
    sha = project.write(dict(FILES))
    project.upload(sha)
    project.run(sha, 5, RUN)
    return sha


def run_of_a_shared_name(
    project: Project, sha: str, session: int, files: dict[int, str], **meta: str
) -> None:
    """Tests that the service knows by one name, each with what it covers."""
    place = {"test.source.file": "tests/test_a.py", "test.suite": "shared.py", **meta}
    events = [event_of(session, span, "test_shared", "pass", **place) for span in files]
    covered = [coverage(session, span, {file: (1,)}) for span, file in files.items()]
    assert project.client.events(events, run_tags(sha)).status == 202
    assert project.client.coverages(covered).status == 202


def test_a_name_that_several_tests_have_is_never_left_out(project: Project, recorded: str) -> None:
    run_of_a_shared_name(project, recorded, 6, {6001: "lib/a.py", 6002: "lib/b.py"})
    run_of_a_shared_name(project, recorded, 7, {7001: "lib/a.py"})  # a part of the run
    assert project.skippable(recorded) == {"test_a", "test_b"}
    sha = project.commit(lib__b_py="B = 2\n")
    project.upload(sha)
    run_of_a_shared_name(project, sha, 8, {8001: "lib/a.py"})
    assert project.skippable(sha) == {"test_a"}


def test_a_name_with_retries_is_that_of_one_test(project: Project, recorded: str) -> None:
    run_of_a_shared_name(project, recorded, 6, {6001: "lib/a.py"})
    run_of_a_shared_name(project, recorded, 6, {6002: "lib/a.py"}, **{"test.is_retry": "true"})
    assert "test_shared" not in project.skippable(recorded)
    run_of_a_shared_name(project, recorded, 7, {7001: "lib/a.py"})
    assert "test_shared" in project.skippable(recorded)


def test_packs_make_commits_known_and_nothing_else(project: Project) -> None:
    first, second = project.write(dict(FILES)), project.commit(lib__a_py="A = 2\n")
    assert project.known(first, second) == []
    project.upload(first)
    assert project.known(first, second) == [first]
    project.upload(second)
    assert sorted(project.known(first, second)) == sorted([first, second])
    assert project.known(first) == [first]


def test_a_commit_without_its_trees_is_not_known(project: Project) -> None:
    sha = project.write(dict(FILES))
    lonely = project.git("pack-objects", "--stdout", "-q", text=sha.encode() + b"\n")
    pushed = json.dumps({"data": {"id": sha, "type": "commit"}, "meta": {"repository_url": "u"}}).encode()
    body, kind = form(
        [
            ("pushedSha", None, "application/json", pushed),
            ("packfile", "x.pack", "application/octet-stream", lonely),
        ]
    )
    assert project.client.send("/api/v2/git/repository/packfile", body, kind).status == 204
    assert project.known(sha) == []
    project.run(sha, 5, RUN)
    assert project.skippable(sha) == set()


def test_packs_that_are_damaged_are_refused(project: Project) -> None:
    sha = project.write(dict(FILES))
    pack = bytearray(project.pack(sha))
    pack[len(pack) // 2] ^= 0x55
    pushed = json.dumps({"data": {"id": sha, "type": "commit"}, "meta": {"repository_url": "u"}}).encode()
    parts = [
        ("pushedSha", None, "application/json", pushed),
        ("packfile", "x.pack", "application/octet-stream", bytes(pack)),
    ]
    assert project.client.send("/api/v2/git/repository/packfile", *form(parts)).status == 400
    assert project.known(sha) == []


def test_the_same_commit_leaves_out_what_passed(project: Project, recorded: str) -> None:
    assert project.skippable(recorded) == {"test_a", "test_b"}
    item = project.answer(recorded)["data"][0]
    assert item["type"] == "test"
    assert item["attributes"]["configurations"] == {"test.bundle": "tests"}
    assert item["attributes"]["parameters"] is None


def test_an_edit_runs_the_tests_that_covered_the_file(project: Project, recorded: str) -> None:
    sha = project.commit(lib__a_py="A = 2\n")
    assert project.skippable(sha) == set()  # not uploaded yet
    project.upload(sha)
    assert project.skippable(sha) == {"test_b"}
    assert recorded in project.answer(sha)["meta"]["alibi_log"][0]


def test_evidence_of_several_commits_adds_up(project: Project, recorded: str) -> None:
    second = project.commit(lib__a_py="A = 2\n")
    project.upload(second)
    project.run(second, 6, {"test_a": RUN["test_a"]})
    assert project.skippable(second) == {"test_a", "test_b"}
    third = project.commit(lib__b_py="B = 2\n")
    project.upload(third)
    assert project.skippable(third) == {"test_a"}
    back = project.commit(lib__a_py="A = 1\n", lib__b_py="B = 1\n")
    project.upload(back)
    assert project.skippable(back) == {"test_a", "test_b"}


@pytest.mark.parametrize(
    "edit",
    [
        {"README.md": "other\n"},
        {"pyproject.toml": "[x]\n"},
        {"requirements.txt": "x\n"},
        {".github/workflows/ci.yml": "x\n"},
        {"data/table.csv": "x\n"},
        {"tests/conftest.py": "X = 1\n"},
        {"lib/started.py": "S = 2\n"},  # nobody's coverage names it
        {"lib/new.py": "N = 1\n"},
        {"lib/started.py": None},
        {"tests/conftest.py": None},
    ],
)
def test_edits_that_coverage_cannot_speak_about_run_everything(
    project: Project, recorded: str, edit: dict[str, str | None]
) -> None:
    assert project.skippable(recorded) == {"test_a", "test_b"}
    sha = project.write(edit)
    project.upload(sha)
    assert project.skippable(sha) == set()
    assert next(iter(edit)) in project.answer(sha)["meta"]["alibi_log"][0]


def test_a_new_test_file_runs_nothing_else(project: Project, recorded: str) -> None:
    sha = project.write({"tests/test_new.py": "def test_new(): pass\n"})
    project.upload(sha)
    assert project.skippable(sha) == {"test_a", "test_b"}


def test_a_file_that_became_executable_or_a_link_runs_everything(project: Project, recorded: str) -> None:
    (project.folder / "lib/a.py").chmod(0o755)
    sha = project.write({})
    project.upload(sha)
    assert project.skippable(sha) == set()


def test_an_edit_of_the_own_file_runs_the_test_though_coverage_lacks_it(project: Project) -> None:
    first = project.write(dict(FILES))
    project.upload(first)
    project.run(
        first, 5, {"test_a": ("pass", ["lib/a.py"]), "test_b": ("pass", ["lib/b.py", "tests/test_a.py"])}
    )
    sha = project.commit(tests__test_a_py="def test_a(): return\n")
    project.upload(sha)
    assert project.skippable(sha) == set()


def test_failures_skips_retries_and_tests_without_coverage_run(project: Project) -> None:
    sha = project.write(dict(FILES))
    project.upload(sha)
    project.run(
        sha,
        5,
        {
            "test_a": ("fail", ["lib/a.py"]),
            "test_b": ("skip", ["lib/b.py"]),
            "test_c": ("pass", []),
            "test_d": ("pass", ["lib/a.py"]),
        },
    )
    assert project.skippable(sha) == set()  # test_d's own file is not in git
    project.run(sha, 6, {"test_a": ("pass", ["lib/a.py"])})
    assert project.skippable(sha) == {"test_a"}
    retried = event_of(
        6, 77, "test_a", "pass", **{"test.source.file": "tests/test_a.py", "test.suite": "test_a.py"}
    )
    project.client.events([retried], run_tags(sha))
    assert project.skippable(sha) == set()


def test_a_name_is_left_out_with_all_its_parameters_or_not_at_all(project: Project, recorded: str) -> None:
    """Some clients compare names only."""

    def ran(session: int, parameters: str, status: str) -> None:
        meta = {
            "test.source.file": "tests/test_a.py",
            "test.suite": "test_a.py",
            "test.parameters": parameters,
        }
        project.client.events([event_of(session, session, "test_p", status, **meta)], run_tags(recorded))
        project.client.coverages([coverage(session, session, {"lib/a.py": (1,)})])

    ran(6, "{1}", "pass")
    ran(7, "{2}", "pass")
    assert project.skippable(recorded) == {"test_a", "test_b", "test_p"}
    ran(8, "{2}", "fail")
    assert project.skippable(recorded) == {"test_a", "test_b"}


def test_coverage_that_contradicts_itself_or_lacks_a_file_is_no_evidence(project: Project) -> None:
    sha = project.write(dict(FILES))
    project.upload(sha)
    project.run(sha, 5, RUN)
    project.client.coverages([coverage(5, 5001, {"lib/a.py": (1,), "tests/test_a.py": (1,)})])
    assert project.skippable(sha) == {"test_a", "test_b"}
    project.client.coverages([coverage(5, 5001, {"lib/b.py": (1,)})])
    assert project.skippable(sha) == {"test_b"}
    project.run(sha, 6, {"test_a": ("pass", [])})
    lacking = coverage(6, 6001, {"lib/a.py": (1,)})
    lacking["files"].append({"filename": 7})
    assert project.client.coverages([lacking]).status == 202
    assert project.skippable(sha) == {"test_b"}


def test_a_later_failure_wins_over_an_earlier_pass(project: Project, recorded: str) -> None:
    project.run(recorded, 6, {"test_a": ("fail", ["lib/a.py", "tests/test_a.py"])})
    assert project.skippable(recorded) == {"test_b"}
    second = project.commit(lib__b_py="B = 2\n")
    project.upload(second)
    project.run(second, 7, {"test_b": ("fail", [])})
    assert project.skippable(recorded) == set()


def test_left_out_tests_keep_their_evidence(project: Project, recorded: str) -> None:
    skipped = event_of(6, 1, "test_a", "skip", **{"test.skipped_by_itr": "true", "test.suite": "test_a.py"})
    project.client.events([skipped], run_tags(recorded))
    assert project.skippable(recorded) == {"test_a", "test_b"}


@pytest.mark.parametrize(
    "other",
    [
        {"service": "other"},
        {"env": "prod"},
        {"env": None},
        {"configurations": {"os.platform": "Linux", "runtime.name": "CPython", "runtime.version": "3.12.0"}},
        {
            "configurations": {
                "os.platform": "Linux",
                "runtime.name": "CPython",
                "runtime.version": "3.11.2",
                "custom": {"disk": "ssd"},
            }
        },
    ],
)
def test_evidence_of_another_place_is_not_used(
    project: Project, recorded: str, other: dict[str, Any]
) -> None:
    assert project.skippable(recorded, **other) == set()
    assert project.skippable(recorded) == {"test_a", "test_b"}


def test_configurations_of_the_user_count_as_tags(project: Project) -> None:
    sha = project.write(dict(FILES))
    project.upload(sha)
    project.run(sha, 5, RUN, **{"test.configuration.disk": "ssd"})
    assert project.skippable(sha) == set()
    platform = {"os.platform": "Linux", "runtime.name": "CPython", "runtime.version": "3.11.2"}
    assert project.skippable(sha, configurations={**platform, "custom": {"disk": "ssd"}}) == {
        "test_a",
        "test_b",
    }


@pytest.mark.parametrize("sha", ["0" * 40, "", "HEAD", "--output=/tmp/x", "a" * 39, "A" * 40])
def test_unknown_commits_leave_nothing_out(project: Project, recorded: str, sha: str) -> None:
    assert project.skippable(recorded) == {"test_a", "test_b"}
    body = request_of("test_params", recorded).replace(recorded.encode(), sha.encode())
    reply = project.client.send("/api/v2/ci/tests/skippable", body)
    assert reply.status in (200, 400)
    assert reply.status == 400 or reply.json["data"] == []


@pytest.mark.parametrize("named", [True, False])
def test_suites_are_left_out_as_a_whole(project: Project, named: bool) -> None:
    """Some clients name the module in the suite's event, others in the module's only."""
    sha = project.write(dict(FILES))
    project.upload(sha)
    suite = suite_event(5)
    if not named:
        del suite["content"]["meta"]["test.module"]
    project.client.events([event_of(5, 1, "test_a"), suite, module_event(5)], run_tags(sha))
    assert project.answer(sha, test_level="suite")["data"] == []  # the session may have more of it
    project.client.events([session_event(5)], run_tags(sha))
    project.client.coverages([coverage(5, None, {"lib/a.py": (1,), "tests/test_a.py": (1,)})])
    project.client.coverages([coverage(5, None, {"lib/b.py": (1,)})])
    answer = project.answer(sha, test_level="suite")
    assert [(item["type"], item["attributes"]["suite"]) for item in answer["data"]] == [
        ("suite", "test_a.py")
    ]
    assert answer["data"][0]["attributes"]["configurations"] == {"test.bundle": "tests"}
    assert project.skippable(sha) == set()
    second = project.commit(lib__b_py="B = 2\n")
    project.upload(second)
    assert project.answer(second, test_level="suite")["data"] == []


def test_a_part_of_a_suite_is_no_evidence_for_the_rest_of_it(project: Project) -> None:
    def run(session: int, *tests: tuple[str, str]) -> None:
        events = [event_of(session, session * 10 + at, name) for at, (name, _) in enumerate(tests)]
        project.client.events([*events, suite_event(session), session_event(session)], run_tags(sha))
        for _, file in tests:
            project.client.coverages([coverage(session, None, {file: (1,), "tests/test_a.py": (1,)})])

    sha = project.write(dict(FILES))
    project.upload(sha)
    run(5, ("test_a", "lib/a.py"), ("test_b", "lib/b.py"))
    run(6, ("test_a", "lib/a.py"))  # as with -k
    assert len(project.answer(sha, test_level="suite")["data"]) == 1
    edited = project.commit(lib__b_py="B = 2\n")
    project.upload(edited)
    assert project.answer(edited, test_level="suite")["data"] == []
