"""Which files are test files: the same as for RSpec, Cucumber, Rake and Rails without Alibi."""

from __future__ import annotations

import json

import pytest

SPEC = 'RSpec.describe("x") { it("is") { } }\n'
FEATURE = "Feature: f\n  Scenario: s\n    Given a step\n"


def specs(*names, **more):
    return {**dict.fromkeys(names, SPEC), **more}


def rspec_files(project, **variables):
    done = project.run(["rspec", "--dry-run", "--format", "json"], **variables)
    examples = json.loads(done.stdout[done.stdout.index("{") : done.stdout.rindex("}") + 1])["examples"]
    return sorted({example["file_path"].removeprefix("./") for example in examples})


def cucumber_files(project):
    done = project.run(["cucumber", "--dry-run", "--format", "json"])
    return sorted({feature["uri"] for feature in json.loads(done.stdout)})


def listed(answer):
    assert "error" not in answer["found"], answer
    return answer["found"]["files"]


ALL = ("spec/a_spec.rb", "spec/slow/b_spec.rb", "spec/c_check.rb", "checks/d_spec.rb")
OPTIONS = {
    "a pattern": {".rspec": "--pattern spec/**/*_{spec,check}.rb\n"},
    "a pattern elsewhere": {".rspec": "-P checks/**/*_spec.rb,spec/*_spec.rb\n"},
    "a pattern behind another letter": {".rspec-local": "-cP checks/**/*_spec.rb\n"},
    "shortened": {".rspec": "--patt=spec/**/*_check.rb\n"},
    "an excluded pattern": {".rspec": "--exclude-pattern 'spec/slow/**/*_spec.rb'\n"},
    "another folder": {".rspec": "--color\n--default-path checks\n"},
    "of this machine only": {
        ".rspec": "--color\n",
        ".rspec-local": "--exclude-pattern spec/slow/*_spec.rb\n",
    },
    "made by ERB": {".rspec": "<%= '--excl' + 'ude-pattern spec/slow/*_spec.rb' %>\n"},
    "configured by a helper": {
        ".rspec": "--require spec_helper\n",
        "spec/spec_helper.rb": "RSpec.configure { |config| config.pattern = 'spec/**/*_check.rb' }\n",
    },
    "excluded by a helper": {
        ".rspec": "-r ./spec/support/files.rb\n",
        "spec/support/files.rb": "RSpec.configure { |c| c.exclude_pattern = 'spec/slow/*_spec.rb' }\n",
    },
    "a helper that comes too late": {
        ".rspec": "--color\n",
        "spec/a_spec.rb": "require 'spec_helper'\n" + SPEC,
        "spec/spec_helper.rb": "RSpec.configure { |c| c.exclude_pattern = 'spec/slow/*_spec.rb' }\n",
    },
}


@pytest.mark.parametrize("name", OPTIONS)
def test_rspecs_own_options_say_which_files_there_are(project, name):
    project.write({**specs(*ALL), **OPTIONS[name]})
    plain = rspec_files(project)
    assert plain, name
    answer = project.ask("framework=rspec", "full")
    assert listed(answer) == plain
    assert sorted({test["file"] for test in answer["found"]["tests"]}) == plain
    assert listed(project.ask("framework=rspec")) == plain


def test_options_of_the_user_and_of_a_variable_count(project, tmp_path):
    project.write(specs(*ALL))
    home = tmp_path / "home"
    home.mkdir()
    (home / ".rspec").write_text("--pattern spec/**/*_check.rb\n")
    (home / "rspec").mkdir()
    (home / "rspec" / "options").write_text("--exclude-pattern spec/slow/*\n")
    for variables in (
        {"HOME": str(home)},
        {"XDG_CONFIG_HOME": str(home)},
        {"SPEC_OPTS": "--default-path checks"},
    ):
        plain = rspec_files(project, **variables)
        assert plain != rspec_files(project)
        assert listed(project.ask("framework=rspec", **variables)) == plain, variables


def test_an_option_of_the_users_command_counts(project):
    project.write(specs(*ALL))
    for command in ("rspec -P spec/**/*_check.rb", "env A=1 /usr/bin/rspec --pattern spec/**/*_check.rb"):
        assert listed(project.ask("framework=rspec", f"command={command}")) == ["spec/c_check.rb"]


def test_a_location_of_the_users_is_stronger_than_rspecs_options(project):
    project.write(specs(*ALL, **{".rspec": "--pattern spec/**/*_check.rb\n"}))
    assert listed(project.ask("tests_location=spec/slow/*_spec.rb")) == ["spec/slow/b_spec.rb"]
    project.write({".rspec": "--exclude-pattern spec/a_spec.rb\n"})
    assert listed(project.ask("tests_exclude=spec/slow")) == []
    project.write({".rspec": "--exclude-pattern spec/b_spec.rb\n"})
    assert listed(project.ask("tests_exclude=spec/slow")) == ["spec/a_spec.rb"]


