#include "collector/cli/options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "collector/cli/exit_codes.h"
#include "collector/model/error_codes.h"

namespace alibi::cli {
namespace {

constexpr char kAbout[] =
    "Alibi records what each test touched and runs only the tests that a change can break.\n"
    "Evidence comes from `pytest --alibi`; these commands read and maintain it.";
constexpr char kFooter[] =
    "Exit status: 0 done, 1 failed (verify: an alibi does not hold), 2 wrong command line, 3 nothing found, "
    "4 damaged.\n"
    "Environment: ALIBI_DATA (data folder), NO_COLOR (plain text).";

uint64_t kept_sessions(const std::string& text) {
  if (text == "all") return store::kKeepAll;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0)
    throw CLI::ValidationError("--keep", "takes a number from 1, or all: not " + text);
  return number;
}

void add_kept(CLI::App* command, uint64_t* kept) {
  command
      ->add_option_function<std::string>(
          "--keep", [kept](const std::string& text) { *kept = kept_sessions(text); },
          "Sessions of each environment whose evidence is kept (default 50); the newest evidence of every "
          "test is kept besides")
      ->type_name("N|all");
}

struct Options {
  MergeOptions merge;
  ShipOptions ship;
  ShowOptions show;
  ListOptions list;
  StatsOptions stats;
  GcOptions gc;
  PushOptions push;
  PullOptions pull;
  DoctorOptions doctor;
  ExportOptions exported;
  DumpOptions dump;
  SelectOptions select;
  WhyOptions why;
  VerifyOptions verify;
  AuditOptions audit;
  WatchOptions watch;
  ServeOptions serve;
  SplittingOptions before;
  PlanOptions plan;
  RunOptions run;
  ReplayOptions replay;
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
  exported->add_flag("--as-of-now", options->exported.as_of_now,
                     "coverage only: what a full run would give now, with the evidence of tests that were "
                     "left out moved along with the edits since");
  exported
      ->add_option("--request", options->exported.request,
                   "With --as-of-now: what the test runner says of itself, as JSON; - reads it from standard "
                   "input")
      ->type_name("FILE");
  exported->add_option("--environment", options->exported.environment, "With --as-of-now (as --alibi-env)")
      ->type_name("NAME");
  exported->add_option("--source", options->exported.sources, "With --as-of-now: only files below these")
      ->type_name("PATH ...");
  exported->add_flag("--contexts", options->exported.contexts, "With --as-of-now: a context for each test");
  exported->add_flag("--read-only", options->exported.read_only,
                     "With --as-of-now: write nothing but the output, as for a run that was not recorded");
  add_data(exported, &options->exported.data);
}

void add_serve(CLI::App* app, ServeOptions* options) {
  CLI::App* command = app->add_subcommand(
      "serve",
      "Receive what test runs report, here instead of at a hosted service, and show it (docs/serve.md)");
  command->add_option("--host", options->host, "Address to listen at (default: 127.0.0.1, this machine only)")
      ->type_name("HOST");
  command
      ->add_option("--port", options->port, "Port (default: 8126, where clients look for an agent; 0: any)")
      ->type_name("PORT");
  command
      ->add_option(
          "--store", options->store,
          "Folder to store in (default: $XDG_STATE_HOME/alibi/serve or ~/.local/state/alibi/serve), or a "
          "PostgreSQL database: postgresql://USER@HOST/DATABASE")
      ->type_name("DIR|URL");
  command->add_option("--api-key-file", options->api_key_file, "Keys that clients must have, one a line")
      ->type_name("FILE");
  command->add_option("--tls-cert", options->certificate, "Certificate chain for https, PEM")
      ->type_name("FILE");
  command->add_option("--tls-key", options->key, "Its key, PEM")->type_name("FILE");
  command->add_flag("--allow-anyone", options->allow_anyone,
                    "Listen where others can reach it, without keys: they can read and write everything");
  command
      ->add_option("--rate-limit", options->requests_per_second,
                   "Requests of one client in a second (default 2000; 0: any number)")
      ->check(CLI::Range(0, 1000000))
      ->type_name("N");
  command
      ->add_option(
          "--keep-days", options->keep_days,
          "Days after which sessions are removed, unless skipping rests on them (default 90; 0: never)")
      ->check(CLI::Range(0, 100000))
      ->type_name("N");
  command->add_option("--source", options->source, "Checkout whose files the pages may show")
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  command->add_option("--import", options->imports, "JUnit XML files to store")->type_name("FILE ...");
  command->add_option("--service", options->service, "Service of imported files (default: imported)")
      ->type_name("NAME");
  command->add_option("--replay", options->replay, "Store the bodies in DIR: *.citestcycle and *.citestcov")
      ->type_name("DIR");
  command->add_flag("--only-import", options->only_take,
                    "End when files have been stored, without listening");
}

void add_transfer(CLI::App* app, const char* name, const char* about, TransferOptions* options) {
  CLI::App* transfer = app->add_subcommand(name, about);
  transfer->add_option("folder", options->folder, "Shared folder: a plain directory")
      ->type_name("DIR")
      ->required();
  transfer->add_option("--environment", options->environment, "Only sessions of this environment")
      ->type_name("NAME");
  transfer->add_flag("--dry-run", options->dry_run, "Say what would be copied and copy nothing");
  add_json(transfer, &options->output);
  add_data(transfer, &options->data);
}

void add_store_keeping(CLI::App* app, Options* options) {
  CLI::App* merge = app->add_subcommand(
      "merge", "Store what test sessions recorded, or the evidence of other data folders");
  merge
      ->add_option("source", options->merge.sources,
                   "Session directories with shards and session.json, which are removed; data folders, which "
                   "stay as they are")
      ->type_name("DIR ...")
      ->required();
  merge->add_flag("--leave", options->merge.leave, "Leave session directories where they are");
  add_kept(merge, &options->merge.kept);
  add_json(merge, &options->merge.output);
  add_data(merge, &options->merge.data);

  add_transfer(app, "push", "Copy the evidence that a shared folder lacks into it", &options->push);
  add_transfer(app, "pull", "Copy the evidence that is lacking here from a shared folder", &options->pull);

  CLI::App* gc = app->add_subcommand(
      "gc", "Remove the evidence of old sessions that no test needs, and what only it referred to");
  add_kept(gc, &options->gc.kept);
  gc->add_flag("--dry-run", options->gc.dry_run, "Say what would be removed and remove nothing");
  add_json(gc, &options->gc.output);
  add_data(gc, &options->gc.data);
}

void add_ship(CLI::App* app, ShipOptions* options) {
  CLI::App* ship = app->add_subcommand(
      "ship",
      "Send the Test Optimization service what earlier runs could not send (DATA/spool), and this "
      "repository's commits");
  ship->add_option(
          "--open", options->session,
          "For test runners: open the report of the session in this directory, as the JSON object on "
          "standard input describes it, and print what the service wants")
      ->type_name("DIR");
  add_json(ship, &options->output);
  add_data(ship, &options->data);
}

void add_diagnosis(CLI::App* app, Options* options) {
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

// A flag of plan and run may stand before the command; behind it, it counts more.
template <typename Chosen>
Chosen with_flags_before(Chosen chosen, const SplittingOptions& before) {
  for (const auto& [flag, values] : before.flags) chosen.flags.try_emplace(flag, values);
  return chosen;
}

Command chosen(const CLI::App& app, const Options& options) {
  if (app.got_subcommand("plan")) return with_flags_before(options.plan, options.before);
  if (app.got_subcommand("run")) return with_flags_before(options.run, options.before);
  if (app.got_subcommand("replay")) return options.replay;
  if (app.got_subcommand("merge")) return options.merge;
  if (app.got_subcommand("ship")) return options.ship;
  if (app.got_subcommand("show")) return options.show;
  if (app.got_subcommand("list")) return options.list;
  if (app.got_subcommand("stats")) return options.stats;
  if (app.got_subcommand("gc")) return options.gc;
  if (app.got_subcommand("push")) return options.push;
  if (app.got_subcommand("pull")) return options.pull;
  if (app.got_subcommand("doctor")) return options.doctor;
  if (app.got_subcommand("export")) return options.exported;
  if (app.got_subcommand("select")) return options.select;
  if (app.got_subcommand("why")) return options.why;
  if (app.got_subcommand("verify")) return options.verify;
  if (app.got_subcommand("audit")) return options.audit;
  if (app.got_subcommand("watch")) return options.watch;
  if (app.got_subcommand("serve")) return options.serve;
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

// Last one first, as CLI11 wants them. Of "--flag=" it would take the next argument for the value.
std::vector<std::string> words_of(int argument_count, char** arguments) {
  std::vector<std::string> words;
  bool are_flags = true;
  for (int at = 1; at < argument_count; ++at) {
    std::string word = arguments[at];
    are_flags = are_flags && word != "--";
    const bool is_empty_value = are_flags && word.starts_with("--") && word.find('=') == word.size() - 1;
    if (is_empty_value) word.pop_back();
    words.push_back(std::move(word));
    if (is_empty_value) words.emplace_back();
  }
  std::ranges::reverse(words);
  return words;
}

// Whose configuration or `--compat` says that it was written for DDTest.
bool comes_from_ddtest(int argument_count, char** arguments) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (std::string_view(*entry).starts_with("DD_TEST_OPTIMIZATION_RUNNER_")) return true;
  }
  for (int at = 1; at < argument_count && std::string_view(arguments[at]) != "--"; ++at) {
    const std::string_view word = arguments[at];
    if (word == "--compat" || word == "--compat=true") return true;
  }
  return false;
}

std::vector<std::string> words_behind_dashes(int argument_count, char** arguments) {
  const std::vector<std::string> words(arguments, arguments + argument_count);
  const auto dashes = std::ranges::find(words, "--");
  return dashes == words.end() ? std::vector<std::string>()
                               : std::vector<std::string>(dashes + 1, words.end());
}

}  // namespace

