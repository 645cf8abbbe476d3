"""Mocha: its own rules for files, set-up files with every share, the user's one reporter beside a report."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from node_project import NodeProject, lines, report_cases, reports_of, thirds

PROJECT = "mocha"
FILES = ["test/a.js", "test/b.js", "test/c.js", "test/children.js", "test/sub/a.js", "test/sub/with space.js"]


def test_it_finds_what_mocha_would_run_but_for_its_set_up(project: NodeProject) -> None:
    assert project.found()["files"] == FILES


def test_the_location_takes_the_place_of_the_configured_files(project: NodeProject) -> None:
    found = project.found(tests_location="test/sub/*.js", tests_exclude="**/a.js")
    assert found["files"] == ["test/sub/with space.js"]


def test_a_project_without_tests_has_none(project: NodeProject) -> None:
    assert project.found(tests_location="nowhere/*.js")["files"] == []


def test_three_shares_run_what_a_plain_run_does(project: NodeProject) -> None:
    plain = project.noting("plain")
    assert project.start(["node_modules/.bin/mocha"], {}).status == 0
    split = project.noting("split")
    ended = project.run(thirds(FILES))
    assert [one.status for one in ended] == [0, 0, 0], ended
    assert lines(split) == lines(plain)


def test_flags_of_node_in_the_command_change_nothing(project: NodeProject) -> None:
    command = "node_modules/.bin/mocha --expose-gc"
    assert project.found(command=command)["files"] == FILES
    split = project.noting("split")
    ended = project.run([["test/b.js"], ["test/children.js"]], command=command)
    assert [one.status for one in ended] == [0, 0], ended
    assert lines(split) == ["b.js hooks", "b.js set-up", "children"]


def test_files_run_in_parallel_are_the_same(project: NodeProject) -> None:
    (project.folder / ".mocharc.json").write_text(
        '{"spec": ["test/**/*.js"], "ignore": ["test/ignored.js"],'
        ' "require": ["./setup/hooks.js", "./setup/first.js"]}'
    )
    split = project.noting("split")
    junit = str(project.scratch / "junit")
    ended = project.run(
        [["test/b.js", "test/a.js"]], command="node_modules/.bin/mocha --parallel --jobs 2", junit=junit
    )
    assert ended[0].status == 0, ended
    assert lines(split) == ["a.js hooks", "a.js set-up", "b.js hooks", "b.js set-up"]
    assert len(report_cases(*reports_of(project))) == 6


def test_a_report_stands_beside_the_users_reporter(project: NodeProject) -> None:
    project.environment["OWN_REPORT"] = str(project.scratch / "own")
    project.environment["FAIL"] = "1"
    ended = project.run([FILES], junit=str(project.scratch / "junit"))
    assert ended[0].status == 1
    assert "passing" in ended[0].text
    assert len(lines(project.scratch / "own")) == 11
    cases = report_cases(*reports_of(project))
    assert ("test/children.js", "fails when told", "failure") in cases
    assert ("test/a.js", "has the hooks", "passed") in cases
    assert ("test/a.js", "is pending", "skipped") in cases
    assert len(cases) == 17


def test_a_hook_that_fails_is_in_the_report(project: NodeProject) -> None:
    (project.folder / "test/hook.js").write_text(
        "describe('hook', () => { before(() => { throw new Error('no database'); });"
        " it('never runs', () => {}); });"
    )
    ended = project.run([["test/hook.js"]], junit=str(project.scratch / "junit"))
    assert ended[0].status == 1
    [(file, name, outcome)] = report_cases(*reports_of(project))
    assert (file, outcome) == ("test/hook.js", "failure")
    assert "before all" in name


def test_a_command_that_starts_no_mocha_is_an_error(project: NodeProject) -> None:
    answer = project.probe(command="echo mocha")
    assert answer.returncode == 1
    assert "does not list the test files" in answer.stderr
    answer = project.probe(command="npm test")
    assert answer.returncode == 1
    assert "npx mocha" in answer.stderr


def test_modules_of_both_kinds_run(project: NodeProject) -> None:
    (project.folder / "test/module.mjs").write_text(
        "import fs from 'node:fs';\nit('runs', () => { fs.appendFileSync(process.env.RAN, 'module\\n'); });\n"
    )
    split = project.noting("split")
    assert project.run([["test/module.mjs", "test/a.js"]])[0].status == 0
    assert lines(split) == ["a.js hooks", "a.js set-up", "module"]


def test_options_of_node_that_workers_get_do_not_make_each_run_everything(project: NodeProject) -> None:
    # They come over the environment that a run is started with (--worker-env).
    (project.folder / "test/options.js").write_text(
        "require('assert').equal(process.env.NODE_OPTIONS, '--no-warnings'); it('runs', () => {});"
    )
    split = project.noting("split")
    ended = project.run([["test/options.js", "test/b.js"]], worker_env={"NODE_OPTIONS": "--no-warnings"})
    assert ended[0].status == 0, ended
    assert lines(split) == ["b.js hooks", "b.js set-up"]


def alibi_run(project: NodeProject, *words: str) -> subprocess.CompletedProcess[str]:
    return alibi_command(project, "run", *words)


def alibi_command(project: NodeProject, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(os.environ["ALIBI_BUILD"]).resolve() / "collector/cli/alibi"), *words]
    environment = {**os.environ, **project.environment, "ALIBI_DATA": str(project.scratch / "data")}
    environment.pop("NODE_OPTIONS", None)
    return subprocess.run(command, cwd=project.folder, env=environment, capture_output=True, text=True,
                          check=False, timeout=120)  # fmt: skip


def test_a_test_that_leaves_the_process_is_not_believed(project: NodeProject) -> None:
    (project.folder / "test/b.js").write_text("it('leaves', () => { process.exit(0); });\n")
    alone = ["--platform=javascript", "--framework=mocha", "--max-parallelism=1"]
    ended = alibi_run(project, *alone)
    assert ended.returncode == 1, ended.stderr
    assert "count as failed: test/a.js, test/b.js, test/c.js" in ended.stderr
    assert alibi_run(project, *alone, "--tests-exclude-pattern=test/b.js").returncode == 0


HELPED = {
    "helper.js": "global.expectOk = (value) => { if (!value) throw new Error('no'); };\n",
    "hooks.js": "beforeEach(() => { global.ready = true; });\n",
    "made.js": "require('../own/shared')('made');\n",  # its tests are another file's
    "a.js": "it('a', () => expectOk(ready));\n",
    "z.js": "it('z', () => expectOk(ready));\n",
}


def helped(project: NodeProject, **more: str) -> None:
    """In place of the project's files: two that give the others what they need, three with tests."""
    (project.folder / ".mocharc.json").write_text('{"spec": ["own_test/*.js"]}')
    for folder in ("own_test", "own"):
        (project.folder / folder).mkdir()
    (project.folder / "own/shared.js").write_text(
        "module.exports = (name) => { it(name, () => expectOk(ready)); };\n"
    )
    for name, text in {**HELPED, **{f"{name}.js": text for name, text in more.items()}}.items():
        (project.folder / "own_test" / name).write_text(text)


