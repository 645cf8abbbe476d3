"""cucumber-js: a dry run says which features there are; a share takes the place of configured paths."""

from __future__ import annotations

import json
import shutil

import pytest
from node_project import NodeProject, lines, report_cases, reports_of

PROJECT = "cucumber"
FILES = ["features/apples.feature", "features/pears.feature", "features/sub/plums.feature"]


def test_it_finds_the_features_that_have_something_to_run(project: NodeProject) -> None:
    assert project.found()["files"] == FILES
    assert not (project.folder / "report.json").exists()  # the user's formatter saw no run


def test_a_feature_that_cannot_be_parsed_stays_in_the_plan(project: NodeProject) -> None:
    (project.folder / "features/broken.feature").write_text("no feature\n")
    assert project.found()["files"] == sorted([*FILES, "features/broken.feature"])


def test_shares_run_what_a_plain_run_does(project: NodeProject) -> None:
    plain = project.noting("plain")
    assert project.start(["node_modules/.bin/cucumber-js"], {}).status == 0
    split = project.noting("split")
    ended = project.run([FILES[:1], FILES[1:]])
    assert [one.status for one in ended] == [0, 0], ended
    assert lines(split) == lines(plain) == ["apples", "pears", "plums"]


def test_paths_of_the_command_are_replaced_and_its_options_kept(project: NodeProject) -> None:
    split = project.noting("split")
    command = "node_modules/.bin/cucumber-js --format summary features/pears.feature:3 --order defined"
    assert project.run([["features/apples.feature"]], command=command)[0].status == 0
    assert lines(split) == ["apples"]


def test_a_report_stands_beside_the_users_formatters(project: NodeProject) -> None:
    ended = project.run([FILES], junit=str(project.scratch / "junit"))
    assert ended[0].status == 0
    assert "3 scenarios" in ended[0].text
    assert (project.folder / "report.json").exists()
    assert len(report_cases(*reports_of(project))) == 3


def feature(name: str) -> str:
    return f"Feature: f\n  Scenario: s\n    Given it ran as {json.dumps(name, ensure_ascii=False)}\n"


STEPS = (
    "const { Given } = require('@cucumber/cucumber');\n"
    "Given('it ran as {string}', (name) => require('fs').appendFileSync(process.env.RAN, name + '\\n'));\n"
)
ODD = ["[br]", "a{b,c}", "sub/[q]", "c[d]", "cd", "@x", "st*r", "x!y", "a(b)", "a:1", "with space", "é日"]


def test_names_that_look_like_patterns_are_names(project: NodeProject) -> None:
    shutil.rmtree(project.folder / "features")
    (project.folder / "features/sub").mkdir(parents=True)
    (project.folder / "features/steps.js").write_text(STEPS)
    for name in ODD:
        (project.folder / f"features/{name}.feature").write_text(feature(name))
    files = project.found()["files"]
    assert files == sorted(f"features/{name}.feature" for name in ODD)
    split = project.noting("split")
    ended = project.run([[one] for one in files])
    assert [one.status for one in ended] == [0] * len(files), ended
    assert lines(split) == sorted(ODD)


def test_a_share_has_the_support_code_of_all_paths(project: NodeProject) -> None:
    shutil.rmtree(project.folder / "features")
    for name in ("a/x", "b/y", "common/z"):
        path = project.folder / f"specs/{name}.feature"
        path.parent.mkdir(parents=True)
        path.write_text(feature(name))
    (project.folder / "specs/common/s.js").write_text(STEPS)
    (project.folder / "cucumber.js").write_text(
        "module.exports = { default: { paths: ['specs/a/*.feature'] } }"
    )
    split = project.noting("split")
    command = "node_modules/.bin/cucumber-js specs/b specs/common"
    ended = project.run(
        [["specs/a/x.feature"], ["specs/b/y.feature", "specs/common/z.feature"]], command=command
    )
    assert [one.status for one in ended] == [0, 0], ended
    assert lines(split) == ["a/x", "b/y", "common/z"]


@pytest.mark.parametrize("own", ["command", "configuration"])
def test_a_shard_of_the_users_is_left_out(project: NodeProject, own: str) -> None:
    asked = {}
    if own == "command":
        asked["command"] = "node_modules/.bin/cucumber-js --shard 1/2"
    else:
        (project.folder / "cucumber.js").write_text("module.exports = { default: { shard: '1/2' } }")
    found = project.found(**asked)
    assert found["files"] == FILES
    assert "Alibi divides the files itself" in " ".join(found["notices"])
    split = project.noting("split")
    assert [one.status for one in project.run([FILES[:1], FILES[1:]], **asked)] == [0, 0]
    assert lines(split) == ["apples", "pears", "plums"]


def test_a_run_that_a_step_ends_keeps_its_mark(project: NodeProject) -> None:
    project.noting("split")
    assert project.run([FILES])[0].status == 0
    assert list(project.scratch.glob("*.mark")) == []
    (project.folder / "features/step/exit.js").write_text(
        "const { Before } = require('@cucumber/cucumber');\n"
        "Before(({ pickle }) => pickle.uri.includes('pears') && process.exit(0));\n"
    )
    assert project.run([FILES])[0].status == 0
    assert len(list(project.scratch.glob("*.mark"))) == 1


def test_a_name_with_a_line_break_is_listed_and_runs(project: NodeProject) -> None:
    name = "features/new\nline.feature"
    (project.folder / FILES[0]).rename(project.folder / name)
    assert project.found()["files"] == sorted([name, *FILES[1:]])
    split = project.noting("split")
    assert project.run([[name]])[0].status == 0
    assert len(lines(split)) == 1
