// Reading: the texts of a folder -> a planned run.
#include <algorithm>
#include <cstdlib>
#include <set>

#include "collector/model/plan_errors.h"
#include "collector/plan_folder/durations_json.h"
#include "collector/plan_folder/plan_files.h"
#include "collector/plan_folder/plan_json.h"

namespace alibi::plan_folder {
namespace {

constexpr uint32_t kMostNodes = 100'000;

Error fault(ErrorCode code, const std::string& file, const std::string& what) {
  return {code, 0, file + ": " + what};
}

Error missing(ErrorCode code, const std::string& file) {
  return fault(code, file,
               "it is missing: the plan folder is not whole; run alibi plan, or copy all of the folder");
}

std::string trimmed(const std::string& line) {
  constexpr char kBlanks[] = " \t\r";
  const size_t first = line.find_first_not_of(kBlanks);
  return first == std::string::npos ? "" : line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

// As the peer reads its lists: lines without the blanks around them, no empty ones.
std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    std::string line = trimmed(text.substr(start, end - start));
    if (!line.empty()) lines.push_back(std::move(line));
    start = end + 1;
  }
  return lines;
}

std::string split_path(size_t node) {
  return kSplits + std::string("/") + kSplitName + std::to_string(node);
}

Result<void> check_manifest(const FolderTexts& texts) {
  const auto manifest = texts.find(kManifest);
  if (manifest == texts.end()) return missing(collector::kRunPlanLoad, kManifest);
  const std::string version = trimmed(manifest->second.substr(0, manifest->second.find('\n')));
  if (version == "1") return {};
  return fault(
      collector::kRunPlanLoad, kManifest,
      "the folder's layout is version \"" + version.substr(0, 40) + "\", not 1: plan with this alibi");
}

using NodeOf = std::map<std::string, size_t>;  // by file

// Who runs what, by the lists; each file of test-files.txt exactly once.
Result<NodeOf> gather(const FolderTexts& texts, uint32_t nodes) {
  NodeOf node_of;
  for (size_t node = 0; node < nodes; ++node) {
    const auto split = texts.find(split_path(node));
    if (split == texts.end()) return missing(collector::kRunNodeMissing, split_path(node));
    for (const std::string& file : lines_in(split->second)) {
      const auto [known, is_new] = node_of.emplace(file, node);
      if (is_new) continue;
      return fault(collector::kRunParallelRead, split_path(node),
                   "\"" + file + "\" is in " + split_path(known->second) + ", too: it would run twice");
    }
  }
  const auto files = texts.find(kTestFiles);
  if (files == texts.end()) return missing(collector::kRunSequentialRead, kTestFiles);
  const std::vector<std::string> listed = lines_in(files->second);
  const std::set<std::string> wanted(listed.begin(), listed.end());
  for (const std::string& file : wanted) {
    if (node_of.contains(file)) continue;
    return fault(collector::kRunSplitsRead, kTestFiles,
                 "\"" + file + "\" is in none of the lists of " + kSplits);
  }
  for (const auto& [file, node] : node_of) {
    if (wanted.contains(file)) continue;
    return fault(collector::kRunNodeRead, split_path(node), "\"" + file + "\" is not in " + kTestFiles);
  }
  return node_of;
}

// The peer leaves the lists of a plan with more nodes where they are.
std::vector<std::string> stale_splits(const FolderTexts& texts, uint32_t nodes) {
  const std::string start = split_path(0).substr(0, split_path(0).size() - 1);
  std::vector<std::string> warnings;
  for (const auto& [path, text] : texts) {
    if (!path.starts_with(start)) continue;
    const Result<uint32_t> number = parse_runners(path.substr(start.size()));
    if (number && *number >= nodes) warnings.push_back(path + " is of an earlier plan and is not run");
  }
  return warnings;
}

ErrorCode code_of(const std::string& path) {
  if (path == kTestFiles) return collector::kRunSequentialRead;
  if (path == kRunners) return collector::kRunRunnersRead;
  return path.starts_with(kSplits) ? collector::kRunNodeRead : collector::kRunPlanLoad;
}

void fill_peer(const PeerPlan& peer, PlannedRun* planned) {
  planned->run = peer.run;
  planned->platform = peer.platform;
  planned->framework = peer.framework;
  planned->skipping_level = peer.skipping_level;
  planned->os_tags = peer.os_tags;
  planned->runtime_tags = peer.runtime_tags;
  planned->files.suites = peer.suites;
  planned->compat = true;
}

// Weights as the peer has them, 1 s where it has none; heaviest first, as every plan's units are.
std::vector<plan::Unit> peer_units(const NodeOf& node_of, const PeerPlan& peer) {
  std::vector<plan::Unit> units;
  for (const auto& [file, node] : node_of) {
    plan::Unit unit;
    unit.file = file;
    if (const auto weight = peer.weights_ms.find(file); weight != peer.weights_ms.end()) {
      unit.weight_ms = weight->second;
    }
    if (const auto source = peer.sources.find(file); source != peer.sources.end())
      unit.source = source->second;
    units.push_back(std::move(unit));
  }
  std::stable_sort(units.begin(), units.end(),
                   [](const plan::Unit& a, const plan::Unit& b) { return a.weight_ms > b.weight_ms; });
  return units;
}

void share_out(const NodeOf& node_of, size_t nodes, plan::Plan* plan) {
  plan->nodes.assign(nodes, {});
  for (plan::NodeShare& node : plan->nodes) node.workers.resize(1);
  for (size_t position = 0; position < plan->units.size(); ++position) {
    const plan::Unit& unit = plan->units[position];
    plan::NodeShare& node = plan->nodes[node_of.at(unit.file)];
    node.workers[0].units.push_back(position);
    node.workers[0].load_ms += unit.weight_ms;
    node.wall_ms = node.workers[0].load_ms;
    plan->total_ms += unit.weight_ms;
    plan->wall_ms = std::max(plan->wall_ms, node.wall_ms);
  }
  uint64_t least = plan->wall_ms;
  for (const plan::NodeShare& node : plan->nodes) least = std::min(least, node.wall_ms);
  plan->imbalance_ms = plan->wall_ms - least;
  plan->choice = plan->units.empty() ? plan::Choice::kNoRunnableTests
                 : nodes == 1        ? plan::Choice::kSingleRunnerOnly
                                     : plan::Choice::kLowestScore;
}

Result<void> compare_lists(const FolderTexts& texts, const PlannedRun& planned) {
  std::set<std::string> known;
  for (const PlanFile& file : render_lists(planned)) {
    known.insert(file.path);
    const auto text = texts.find(file.path);
    if (text == texts.end()) return missing(code_of(file.path), file.path);
    if (text->second == file.bytes) continue;
    return fault(code_of(file.path), file.path,
                 "it is not what was planned (" + std::string(kPlanJson) +
                     " says otherwise): it was changed, or belongs to another plan; run alibi plan again");
  }
  for (const auto& [path, text] : texts) {
    if (!path.starts_with(kSplits) || known.contains(path)) continue;
    return fault(collector::kRunSplitsRead, path, "it is of another plan: run alibi plan again");
  }
  return {};
}

}  // namespace

