"""The projects of these tests: source files of their own, tests that pass, fail, are skipped or made in a loop."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from ruby_at_hand import native_folder, ruby
from split_runs import Project, commit, plain_environment

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("ALIBI_BUILD") or ROOT / "build" / "test").resolve()
ALIBI = BUILD / "collector" / "cli" / "alibi"
PLACES = ("apples", "pears", "plums", "quinces", "medlars")
# nodes, workers of each, options of `alibi run`
WAYS = {
    "one node": (1, 2, []),
    "one node, batches": (1, 2, ["--no-persistent-workers"]),
    "three nodes": (3, 1, []),
    "three nodes, batches": (3, 2, ["--no-persistent-workers"]),
}
in_each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())


def _written(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def pytest_project(folder: Path) -> Project:
    files = {
        "pytest.ini": "[pytest]\ntestpaths = tests\npythonpath = .\n",
        "shop/__init__.py": "",
        "tests/conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef basket():\n    return []\n",
        "tests/test_mixed.py": (
            "import pytest\n\ndef test_fails():\n    assert 1 == 2\n\n"
            "@pytest.mark.skip\ndef test_skipped():\n    pass\n\n@pytest.mark.xfail\ndef test_known():\n    assert 0\n\n"
            "@pytest.fixture\ndef broken():\n    raise OSError\n\ndef test_error(broken):\n    pass\n"
        ),
    }
    for place in PLACES:
        files[f"shop/{place}.py"] = f"def price(count):\n    return {len(place)} * count\n"
        files[f"tests/test_{place}.py"] = (
            f"import pytest\nfrom shop.{place} import price\n\n"
            f"@pytest.mark.parametrize('count', range(8))\ndef test_price(count, basket):\n"
            f"    basket.append(count)\n    assert price(count) == {len(place)} * count\n\n"
            f"class TestMany:\n    def test_many(self):\n        assert price(100) == {len(place)}00\n"
        )
    environment = plain_environment()
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    environment["ALIBI_COMMAND"] = str(ALIBI)  # not the one that was installed with the interpreter
    if native := os.environ.get("ALIBI_NATIVE_DIR"):
        environment["ALIBI_NATIVE_DIR"] = native
    return Project(_written(folder, files), "pytest", ALIBI, environment, python=sys.executable)


def _ruby_environment(folder: Path) -> dict[str, str]:
    scratch = folder.with_name(folder.name + "-native")
    scratch.mkdir()
    return {
        **plain_environment(), "RUBYLIB": str(ROOT / "ruby_ext" / "lib"), "ALIBI_COMMAND": str(ALIBI),
        "ALIBI_RUBY_NATIVE_DIR": str(native_folder(scratch)),
    }  # fmt: skip


def _ruby_sources() -> dict[str, str]:
    return {
        f"lib/{place}.rb": f"module {place.capitalize()}\n  def self.price(count)\n    {len(place)} * count\n  end\nend\n"
        for place in PLACES
    }


def rspec_project(folder: Path) -> Project:
    if shutil.which("rspec") is None:
        pytest.skip("no rspec here")
    files = {
        ".rspec": "--require testalibi/rspec\n-I lib\n", **_ruby_sources(),
        "spec/mixed_spec.rb": (
            "RSpec.describe 'mixed' do\n  it('fails') { expect(1).to eq 2 }\n  xit('is skipped') { }\n"
            "  it('is pending') { pending; raise }\nend\n"
        ),
    }  # fmt: skip
    for place in PLACES:
        files[f"spec/{place}_spec.rb"] = (
            f"require '{place}'\nRSpec.describe {place.capitalize()} do\n"
            + "".join(
                f"  context('of {n}') {{ it('costs') {{ expect({place.capitalize()}.price({n}))"
                f".to eq {len(place) * n} }} }}\n"  # tests of one group stay together
                for n in range(8)
            )
            + f"  it('costs many') {{ expect(described_class.price(100)).to eq {len(place)}00 }}\nend\n"
        )
    return Project(_written(folder, files), "rspec", ALIBI, _ruby_environment(folder), ruby=ruby())


def minitest_project(folder: Path) -> Project:
    files = {
        "test/test_helper.rb": "require 'testalibi/minitest'\nrequire 'minitest/autorun'\n", **_ruby_sources(),
        "test/mixed_test.rb": (
            "require 'test_helper'\nclass MixedTest < Minitest::Test\n  def test_fails = assert_equal(1, 2)\n"
            "  def test_skipped = skip\n  def test_error = raise('no')\nend\n"
        ),
    }  # fmt: skip
    for place in PLACES:
        files[f"test/{place}_test.rb"] = (
            f"require 'test_helper'\nrequire '{place}'\nclass {place.capitalize()}Test < Minitest::Test\n"
            + "".join(
                f"  def test_{n} = assert_equal({len(place) * n}, {place.capitalize()}.price({n}))\n"
                for n in range(8)
            )
            + f"  def test_many\n    assert_equal {len(place)}00, {place.capitalize()}.price(100)\n  end\nend\n"
        )
    return Project(_written(folder, files), "minitest", ALIBI, _ruby_environment(folder), ruby=ruby())


def cucumber_project(folder: Path) -> Project:
    if shutil.which("cucumber") is None:
        pytest.skip("no cucumber here")
    files = {
        "features/support/env.rb": "$LOAD_PATH.unshift 'lib'\n",
        "features/steps.rb": "Then(/^(\\d) is (\\d)$/) { |one, other| raise 'differs' unless one == other }\n",
        "features/mixed.feature": (
            "Feature: mixed\n  Scenario: fails\n    Then 1 is 2\n  Scenario: unknown\n    Then nobody knows\n"
        ),
    }
    for place in PLACES:
        files[f"features/{place}.feature"] = (
            f"Feature: {place}\n  Scenario: {place} cost\n    Then 3 is 3\n"
            "  Scenario Outline: more\n    Then <n> is <n>\n    Examples:\n      | n |\n      | 1 |\n      | 2 |\n"
        )
    return Project(_written(folder, files), "cucumber", ALIBI, plain_environment(), ruby=ruby())


MAKERS = {
    "pytest": pytest_project, "rspec": rspec_project, "minitest": minitest_project, "cucumber": cucumber_project
}  # fmt: skip


def made(framework: str, folder: Path) -> Project:
    """The project of a framework, committed."""
    project = MAKERS[framework](folder)
    project.environment["ALIBI_DATA"] = str(folder.with_name(folder.name + "-data"))
    commit(project.folder)
    return project
