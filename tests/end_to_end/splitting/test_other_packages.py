"""Nodes that have other packages, plugins and files than the machine that planned: what a plan leaves out may break
with them, so that they refuse it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from small_projects import made
from split_runs import Project, commit
from test_selection import left_out, make_green

FOREIGN = "[run_plan_foreign]"
LEMON_TEST = "import lemon\n\n\ndef test_it():\n    assert lemon.VERSION == '1.0'\n"


def install(folder: Path, name: str, version: str) -> None:
    """As pip does, over what was there."""
    for old in folder.glob(f"{name}*"):
        shutil.rmtree(old)
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(f"VERSION = '{version}'\n")
    metadata = folder / f"{name}-{version}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (metadata / "RECORD").write_text(f"{name}/__init__.py,,\n")


def site_of(project: Project) -> Path:
    return project.folder.with_name("installed") / "site-packages"


def recorded(tmp_path: Path, files: dict[str, str], **packages: str) -> Project:
    """Green, recorded with these packages; then the price of plums changes, so that its tests have to run."""
    project = made("pytest", tmp_path / "project")
    make_green(project)
    site = site_of(project)
    site.mkdir(parents=True)
    for name, version in packages.items():
        install(site, name, version)
    project = replace(project, environment={**project.environment, "PYTHONPATH": str(site)})
    for name, text in files.items():
        (project.folder / name).write_text(text)
    commit(project.folder)
    done = project.start([project.python, "-m", "pytest", "--alibi", "-p", "no:cacheprovider"])
    assert done.returncode == 0, done.stdout
    source = project.folder / "shop/plums.py"
    source.write_text(source.read_text().replace("5 * count", "count * 5"))
    commit(project.folder)
    return project


def planned(project: Project, *options: str) -> str:
    done = project.plan(1, *options)
    assert done.returncode == 0, done.stdout
    return (project.folder / ".testoptimization/runner/plan.json").read_text()


def test_a_node_with_another_version_of_a_package_refuses_the_plan(tmp_path: Path) -> None:
    project = recorded(tmp_path, {"tests/test_lemon.py": LEMON_TEST}, lemon="1.0")
    planned(project)
    assert "tests/test_lemon.py" in left_out(project)
    ended = project.run(0, 1)
    assert ended.status == 0, ended.output
    assert ended.cases.total() == 9  # of plums
    install(site_of(project), "lemon", "2.0")
    ended = project.run(0, 1)
    assert ended.status == 1
    assert FOREIGN in ended.output
    assert "the package lemon was 1.0 and is 2.0" in ended.output
    assert not ended.cases
    assert project.run(0, 1, "--force").status == 0


def test_a_node_without_a_package_refuses_the_plan(tmp_path: Path) -> None:
    project = recorded(tmp_path, {"tests/test_lemon.py": LEMON_TEST}, lemon="1.0")
    planned(project)
    for old in site_of(project).glob("lemon*"):
        shutil.rmtree(old)
    ended = project.run(0, 1)
    assert ended.status == 1
    assert "the package lemon was 1.0 and is not found" in ended.output


def test_packages_that_no_left_out_test_uses_may_differ(tmp_path: Path) -> None:
    plums = "import melon\nfrom shop.plums import price\n\n\ndef test_it():\n    assert price(1) and melon.VERSION\n"
    files = {"tests/test_lemon.py": LEMON_TEST, "tests/test_more_plums.py": plums}
    project = recorded(tmp_path, files, lemon="1.0", melon="1.0")
    planned(project)
    assert "tests/test_lemon.py" in left_out(project)
    assert "tests/test_more_plums.py" not in left_out(project)
    install(site_of(project), "melon", "2.0")
    install(site_of(project), "quince", "1.0")
    ended = project.run(0, 1)
    assert ended.status == 0, ended.output
    assert ended.cases.total() == 10


def test_a_package_that_was_looked_for_in_vain_and_is_there_refuses_the_plan(tmp_path: Path) -> None:
    test = "try:\n    import lemon\nexcept ImportError:\n    lemon = None\n\n\ndef test_it():\n    assert lemon is None\n"
    project = recorded(tmp_path, {"tests/test_lemon.py": test})
    planned(project)
    assert "tests/test_lemon.py" in left_out(project)
    assert project.run(0, 1).status == 0
    install(site_of(project), "lemon", "1.0")
    ended = project.run(0, 1)
    assert FOREIGN in ended.output
    assert "the module lemon was not found and is there" in ended.output


def test_another_plugin_of_the_test_runner_refuses_the_plan(tmp_path: Path) -> None:
    project = recorded(tmp_path, {})
    planned(project)
    install(site_of(project), "lemon", "1.0")
    (site_of(project) / "lemon-1.0.dist-info/entry_points.txt").write_text("[pytest11]\nlemon = lemon\n")
    ended = project.run(0, 1)
    assert FOREIGN in ended.output
    assert "plugin lemon 1.0 was not installed" in ended.output


def test_where_nothing_is_left_out_packages_may_differ(tmp_path: Path) -> None:
    project = recorded(tmp_path, {"tests/test_lemon.py": LEMON_TEST}, lemon="1.0")
    assert "ground" not in json.loads(planned(project, "--no-select"))["key"]
    assert left_out(project) == []
    install(site_of(project), "lemon", "2.0")
    ended = project.run(0, 1, "--no-select")
    assert FOREIGN not in ended.output
    assert ended.cases.total() == 5 * 9 + 1


def test_a_file_that_the_commit_does_not_have_is_compared_where_left_out_tests_read_it(
    tmp_path: Path,
) -> None:
    test = "def test_it():\n    assert open('local.cfg').read() == 'sweet'\n"
    project = recorded(
        tmp_path,
        {".gitignore": "*.cfg\n", "local.cfg": "sweet", "other.cfg": "x", "tests/test_file.py": test},
    )
    planned(project)
    assert "tests/test_file.py" in left_out(project)
    (project.folder / "other.cfg").write_text("y")
    assert project.run(0, 1).status == 0
    (project.folder / "local.cfg").write_text("sour")
    ended = project.run(0, 1)
    assert FOREIGN in ended.output
    assert "local.cfg is another one" in ended.output


def test_generated_sources_that_the_commit_does_not_have_are_compared(tmp_path: Path) -> None:
    test = "from shop import made\n\n\ndef test_it():\n    assert made.VERSION == 1\n"
    files = {".gitignore": "made.py\n", "shop/made.py": "VERSION = 1\n", "tests/test_made.py": test}
    project = recorded(tmp_path, files)
    planned(project)
    assert "tests/test_made.py" in left_out(project)
    assert project.run(0, 1).status == 0
    (project.folder / "shop/made.py").write_text("VERSION = 2\n")
    assert FOREIGN in project.run(0, 1).output


def test_a_test_that_rests_on_the_whole_environment_is_in_the_plan(tmp_path: Path) -> None:
    """No node has the environment of the job that plans."""
    test = "import os\n\n\ndef test_it():\n    assert 'SOUR' not in dict(os.environ)\n"
    project = recorded(tmp_path, {"tests/test_environment.py": test})
    planned(project)
    assert "tests/test_apples.py" in left_out(project)
    assert "tests/test_environment.py" not in left_out(project)
    node = replace(project, environment={**project.environment, "SOUR": "1"})
    ended = node.run(0, 1)
    assert FOREIGN not in ended.output
    assert ended.status == 1  # it failed, as it does in a plain run there


def test_a_checkout_that_lies_elsewhere_runs_the_plan(tmp_path: Path) -> None:
    files = {"tests/test_lemon.py": LEMON_TEST, ".gitignore": ".testoptimization\n"}
    project = recorded(tmp_path, files, lemon="1.0")
    planned(project)
    assert "tests/test_lemon.py" in left_out(project)
    there = tmp_path / "node" / "checkout"
    subprocess.run(["git", "clone", "-q", str(project.folder), str(there)], check=True)
    shutil.copytree(project.folder / ".testoptimization", there / ".testoptimization")
    environment = {**project.environment, "ALIBI_DATA": str(tmp_path / "node-data")}
    node = replace(project, folder=there, environment=environment)
    ended = node.run(0, 1)
    assert ended.status == 0, ended.output
    assert ended.cases.total() == 9
    install(site_of(project), "lemon", "2.0")
    assert "the package lemon was 1.0 and is 2.0" in node.run(0, 1).output


def test_the_machine_of_the_plan_plans_again_with_another_package(tmp_path: Path) -> None:
    project = recorded(tmp_path, {"tests/test_lemon.py": LEMON_TEST}, lemon="1.0")
    planned(project)
    install(site_of(project), "lemon", "2.0")
    ended = project.run_here(1)
    assert "planning again" in ended.output
    assert "the package lemon was 1.0 and is 2.0" in ended.output
    assert ended.status == 1  # test_lemon ran


def test_nodes_start_no_interpreter_to_compare(tmp_path: Path) -> None:
    project = recorded(tmp_path, {"tests/test_lemon.py": LEMON_TEST}, lemon="1.0")
    starts = tmp_path / "starts"
    program = tmp_path / "bin" / "python"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$*" >> "{starts}"\nexec "{project.python}" "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{project.environment['PATH']}"
    project = replace(project, environment={**project.environment, "PATH": path})
    counts = []
    for options in ([], ["--no-select"]):
        planned(project, *options)
        assert bool(left_out(project)) == (not options)
        starts.unlink()
        project.run(0, 1, *options)
        counts.append(sum(line.startswith("-c") for line in starts.read_text().splitlines()))
    assert counts == [1, 1]


def gem(folder: Path, version: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    library = folder / "gems" / f"lemon-{version}" / "lib"
    library.mkdir(parents=True)
    (library / "lemon.rb").write_text(f"module Lemon\n  VERSION = '{version}'\nend\n")
    (folder / "specifications").mkdir()
    (folder / "specifications" / f"lemon-{version}.gemspec").write_text(
        f"Gem::Specification.new do |s|\n  s.name = 'lemon'\n  s.version = '{version}'\n  s.summary = 'x'\n"
        "  s.authors = ['x']\n  s.files = ['lib/lemon.rb']\nend\n"
    )


@pytest.mark.parametrize("framework", ["rspec", "minitest"])
def test_a_node_with_another_version_of_a_gem_refuses_the_plan(framework: str, tmp_path: Path) -> None:
    project = made(framework, tmp_path / "project")
    make_green(project)
    gems = tmp_path / "gems"
    gem(gems, "1.0")
    asked = project.start([project.ruby, "-e", "print Gem.path.join(':')"]).stdout
    project = replace(project, environment={**project.environment, "GEM_PATH": f"{gems}:{asked}"})
    if framework == "rspec":
        name = "spec/lemon_spec.rb"
        text = "require 'lemon'\nRSpec.describe(Lemon) { it('is') { expect(Lemon::VERSION).to eq '1.0' } }\n"
        command = [project.ruby, "-S", "rspec"]
    else:
        name = "test/lemon_test.rb"
        text = (
            "require 'test_helper'\nrequire 'lemon'\nclass LemonTest < Minitest::Test\n"
            "  def test_it = assert_equal('1.0', Lemon::VERSION)\nend\n"
        )
        each = "Dir['test/*_test.rb'].sort.each { |one| require './' + one }"
        command = [project.ruby, "-Ilib", "-Itest", "-e", each]
    (project.folder / name).write_text(text)
    commit(project.folder)
    done = project.start(command, ALIBI="1")
    assert done.returncode == 0, done.stdout
    source = project.folder / "lib/plums.rb"
    source.write_text(source.read_text().replace("5 * count", "count * 5"))
    commit(project.folder)
    planned(project)
    assert name in left_out(project)
    ended = project.run(0, 1)
    assert ended.status == 0, ended.output
    gem(gems, "2.0")
    ended = project.run(0, 1)
    assert FOREIGN in ended.output
    assert "lemon-1.0.gemspec" in ended.output
    assert ended.status == 1