def test_the_pattern_counts_with_a_notice_where_rspec_cannot_be_asked(project):
    project.write(specs(*ALL, **{".rspec": "--exclude-pattern spec/slow/*\n--no-such-option\n"}))
    found = project.ask("framework=rspec")["found"]
    assert found["files"] == ["spec/a_spec.rb", "spec/slow/b_spec.rb"]
    assert "RSpec's options about files are not heeded" in found["notices"][0]


def test_folders_are_entered_as_rspec_enters_them(project):
    project.write(
        specs(
            "spec/a_spec.rb", "spec/.a_spec.rb", "spec/.hidden/b_spec.rb", "spec/node_modules/c_spec.rb",
            "spec/deep/er/d_spec.rb", "linked/e_spec.rb", "linked/deep/f_spec.rb", "other/g_spec.rb",
        )
    )  # fmt: skip
    (project.folder / "spec" / "link").symlink_to("../linked")
    (project.folder / "spec" / "deep" / "er" / "link").symlink_to("../../../linked")
    (project.folder / "linked" / "deep" / "link").symlink_to("../../other")
    plain = rspec_files(project)
    assert {"spec/link/deep/f_spec.rb", "spec/node_modules/c_spec.rb"} <= set(plain)
    assert listed(project.ask()) == plain
    assert listed(project.ask("full")) == plain


PROFILES = {
    "paths": {"cucumber.yml": "default: --tags ~@wip features more\n"},
    "other paths": {"config/cucumber.yml": "default: more/m.feature\n"},
    "a line": {"config/cucumber.yml": "default: more/m.feature:2\n"},
    "excluded": {"cucumber.yml": "default: --exclude slow\n"},
    "made by ERB": {"cucumber.yml": "<% more = 'more' %>\ndefault: <%= more %> features\n"},
    "no paths": {"cucumber.yml": "default: --format progress\n"},
}


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_of_cucumber_say_which_features_there_are(project, name):
    features = dict.fromkeys(("features/a.feature", "features/slow.feature", "more/m.feature"), FEATURE)
    steps = {"features/step_definitions/steps.rb": "Given(/^a step$/) { }\n"}
    plain = cucumber_files(project.write({**features, **steps, **PROFILES[name]}))
    assert listed(project.ask("framework=cucumber")) == plain
    answer = project.ask("framework=cucumber", "full")
    assert sorted({test["file"] for test in answer["found"]["tests"]}) == plain


def test_features_are_looked_for_with_a_notice_where_the_profiles_cannot_be_read(project):
    found = project.write(
        {
            "features/a.feature": FEATURE,
            "features/steps.rb": "",
            "cucumber.yml": "- no profile\n",
        }
    ).ask("framework=cucumber")["found"]
    assert found["files"] == ["features/a.feature"]
    assert "profiles of cucumber.yml are not heeded" in found["notices"][0]


MINITEST = 'require "minitest/autorun"\nclass {0} < Minitest::Test\n  def test_it = nil\nend\n'
BOTH = {
    "test/a_test.rb": MINITEST.format("A"),
    "test/test_b.rb": MINITEST.format("B"),
    "test/deep/spec_c.rb": MINITEST.format("C"),
    "test/test_helper.rb": "raise 'no test file'\n",
    "test/spec_helper.rb": "raise 'no test file'\n",
    "test/deep/other.rb": "raise 'no test file'\n",
}


def task(line, head="Rake::TestTask.new"):
    return f"{head} do |t|\n  {line}\nend\n"


RAKEFILES = {
    "a pattern": task("t.libs << 'test'\n  t.pattern = 'test/*_test.rb'"),
    "of one name": "Rake::TestTask.new(:test) { |t| t.pattern = './test/*_test.rb' }\n",
    "with what it needs": task(
        "t.test_files = FileList['test/*_test.rb']", "Rake::TestTask.new(test: :build)"
    ),
    "several": task("t.test_files = Dir.glob(['test/*_test.rb', \"test/none/*.rb\"])"),
    "of Minitest": task("t.test_globs = ['test/*_test.rb']", "Minitest::TestTask.create"),
}
UNCLEAR = {
    "none": "task(:test) { ruby 'test/a_test.rb' }\n",
    "two tasks": task("t.pattern = 'test/*_test.rb'")
    + task("t.pattern = 'slow/*.rb'", "Rake::TestTask.new(:slow)"),
    "another task": task("t.pattern = 'test/*_bench.rb'", "Rake::TestTask.new(:bench)"),
    "computed": task("t.pattern = \"test/#{ENV['KIND']}*_test.rb\""),
    "something left out": task("t.test_files = FileList['test/*_test.rb'] - ['test/a_test.rb']"),
    "excluded": task("t.test_files = FileList['test/*_test.rb'].exclude('test/a_test.rb')"),
    "two patterns": task("t.pattern = 'test/*_test.rb'\n  t.test_files = ['test/test_b.rb']"),
    "a comment": "# Rake::TestTask.new { |t| t.pattern = 'test/*_test.rb' }\n",
}  # fmt: skip


