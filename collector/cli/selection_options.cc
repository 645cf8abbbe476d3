#include "collector/cli/selection_options.h"

#include <CLI/CLI.hpp>

namespace alibi::cli {
namespace {

// Which evidence counts.
void add_where(CLI::App* command, std::string* environment, std::string* python) {
  command->add_option("--environment", *environment, "Environment (as --alibi-env)")->type_name("NAME");
  command->add_option("--python", *python, "Interpreter of the tests (default: that of the last session)")
      ->type_name("FILE");
}

void add_select(CLI::App* app, SelectOptions* options) {
  CLI::App* select = app->add_subcommand("select", "List which known tests have to run now, and why");
  select
      ->add_option("--request", options->request,
                   "What the test runner says of itself, as JSON; - reads it from standard input")
      ->type_name("FILE");
  add_where(select, &options->environment, &options->python);
  select
      ->add_option("--since", options->since,
                   "Also every test that the changes since this git revision can affect")
      ->type_name("REV");
  select->add_option("--mode", options->mode, "safe (default), strict or fast")
      ->check(CLI::IsMember({"safe", "strict", "fast"}))
      ->option_text("safe|strict|fast");
  select->add_flag("--read-only", options->read_only, "Write nothing at all");
  select->add_flag("--ids", options->only_ids,
                   "Print only the ids of the tests that have to run, one a line");
  add_json(select, &options->output);
  add_data(select, &options->data);
}

void add_why(CLI::App* app, WhyOptions* options) {
  CLI::App* why = app->add_subcommand("why", "Say why a test has to run, or what clears it");
  why->add_option("test", options->test, "Test id, a unique part of one, or a pattern with * and ?")
      ->required();
  add_where(why, &options->environment, &options->python);
  add_json(why, &options->output);
  add_data(why, &options->data);
}

void add_verify(CLI::App* app, VerifyOptions* options) {
  CLI::App* verify = app->add_subcommand(
      "verify", "Check anew what clears the tests that would be skipped: every hash, believing no cache");
  verify->add_option("test", options->tests, "Only these: ids, unique parts, or patterns with * and ?")
      ->type_name("TEST");
  verify
      ->add_option("--alibi", options->alibi,
                   "Check the alibis in FILE, as alibi why TEST --json printed them; - reads standard input")
      ->type_name("FILE")
      ->excludes("test");
  add_where(verify, &options->environment, &options->python);
  add_json(verify, &options->output);
  add_data(verify, &options->data);
}

void add_audit(CLI::App* app, AuditOptions* options) {
  CLI::App* command = app->add_subcommand(
      "audit",
      "Measure on this project how often a skipped test would have ended differently. Mutants run in a copy; "
      "they are broken code that runs with your rights, like your tests");
  command
      ->add_option("--sample", options->sample,
                   "Run a random share, or number, of the tests that would be skipped now")
      ->type_name("N%|N");
  command
      ->add_option("--mutants", options->mutants,
                   "Break a copy of the project in N places, one after the other")
      ->type_name("N");
  command
      ->add_option("--seed", options->seed,
                   "Draw the same again (default: 0 for mutants, another each time for samples)")
      ->type_name("N");
  command->add_option("--kinds", options->kinds, "Only these kinds of mutants, separated by commas")
      ->type_name("KIND,...");
  command
      ->add_option("--resume", options->resume,
                   "Keep judged mutants in FILE and go on with those in it (default: in the data folder)")
      ->type_name("FILE");
  command
      ->add_option(
          "--selected-runs", options->selected_runs,
          "Run the selected tests for N% of the mutants and what looks missed; for the others ask what "
          "would be selected (default: 100%)")
      ->type_name("N%");
  command->add_option("pytest", options->arguments,
                      "After --: pytest's arguments, instead of those of the last session");
  add_where(command, &options->environment, &options->python);
  add_json(command, &options->output);
  add_data(command, &options->data);
}

void add_watch(CLI::App* app, WatchOptions* options) {
  CLI::App* command = app->add_subcommand(
      "watch", "Run what each save can break, failures first, on one screen (docs/watch.md)");
  command->add_option("arguments", options->arguments, "After --: arguments for the test runner");
  command
      ->add_option(
          "--runner", options->runner,
          "Command that runs the tests, instead of python -m pytest with the interpreter of the last "
          "session")
      ->type_name("CMD");
  command
      ->add_option("--ignore", options->ignored,
                   "Files and folders whose changes start nothing: a name, or with a slash a path below the "
                   "root, with * and ?; may be given several times")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  command->add_flag("--plain", options->plain, "Lines one after the other instead of a screen");
  command->add_flag("--poll", options->polls,
                    "Look at all files every second: for network drives, which do not say what changed");
  add_where(command, &options->environment, &options->python);
  add_data(command, &options->data);
}

}  // namespace

void add_selection(CLI::App* app, SelectOptions* select, WhyOptions* why, VerifyOptions* verify,
                   AuditOptions* audit, WatchOptions* watch) {
  add_select(app, select);
  add_why(app, why);
  add_verify(app, verify);
  add_audit(app, audit);
  add_watch(app, watch);
}

}  // namespace alibi::cli
