#include "collector/framework/javascript/vitest_words.h"

#include <algorithm>
#include <array>

namespace alibi::framework::javascript {
namespace {

// All others take the next word that is no option, also those that Vitest does not know.
constexpr std::array kSwitches = {"-h",
                                  "-u",
                                  "-v",
                                  "-w",
                                  "--allowOnly",
                                  "--api.allowExec",
                                  "--api.allowWrite",
                                  "--api.strictPort",
                                  "--browser.api.allowExec",
                                  "--browser.api.allowWrite",
                                  "--browser.api.strictPort",
                                  "--browser.enabled",
                                  "--browser.fileParallelism",
                                  "--browser.headless",
                                  "--browser.isolate",
                                  "--browser.locators.exact",
                                  "--browser.trackUnhandledErrors",
                                  "--browser.ui",
                                  "--cache",
                                  "--clearCache",
                                  "--clearScreen",
                                  "--color",
                                  "--coverage",
                                  "--coverage.all",
                                  "--coverage.allowExternal",
                                  "--coverage.clean",
                                  "--coverage.cleanOnRerun",
                                  "--coverage.enabled",
                                  "--coverage.excludeAfterRemap",
                                  "--coverage.reportOnFailure",
                                  "--coverage.skipFull",
                                  "--coverage.thresholds.100",
                                  "--coverage.thresholds.autoUpdate",
                                  "--coverage.thresholds.perFile",
                                  "--dangerouslyIgnoreUnhandledErrors",
                                  "--detectAsyncLeaks",
                                  "--diff.expand",
                                  "--diff.includeChangeCounts",
                                  "--diff.omitAnnotationLines",
                                  "--diff.printBasicPrototype",
                                  "--disableConsoleIntercept",
                                  "--dom",
                                  "--expandSnapshotDiff",
                                  "--expect",
                                  "--expect.poll",
                                  "--expect.requireAssertions",
                                  "--experimental.fsModuleCache",
                                  "--experimental.importDurations",
                                  "--experimental.importDurations.failOnDanger",
                                  "--experimental.importDurations.thresholds",
                                  "--experimental.nodeLoader",
                                  "--experimental.preParse",
                                  "--experimental.viteModuleRunner",
                                  "--fileParallelism",
                                  "--globals",
                                  "--help",
                                  "--hideSkippedTests",
                                  "--includeTaskLocation",
                                  "--isolate",
                                  "--logHeapUsage",
                                  "--open",
                                  "--passWithNoTests",
                                  "--poolOptions.forks.isolate",
                                  "--poolOptions.forks.singleFork",
                                  "--poolOptions.threads.isolate",
                                  "--poolOptions.threads.singleThread",
                                  "--poolOptions.threads.useAtomics",
                                  "--poolOptions.vmForks.isolate",
                                  "--poolOptions.vmForks.singleFork",
                                  "--poolOptions.vmThreads.isolate",
                                  "--poolOptions.vmThreads.singleThread",
                                  "--poolOptions.vmThreads.useAtomics",
                                  "--printConsoleTrace",
                                  "--run",
                                  "--sequence.concurrent",
                                  "--sequence.shuffle",
                                  "--sequence.shuffle.files",
                                  "--sequence.shuffle.tests",
                                  "--silent",
                                  "--singleThread",
                                  "--standalone",
                                  "--strictTags",
                                  "--threads",
                                  "--typecheck",
                                  "--typecheck.allowJs",
                                  "--typecheck.enabled",
                                  "--typecheck.ignoreSourceErrors",
                                  "--typecheck.only",
                                  "--ui",
                                  "--update",
                                  "--version",
                                  "--watch"};

// "--pass-with-no-tests" is "--passWithNoTests".
std::string camel(std::string_view name) {
  std::string made;
  for (size_t at = 0; at < name.size(); ++at) {
    const bool joins =
        at > 2 && name[at] == '-' && at + 1 < name.size() && name[at + 1] >= 'a' && name[at + 1] <= 'z';
    made.push_back(joins ? static_cast<char>(name[++at] - 'a' + 'A') : name[at]);
  }
  return made;
}

bool is_option(std::string_view word) {
  return word.size() > 1 && word.front() == '-';
}

bool takes_next(const std::string& option, const std::string& next) {
  if (is_option(next) || option.find('=') != std::string::npos) return false;
  if (option.starts_with("--no-")) return false;
  if (std::ranges::find(kSwitches, camel(option)) == kSwitches.end()) return true;
  return next == "true" || next == "false";
}

}  // namespace

VitestWords vitest_words(const Words& words) {
  VitestWords sorted;
  for (size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    if (!is_option(word)) {
      sorted.filters.push_back(word);
      continue;
    }
    const bool shard = word == "--shard" || word.starts_with("--shard=");
    const bool valued = at + 1 < words.size() && takes_next(word, words[at + 1]);
    if (shard)
      sorted.sharded = true;
    else
      sorted.options.insert(sorted.options.end(), words.begin() + static_cast<std::ptrdiff_t>(at),
                            words.begin() + static_cast<std::ptrdiff_t>(at + (valued ? 2 : 1)));
    if (valued) ++at;
  }
  return sorted;
}

}  // namespace alibi::framework::javascript