Result<uint32_t> parse_runners(const std::string& text) {
  const size_t start = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  size_t digit = start + (start < text.size() && (text[start] == '+' || text[start] == '-') ? 1 : 0);
  uint64_t count = 0;
  const size_t first = digit;
  for (; digit < text.size() && text[digit] >= '0' && text[digit] <= '9' && count <= kMostNodes; ++digit) {
    count = count * 10 + static_cast<uint64_t>(text[digit] - '0');
  }
  const bool negative = first > start && text[start] == '-' && count > 0;
  if (digit > first && count <= kMostNodes && !negative) return static_cast<uint32_t>(count);
  return fault(collector::kRunRunnersParse, kRunners,
               std::string("\"") + text.substr(0, 40) + "\" is not a number of nodes from 0 to " +
                   std::to_string(kMostNodes) + ": run alibi plan again");
}

Result<PlannedRun> parse_own_folder(const FolderTexts& texts) {
  if (Result<void> manifest = check_manifest(texts); !manifest) return std::move(manifest).error();
  Result<PlannedRun> planned = parse_plan_json(texts.at(kPlanJson));
  if (!planned) {
    return fault(collector::kRunPlanLoad, kPlanJson, planned.error().message + "; run alibi plan again");
  }
  if (Result<void> checked = check_plan(*planned); !checked) {
    return fault(collector::kRunPlanLoad, kPlanJson, checked.error().message + "; run alibi plan again");
  }
  if (Result<void> same = compare_lists(texts, *planned); !same) return std::move(same).error();
  return planned;
}

Result<PlannedRun> parse_peer_folder(const FolderTexts& texts) {
  if (Result<void> manifest = check_manifest(texts); !manifest) return std::move(manifest).error();
  const auto runners = texts.find(kRunners);
  if (runners == texts.end()) return missing(collector::kRunRunnersRead, kRunners);
  const Result<uint32_t> nodes = parse_runners(runners->second);
  if (!nodes) return nodes.error();
  const auto durations = texts.find(kDurations);
  if (durations == texts.end()) return missing(collector::kRunPlanLoad, kDurations);
  const Result<PeerPlan> peer = parse_durations(durations->second);
  if (!peer) return fault(collector::kRunPlanLoad, kDurations, peer.error().message);
  const Result<NodeOf> node_of = gather(texts, *nodes);
  if (!node_of) return node_of.error();

  PlannedRun planned;
  fill_peer(*peer, &planned);
  planned.plan.units = peer_units(*node_of, *peer);
  share_out(*node_of, *nodes, &planned.plan);
  planned.files.units = planned.plan.units;
  std::sort(planned.files.units.begin(), planned.files.units.end(),
            [](const plan::Unit& a, const plan::Unit& b) { return a.file < b.file; });
  planned.plan.warnings = stale_splits(texts, *nodes);
  if (const auto percentage = texts.find(kPercentage); percentage != texts.end()) {
    planned.files.skippable_percentage = std::strtod(percentage->second.c_str(), nullptr);
  }
  if (const auto github = texts.find(kGithub); github != texts.end()) planned.github_matrix = github->second;
  if (Result<void> checked = check_plan(planned); !checked) {
    return fault(collector::kRunSplitsRead, kSplits, checked.error().message);
  }
  return planned;
}

}  // namespace alibi::plan_folder