def test_both_ways_to_name_files_of_minitest_are_test_files(project):
    answer = project.write(BOTH).ask("full")
    assert listed(answer) == ["test/a_test.rb", "test/deep/spec_c.rb", "test/test_b.rb"]
    assert {test["name"] for test in answer["found"]["tests"]} == {"test_it"}
    assert "3 runs" in project.launch(answer["launches"][0]).stdout


@pytest.mark.parametrize("name", RAKEFILES)
def test_a_pattern_that_the_rakefile_writes_out_counts(project, name):
    project.write({**BOTH, "Rakefile": "require 'rake/testtask'\n" + RAKEFILES[name]})
    assert listed(project.ask("framework=minitest")) == ["test/a_test.rb"]


@pytest.mark.parametrize("name", UNCLEAR)
def test_a_rakefile_that_says_it_otherwise_is_not_guessed_at(project, name):
    project.write({**BOTH, "Rakefile": "require 'rake/testtask'\n" + UNCLEAR[name]})
    assert len(listed(project.ask("framework=minitest"))) == 3


RAILS = {
    "bin/rails": """#!/usr/bin/env ruby
APP_PATH = File.expand_path("../config/application", __dir__)
require_relative "../config/boot"
require "rails/commands"
""",
    "config/boot.rb": "require 'logger'\nrequire 'pathname'\n",
    "config/application.rb": """require "rails"
require "rails/test_unit/railtie"
class Shop < Rails::Application
  config.eager_load = false
end
""",
    "config/environment.rb": "require_relative 'application'\nRails.application.initialize!\n",
    "test/test_helper.rb": "ENV['RAILS_ENV'] = 'test'\n"
    "require_relative '../config/environment'\nrequire 'rails/test_help'\n",
    **{
        f"{folder}/{name}_test.rb": "require 'test_helper'\n"
        f"class {name.capitalize()}Test < ActiveSupport::TestCase\n"
        f"  test('runs') {{ puts; puts 'ran {name}' }}\nend\n"
        for folder, name in (
            ("test/models", "cart"), ("test/system", "browser"), ("test/dummy/test", "dummy"),
            ("test/fixtures/files", "data"), ("my-engine/test", "engine"),
        )
    },
}  # fmt: skip


@pytest.fixture
def rails(project):
    if project.run(["ruby", "-e", "require 'rails'"]).returncode != 0:
        pytest.skip("no Rails here")
    project.write(RAILS)
    (project.folder / "bin" / "rails").chmod(0o755)
    return project


def ran(done):
    return sorted(line.removeprefix("ran ") for line in done.stdout.splitlines() if line.startswith("ran "))


def test_rails_runs_what_it_runs_by_itself(rails):
    plain = ran(rails.run(["bin/rails", "test"]))
    answer = rails.ask()
    assert ran(rails.launch(answer["launches"][0])) == plain == ["cart", "data"]
    assert "2 files of test/{system,dummy}/**/*_test.rb left out" in answer["found"]["notices"][0]
    assert ran(rails.launch(rails.ask("tests_location=test/system/*_test.rb")["launches"][0])) == ["browser"]
    for variables in (
        {"DEFAULT_TEST": "test/dummy/**/*_test.rb", "DEFAULT_TEST_EXCLUDE": ""},
        {"DEFAULT_TEST_EXCLUDE": "test/{models,system}/**/*_test.rb"},
    ):
        plain = ran(rails.run(["bin/rails", "test"], **variables))
        assert plain
        assert ran(rails.launch(rails.ask(**variables)["launches"][0])) == plain


def test_rails_leaves_out_fixtures_from_7_2_on(rails):
    for version, count in (("7.1.5", 2), ("7.2.0", 3), ("8.0.1", 3)):
        rails.write({"Gemfile.lock": f"GEM\n  specs:\n    rails ({version})\n      railties (= {version})\n"})
        found = rails.ask()["found"]
        assert f"{count} files of test/" in found["notices"][0], version


def test_rails_is_told_files_as_it_takes_them(rails):
    """It takes no word for a file that does not begin with a plain name, and runs everything."""
    location = "tests_location=my-engine/test/*_test.rb"
    answer = rails.ask(location)
    assert listed(answer) == ["my-engine/test/engine_test.rb"]
    assert ran(rails.launch(answer["launches"][0])) == ["engine"]
    (test,) = rails.ask(location, "full")["found"]["tests"]
    assert (test["name"], test["file"]) == ("test_runs", "my-engine/test/engine_test.rb")