WITH_TESTS = ["own_test/a.js", "own_test/made.js", "own_test/z.js"]


def test_files_that_only_help_others_are_loaded_by_every_process(project: NodeProject) -> None:
    helped(project)
    found = project.found()
    assert found["files"] == WITH_TESTS
    assert found["notices"] == []
    ended = project.run([[file] for file in WITH_TESTS])
    assert [one.status for one in ended] == [0, 0, 0], ended
    assert all("1 passing" in one.text for one in ended)


def test_nodes_of_a_plan_load_them_too(project: NodeProject) -> None:
    helped(project)
    words = ["--platform=javascript", "--framework=mocha", "--min-parallelism=2", "--max-parallelism=2"]
    assert alibi_command(project, "plan", *words).returncode == 0
    for node in (0, 1):
        ended = alibi_run(project, *words, f"--ci-node={node}")
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "passing" in ended.stdout


def test_hooks_beside_tests_are_said_to_hold_for_their_process_only(project: NodeProject) -> None:
    helped(project, both="before(() => {});\nit('both', () => {});\n")
    found = project.found()
    assert found["files"] == sorted([*WITH_TESTS, "own_test/both.js"])
    [notice] = found["notices"]
    assert "own_test/both.js" in notice
    assert "hooks" in notice


def test_files_that_cannot_be_loaded_are_all_run(project: NodeProject) -> None:
    helped(project, broken="throw new Error('broken');\n")
    found = project.found()
    assert found["files"] == sorted(
        [*WITH_TESTS, *(f"own_test/{name}.js" for name in ("broken", "helper", "hooks"))]
    )


def test_what_the_user_leaves_out_is_loaded_by_nobody(project: NodeProject) -> None:
    helped(project, odd="global.odd = true; console.log('odd is loaded');\n")
    command = ["--platform=javascript", "--framework=mocha", "--max-parallelism=1"]
    assert "odd is loaded" in alibi_run(project, *command).stdout
    assert (
        "odd is loaded" not in alibi_run(project, *command, "--tests-exclude-pattern=own_test/odd.js").stdout
    )
