#include "collector/cli/splitting_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "collector/cli/shared_options.h"
#include "collector/plan/settings.h"

namespace alibi::cli {
namespace {

enum class Shown : bool { kYes, kNo };

std::string help_of(const plan::SettingFlag& flag) {
  std::string text = flag.help;
  std::string notes;
  if (!flag.shown_default.empty()) notes = "default: " + flag.shown_default;
  if (!flag.environment.empty()) notes += (notes.empty() ? "" : "; ") + flag.environment.front();
  return notes.empty() ? text : text + " (" + notes + ")";
}

void add_flags(CLI::App* command, Shown shown, std::map<std::string, std::vector<std::string>>* flags) {
  for (const plan::SettingFlag& flag : plan::setting_flags()) {
    CLI::Option* option = nullptr;
    if (flag.takes_value) {
      option = command->add_option_function<std::vector<std::string>>(
          flag.flag,
          [flags, name = flag.flag](const std::vector<std::string>& values) { (*flags)[name] = values; },
          help_of(flag));
      option->allow_extra_args(false)->option_text("VALUE");
      // As the peer's library has it, the last one of several counts.
      option->multi_option_policy(flag.repeats ? CLI::MultiOptionPolicy::TakeAll
                                               : CLI::MultiOptionPolicy::TakeLast);
    } else {
      option = command->add_flag_function(
          flag.flag,
          [flags, name = flag.flag](int64_t count) { (*flags)[name] = {count > 0 ? "true" : "false"}; },
          help_of(flag));
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
    option->group(shown == Shown::kYes ? "Settings" : "");
  }
}

void add_common(CLI::App* command, SplittingOptions* options) {
  add_flags(command, Shown::kYes, &options->flags);
  command->add_flag("--json", options->json, "Print JSON for programs");
  add_data(command, &options->data);
}

}  // namespace

void add_splitting(CLI::App* app, SplittingOptions* before, PlanOptions* plan, RunOptions* run,
                   ReplayOptions* replay) {
  add_flags(app, Shown::kNo, &before->flags);
  CLI::App* planning = app->add_subcommand(
      "plan",
      "Decide which tests still have to run, on how many CI nodes or workers, and who runs what; writes "
      ".testoptimization/ (docs/splitting.md)");
  planning->add_option("--explain", plan->explain, "Say why a file is where it is: estimate, samples, node")
      ->type_name("FILE");
  planning->add_option("--what-if", plan->what_if, "Say what other numbers of nodes would give: 4,8,16")
      ->type_name("N,...");
  planning->add_option("--diff", plan->difference, "Say what differs from the plan in another folder")
      ->type_name("DIR");
  planning
      ->add_option("--ci-output", plan->ci,
                   "CI system to write for: github, gitlab, circleci, buildkite, azure or none (default: the "
                   "one that runs this)")
      ->type_name("NAME");
  planning->add_flag("--dry-run", plan->dry_run, "Write nothing");
  add_common(planning, plan);

  CLI::App* running = app->add_subcommand(
      "run", "Run a plan, or one CI node's share of it (--ci-node); plans first where there is no plan");
  add_common(running, run);

  CLI::App* replaying = app->add_subcommand(
      "replay", "Say how long a plan takes with the times that were measured, static and with stealing");
  replaying->add_option("folder", replay->folder, "Folder of the plan (default: .testoptimization)")
      ->type_name("DIR");
  replaying
      ->add_option("--actual", replay->actual,
                   "JUnit files or folders with the times (default: the last "
                   "run's)")
      ->type_name("PATH ...");
  replaying->add_flag("--json", replay->json, "Print JSON for programs");
  replaying->add_option("--data", replay->data, "Data folder (as of plan)")->type_name("DIR");
}

void take_odd_words(CLI::App* app, bool lenient) {
  app->allow_extras(lenient);
  for (const char* const command : {"plan", "run"}) app->get_subcommand(command)->allow_extras(lenient);
}

std::string odd_words(const CLI::App& app, const std::vector<std::string>& behind_dashes,
                      std::vector<std::string>* ignored) {
  const bool takes_them = app.got_subcommand("plan") || app.got_subcommand("run");
  for (const std::string& word : app.remaining(true)) {
    if (word == "--") continue;
    const bool is_flag =
        word.starts_with('-') && std::ranges::find(behind_dashes, word) == behind_dashes.end();
    if (is_flag || !takes_them) return word;
    ignored->push_back(word);
  }
  return {};
}

}  // namespace alibi::cli
