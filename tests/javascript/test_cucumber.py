"""cucumber-js: a dry run says which features there are; a share takes the place of configured paths."""

from __future__ import annotations

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
