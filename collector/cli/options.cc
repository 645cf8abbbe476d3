#include "collector/cli/options.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <string>

#include "collector/cli/exit_codes.h"
#include "collector/model/error_codes.h"

namespace alibi::cli {
namespace {

constexpr char kAbout[] =
    "Alibi records what each test touched and runs only the tests that a change can break.\n"
    "Evidence comes from `pytest --alibi`; these commands read and maintain it.";
constexpr char kFooter[] =
    "Exit status: 0 done, 1 failed, 2 wrong command line, 3 nothing found, 4 damaged.\n"
    "Environment: ALIBI_DATA (data folder), NO_COLOR (plain text).";

void add_data(CLI::App* command, std::string* data) {
  command->add_option("--data", *data, "Data folder (default: $ALIBI_DATA, else the nearest .alibi upwards)")
      ->type_name("DIR");
}

void add_json(CLI::App* command, Output* output) {
  command->add_flag_callback(
      "--json", [output] { *output = Output::kJson; }, "Print JSON for programs");
}

void add_retained(CLI::App* command, uint64_t* retained) {
  command
      ->add_option(
          "--retain", *retained,
          "Sessions of each environment whose evidence is kept (default 50, 0: all); the newest evidence "
          "of every test is kept besides")
      ->type_name("N");
}

struct Options {
  MergeOptions merge;
  ShowOptions show;
  ListOptions list;
  StatsOptions stats;
  PruneOptions prune;
  DoctorOptions doctor;
  ExportOptions exported;
  DumpOptions dump;
  SelectOptions select;
};

void add_readers(CLI::App* app, Options* options) {
  CLI::App* show = app->add_subcommand("show", "Print what tests touched: lines, scopes, names, inputs");
  show->add_option("test", options->show.test, "Test id, a unique part of one, or a pattern with * and ?");
  show->add_flag("--full", options->show.full, "Every scope, name and input instead of the first few");
  add_json(show, &options->show.output);
  add_data(show, &options->show.data);

  CLI::App* list =
      app->add_subcommand("list", "List the known tests with outcome, duration and size of evidence");
  add_json(list, &options->list.output);
  add_data(list, &options->list.data);

  CLI::App* stats = app->add_subcommand("stats", "Print sizes: sessions, tests, evidence, sources, losses");
  add_json(stats, &options->stats.output);
  add_data(stats, &options->stats.data);

  const std::map<std::string, ExportFormat> formats = {{"json", ExportFormat::kJson},
                                                       {"lcov", ExportFormat::kLcov},
                                                       {"cobertura", ExportFormat::kCobertura},
                                                       {"coverage", ExportFormat::kCoverage}};
  CLI::App* exported = app->add_subcommand("export", "Write the evidence for other tools");
  exported
      ->add_option("format", options->exported.format,
                   "json, lcov, cobertura, or coverage (a coverage.py data file with one context per test)")
      ->required()
      ->transform(CLI::Transformer(formats, CLI::ignore_case))
      ->option_text("json|lcov|cobertura|coverage");
  exported->add_option("-o,--output", options->exported.output, "File to write (default: standard output)")
      ->type_name("FILE");
  add_data(exported, &options->exported.data);
}

void add_selectors(CLI::App* app, Options* options) {
  CLI::App* select = app->add_subcommand("select", "List which known tests have to run now, and why");
  select
      ->add_option("--request", options->select.request,
                   "What the test runner says of itself, as JSON; - reads it from standard input")
      ->type_name("FILE");
  select->add_option("--environment", options->select.environment, "Environment (as --alibi-env)")
      ->type_name("NAME");
  select
      ->add_option("--python", options->select.python,
                   "Interpreter of the tests (default: that of the last session)")
      ->type_name("FILE");
  select->add_flag("--read-only", options->select.read_only, "Write nothing at all");
  add_json(select, &options->select.output);
  add_data(select, &options->select.data);
}

void add_maintenance(CLI::App* app, Options* options) {
  CLI::App* merge =
      app->add_subcommand("merge", "Store what one test session recorded, then remove its directory");
  merge->add_option("session", options->merge.session, "Session directory with shards and session.json")
      ->required();
  merge->add_flag("--keep", options->merge.keep, "Leave the session directory where it is");
  add_retained(merge, &options->merge.retained);
  add_json(merge, &options->merge.output);
  add_data(merge, &options->merge.data);

  CLI::App* prune = app->add_subcommand("prune", "Remove the evidence of old sessions that no test needs");
  add_retained(prune, &options->prune.retained);
  add_json(prune, &options->prune.output);
  add_data(prune, &options->prune.data);

  CLI::App* doctor = app->add_subcommand("doctor", "Say what works here and why something does not");
  doctor->add_option("--python", options->doctor.python, "Interpreter to ask (default: python3 on PATH)")
      ->envname("ALIBI_PYTHON")
      ->type_name("FILE");
  add_json(doctor, &options->doctor.output);
  add_data(doctor, &options->doctor.data);

  CLI::App* dump = app->add_subcommand("dump", "Print the records of one shard, for debugging");
  dump->add_option("shard", options->dump.shard, "Shard file")->required();
  add_json(dump, &options->dump.output);
}

Command chosen(const CLI::App& app, const Options& options) {
  if (app.got_subcommand("merge")) return options.merge;
  if (app.got_subcommand("show")) return options.show;
  if (app.got_subcommand("list")) return options.list;
  if (app.got_subcommand("stats")) return options.stats;
  if (app.got_subcommand("prune")) return options.prune;
  if (app.got_subcommand("doctor")) return options.doctor;
  if (app.got_subcommand("export")) return options.exported;
  if (app.got_subcommand("select")) return options.select;
  return options.dump;
}

int usage_mistake(const std::string& what) {
  std::fprintf(stderr, "alibi: %s; alibi --help lists what there is %s\n", what.c_str(),
               collector::bracketed(collector::kUsage).c_str());
  return kUsage;
}

bool knows(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name) return true;
  }
  return false;
}

}  // namespace

Parsed parse_command_line(int argument_count, char** arguments) {
  CLI::App app(kAbout, "alibi");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("alibi ") + ALIBI_VERSION);
  app.require_subcommand(1);
  Options options;
  add_readers(&app, &options);
  add_selectors(&app, &options);
  add_maintenance(&app, &options);
  if (argument_count > 1 && arguments[1][0] != '-' && !knows(app, arguments[1])) {
    return usage_mistake(std::string("there is no command ") + arguments[1]);
  }
  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::Success& success) {  // --help and --version
    return app.exit(success);
  } catch (const CLI::ParseError& mistake) {
    return usage_mistake(mistake.what());
  }
  return chosen(app, options);
}

}  // namespace alibi::cli
