#include "collector/store/intake.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "collector/crash/crash_json.h"
#include "collector/crash/crash_loader.h"
#include "collector/crash/crash_outcomes.h"
#include "collector/merge/merger.h"
#include "collector/merge/shard_loader.h"
#include "collector/model/error_codes.h"
#include "collector/store/disk.h"
#include "collector/store/distributions.h"
#include "collector/store/hashed_folder.h"
#include "collector/store/session_directory.h"
#include "collector/store/source_archive.h"
#include "collector/store/stale_bytecode.h"
#include "collector/store/store.h"
#include "tracer/shard/nursery.h"

namespace alibi::store {
namespace {

constexpr int kPatienceMilliseconds = 60'000;
constexpr int kPatienceWithLeftovers = 5'000;  // a run waits to begin
constexpr char kRemains[] = "/merged";  // DATA/merged/<id>: being removed; whatever lies there is rubbish

std::string without_trailing_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string last_part(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

// Which lines of which files any test ran.
class LinesSeen {
 public:
  explicit LinesSeen(size_t files) : files_(files) {}

  void add(const std::vector<collector::FileLines>& files) {
    for (const collector::FileLines& file : files) {
      for (uint32_t line : file.lines) add(file.file, line);
    }
  }
  void add(uint32_t file, uint32_t line) {
    std::vector<bool>& seen = files_[file];
    if (line >= kLongestFile) {
      far_.insert((static_cast<uint64_t>(file) << 32) | line);
      return;
    }
    if (line >= seen.size()) seen.resize(std::max<size_t>(line + 1, 2 * seen.size()));
    seen[line] = true;
  }

  void count(IntakeReport* report) const {
    for (const std::vector<bool>& seen : files_) {
      const auto lines = std::count(seen.begin(), seen.end(), true);
      if (lines != 0) report->files += 1;
      report->lines += static_cast<uint64_t>(lines);
    }
    report->lines += far_.size();
  }

 private:
  static constexpr uint32_t kLongestFile = 1U << 20;  // a damaged shard can claim any line

  std::vector<std::vector<bool>> files_;
  absl::flat_hash_set<uint64_t> far_;
};

void count(const collector::SessionCoverage& coverage, IntakeReport* report) {
  LinesSeen seen(coverage.files.size());
  std::vector<bool> statements(coverage.statements.size());
  for (const collector::TestCoverage& test : coverage.tests) {
    if (!test.complete) report->incomplete_tests += 1;
    seen.add(test.evidence.files);
    for (uint32_t index : test.evidence.statements) statements[index] = true;
  }
  for (size_t index = 0; index < statements.size(); ++index) {
    if (!statements[index]) continue;
    const collector::Statement& statement = coverage.statements[index];
    seen.add(statement.file, statement.line);
    seen.add(statement.files);
  }
  seen.count(report);
  report->tests = coverage.tests.size();
  report->processes = coverage.processes.size();
  report->losses = coverage.losses;
}

// Those of forked children may lie in a nursery.
Result<std::string> bytes_of_shard(const std::string& path) {
  if (exists(path)) return read_file(path);
  const Result<std::vector<std::byte>> place = shard::read_place(path);
  if (!place) return place.error();
  return std::string(reinterpret_cast<const char*>(place->data()), place->size());
}

// Kept for whoever wants to know what happened; false when that did not work and the session must stay.
bool put_aside(const std::string& session, const std::string& data, const collector::LossReport& losses,
               IntakeReport* report) {
  bool all = true;
  for (const collector::DamagedShard& shard : losses.damaged) {
    const std::string from = session + "/" + shard.shard;
    const std::string to = data + "/damaged/" + report->session_id + "-" + shard.shard;
    Result<std::string> bytes = bytes_of_shard(from);
    if (!exists(from) && !bytes) continue;
    Result<void> kept = make_directories(data + "/damaged");
    if (kept && bytes) kept = write_file(to, *bytes, Durability::kUnsynced);
    if (kept && bytes) continue;
    report->warnings.push_back("a damaged shard stays where it is: " +
                               (bytes ? kept.error() : bytes.error()).message);
    all = false;
  }
  return all;
}

void remove_session(const std::string& session, const std::string& data, IntakeReport* report) {
  const std::string remains = data + kRemains;
  std::string doomed = remains + "/" + last_part(session) + "." + std::to_string(::getpid());
  Result<void> made = make_directories(remains);
  // Another file system than the data folder's: out of the way beside where it was. Its lock first: without
  // one, what a kill leaves is nobody's session.
  if (!made || ::rename(session.c_str(), doomed.c_str()) != 0) {
    ::unlink((session + "/lock").c_str());
    doomed = session + ".merged";
    if (::rename(session.c_str(), doomed.c_str()) != 0) doomed = session;
  }
  if (!remove_tree(doomed)) report->warnings.push_back("the merged session could not be removed: " + doomed);
  ::rmdir(remains.c_str());
}

Result<void> check_directory(const std::string& session) {
  struct stat status {};
  if (::stat(session.c_str(), &status) != 0) {
    return os_error(collector::kNoSession, errno, "no session to merge in " + session);
  }
  if (!S_ISDIR(status.st_mode)) return Error{collector::kNoSession, 0, "not a session directory: " + session};
  return {};
}

void remove_old_evidence(Store* store, uint64_t kept, IntakeReport* report) {
  if (Result<Garbage> garbage = collect_garbage_when_due(store, kept); garbage)
    report->garbage = std::move(*garbage);
  else
    report->warnings.push_back("old evidence could not be removed: " + garbage.error().message);
}

// What the processes wrote when they crashed or hung. Kept in the session's document.
void take_crashes(const std::string& session, collector::SessionCoverage* coverage, IntakeReport* report) {
  collector::LoadedCrashes loaded = collector::load_crashes(session, collector::Names::kLookUp);
  for (std::string& problem : loaded.problems) report->warnings.push_back(std::move(problem));
  report->crashes = std::move(loaded.crashes);
  collector::apply_crashes(&report->crashes, coverage);
  collector::keep_crashes(report->crashes, &coverage->description.document);
}

Result<IntakeReport> take_in_locked(const std::string& session, const std::string& data,
                                    const IntakeOptions& options, const IntakeProgress& progress) {
  if (Result<void> checked = check_directory(session); !checked) return std::move(checked).error();
  remove_old_temporaries(data + "/evidence");
  IntakeReport report;
  ReadDescription read = read_description(session);
  if (!read.problem.empty())
    report.warnings.push_back("the session is stored without its description: " + read.problem);
  report.session_id = read.description.id;
  const auto step = [&](const char* name, size_t done, size_t total) {
    if (progress.report) progress.report(name, done, total);
  };
  Result<collector::ShardDirectory> shards = collector::ShardDirectory::open(session);
  if (!shards) return std::move(shards).error();
  shards->set_progress([&](size_t look, size_t done, size_t total) {
    step(look == 0 ? "reading shards" : "merging", done, total);
  });
  bool removable = true;
  if (shards->size() != 0 || !shards->lost().empty()) {
    collector::SessionCoverage coverage =
        collector::merge(std::move(read.description), &*shards, shards->lost());
    report.shard_bytes = shards->bytes();
    take_crashes(session, &coverage, &report);
    charge_stale_bytecode(data, &coverage);
    step("keeping sources", 0, coverage.files.size());
    if (Result<void> kept = SourceArchive(data).keep_sources(&coverage); !kept) {
      report.warnings.push_back("not all sources could be kept: " + kept.error().message);
    }
    coverage.distributions = resolve_distributions(coverage.imported);
    step("storing", 0, coverage.tests.size());
    Result<Store> store = Store::open(data, Store::Access::kWrite);
    if (!store) return std::move(store).error();
    Result<std::string> evidence = store->add(coverage);
    if (!evidence) return std::move(evidence).error();
    report.evidence = std::move(*evidence);
    if (!store->index_problem().empty())
      report.warnings.push_back("the index is out of date: " + store->index_problem());
    remove_old_evidence(&*store, options.kept, &report);
    count(coverage, &report);
    if (options.then) options.then(session, coverage);
    removable = put_aside(session, data, coverage.losses, &report);
  }
  if (options.leave) {
    if (Result<void> marked = write_file(session + "/" + kKeptMark, "", Durability::kUnsynced); !marked) {
      report.warnings.push_back(marked.error().message);
    }
  } else if (removable) {
    remove_session(session, data, &report);
  }
  return report;
}

Result<IntakeReport> take_in_within(int patience_ms, const std::string& session_directory,
                                    const std::string& data, const IntakeOptions& options,
                                    const IntakeProgress& progress) {
  const std::string session = without_trailing_slash(session_directory);
  if (Result<void> checked = check_directory(session); !checked) return std::move(checked).error();
  if (Result<void> made = make_data_folder(data); !made) return std::move(made).error();
  Result<DirectoryLock> lock = DirectoryLock::take(data + "/merge.lock", patience_ms);
  if (!lock) return std::move(lock).error();
  return take_in_locked(session, data, options, progress);
}

}  // namespace

Result<IntakeReport> take_in(const std::string& session_directory, const std::string& data,
                             const IntakeOptions& options, const IntakeProgress& progress) {
  return take_in_within(kPatienceMilliseconds, session_directory, data, options, progress);
}

std::vector<IntakeReport> take_in_leftovers(const std::string& data, size_t limit,
                                            std::vector<std::string>* warnings,
                                            const IntakeOptions& options) {
  std::vector<IntakeReport> reports;
  // Whoever may only read has nothing to say about what waits for a writer.
  if (::access(data.c_str(), W_OK | X_OK) != 0) return reports;
  std::vector<std::string> leftovers = leftover_sessions(data);
  if (leftovers.size() > limit) leftovers.resize(limit);
  for (const std::string& session : leftovers) {
    Result<IntakeReport> report =
        take_in_within(kPatienceWithLeftovers, session, data, {false, kKeepAll, options.then}, {});
    if (report) reports.push_back(std::move(*report));
    // Another process that looked at the same moment may have been first.
    else if (exists(session))
      warnings->push_back(session + " is left from an earlier run: " + report.error().message);
    if (!report && report.error().code == collector::kBusy) break;
  }
  if (exists(data + kRemains)) {
    const Result<DirectoryLock> lock = DirectoryLock::take(data + "/merge.lock", 0);
    if (lock) remove_tree(data + kRemains);
  }
  return reports;
}

}  // namespace alibi::store