Parsed parse_command_line(int argument_count, char** arguments) {
  CLI::App app(kAbout, "alibi");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("alibi ") + ALIBI_VERSION);
  app.require_subcommand(1);
  Options options;
  add_readers(&app, &options);
  add_selection(&app, &options.select, &options.why, &options.verify, &options.audit, &options.watch);
  add_serve(&app, &options.serve);
  add_store_keeping(&app, &options);
  add_ship(&app, &options.ship);
  add_diagnosis(&app, &options);
  add_splitting(&app, &options.before, &options.plan, &options.run, &options.replay);
  take_odd_words(&app, comes_from_ddtest(argument_count, arguments));
  if (argument_count > 1 && arguments[1][0] != '-' && !knows(app, arguments[1])) {
    return usage_mistake(std::string("there is no command ") + arguments[1]);
  }
  try {
    app.parse(words_of(argument_count, arguments));
  } catch (const CLI::Success& success) {  // --help and --version
    return app.exit(success);
  } catch (const CLI::ParseError& mistake) {
    return usage_mistake(mistake.what());
  }
  if (!options.before.flags.empty() && !app.got_subcommand("plan") && !app.got_subcommand("run"))
    return usage_mistake(options.before.flags.begin()->first + " belongs to plan and run");
  std::vector<std::string> ignored;
  const std::string odd = odd_words(app, words_behind_dashes(argument_count, arguments), &ignored);
  if (!odd.empty()) return usage_mistake("The following argument was not expected: " + odd);
  options.plan.ignored = options.run.ignored = ignored;
  return chosen(app, options);
}

}  // namespace alibi::cli
