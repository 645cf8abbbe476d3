"""Why a test would run, or may be left out. That this agrees with the list of skippable tests is asserted by
every test of test_skippable.py (Project.whys); here are the words."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import Project
from wire import Client, coverage, run_tags
from wire import attempt_event as event_of

FILES = {"lib/a.py": "A = 1\n", "lib/b.py": "B = 1\n", "tests/test_a.py": "a", "tests/test_b.py": "b"}
RUN = {
    "test_a": ("pass", ["lib/a.py", "tests/test_a.py"]),
    "test_b": ("pass", ["lib/b.py", "tests/test_b.py"]),
}


@pytest.fixture
def project(client: Client, tmp_path: Path) -> Project:
    made = Project(tmp_path / "project", client)
    made.upload(made.write(dict(FILES)))
    return made


@pytest.fixture
def recorded(project: Project) -> str:
    sha = project.git("rev-parse", "HEAD").decode().strip()
    project.run(sha, 5, RUN)
    return sha


def test_the_commit_and_the_edited_file_are_named(project: Project, recorded: str) -> None:
    assert project.whys(recorded, {"test_a", "test_b"}) == dict.fromkeys(
        RUN, f"it passed at {recorded[:10]}, this very commit"
    )
    sha = project.commit(lib__a_py="A = 2\n")
    assert set(project.whys(sha, set()).values()) == {
        f"commit {sha[:10]} has not been uploaded, or not as a whole"
    }
    project.upload(sha)
    between = f"changed between {recorded[:10]} and {sha[:10]}"
    assert project.whys(sha, {"test_b"}) == {
        "test_a": f"lib/a.py {between}",
        "test_b": f"it passed at {recorded[:10]}, and nothing that it covers {between}",
    }
    more = project.write({"pyproject.toml": "x"})
    project.upload(more)
    assert set(project.whys(more, set()).values()) == {
        f"pyproject.toml is new, which is no source file (between {recorded[:10]} and {more[:10]})"
    }


def test_what_is_missing_is_named(project: Project, recorded: str) -> None:
    project.run(
        recorded, 6, {"test_a": ("fail", ["lib/a.py"]), "test_b": ("skip", []), "test_c": ("pass", [])}
    )
    project.client.coverages([coverage(5, 7, {"lib/generated.py": (1,)})])
    event = event_of(7, 8, "test_d", **{"test.source.file": "lib/generated.py"})
    project.client.events([event], run_tags(recorded))
    project.client.coverages([coverage(7, 8, {"lib/a.py": (1,)})])
    at = f"at {recorded[:10]}"
    assert project.whys(recorded, set()) == {
        "test_a": f"it failed {at}, and nothing that it covers changed since",
        "test_b": f"it was skipped {at}",
        "test_c": f"no coverage was received for its run {at}",
        "test_d": f"lib/generated.py is not in git {at}",
    }


def test_another_set_of_parameters_is_named_as_the_cause(project: Project, recorded: str) -> None:
    for session, parameters, status in ((6, "{1}", "pass"), (7, "{2}", "fail")):
        meta = {"test.source.file": "tests/test_a.py", "test.parameters": parameters}
        project.client.events([event_of(session, session, "test_p", status, **meta)], run_tags(recorded))
        project.client.coverages([coverage(session, session, {"lib/a.py": (1,)})])
    tests = project.client.get("/api/alibi/v1/tests?q=test_p").json["tests"]
    reasons = [
        project.client.get(f"/api/alibi/v1/tests/{test['id']}/why").json["why"][0]["reason"] for test in tests
    ]
    failed = f"it failed at {recorded[:10]}, and nothing that it covers changed since"
    assert reasons == [
        f"tests that differ only in their parameters run together, and of one {failed}",
        failed,
    ]


def test_the_newest_commit_of_the_context_is_meant_unless_one_is_named(
    project: Project, recorded: str
) -> None:
    sha = project.commit(lib__a_py="A = 2\n")
    project.upload(sha)
    project.run(sha, 6, {"test_b": RUN["test_b"]})
    client = project.client
    found = {test["name"]: test["id"] for test in client.get("/api/alibi/v1/tests").json["tests"]}
    why = client.get(f"/api/alibi/v1/tests/{found['test_a']}/why").json["why"][0]
    assert (why["commit"], why["evidence_commit"], why["may_be_left_out"]) == (sha, recorded, False)
    why = client.get(f"/api/alibi/v1/tests/{found['test_a']}/why?commit={recorded}").json["why"][0]
    assert (why["commit"], why["may_be_left_out"]) == (recorded, True)
    for path, status in (("1/why?commit=--all", 400), ("999/why", 404), ("x/why", 404), ("1", 404)):
        assert client.get(f"/api/alibi/v1/tests/{path}").status == status, path


def test_a_later_run_at_an_older_commit_decides(project: Project, recorded: str) -> None:
    sha = project.commit(lib__b_py="B = 2\n")
    project.upload(sha)
    project.run(sha, 6, {"test_a": RUN["test_a"]})
    project.run(recorded, 7, {"test_a": ("fail", ["lib/a.py", "tests/test_a.py"])})
    project.run(sha, 8, {"test_b": RUN["test_b"]})
    assert project.skippable(sha) == {"test_b"}
    failed = f"it failed at {recorded[:10]}, and nothing that it covers changed since"
    assert project.whys(sha, {"test_b"})["test_a"] == failed
