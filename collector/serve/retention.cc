#include "collector/serve/retention.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <chrono>
#include <utility>

namespace alibi::serve {
namespace {

constexpr uint64_t kCommitsKept = 2 * kCommitsLookedAt;
constexpr uint64_t kSessionsAtATime = 500;
constexpr auto kBetweenParts = std::chrono::milliseconds(25);
constexpr auto kBetweenPasses = std::chrono::hours(1);

using Commits = absl::flat_hash_set<uint64_t>;

Result<Commits> commits_kept(Database* database, uint64_t context) {
  const Result<std::vector<CommitRow>> recent = database->recent_commits(context, kCommitsKept);
  if (!recent) return recent.error();
  Commits kept;
  for (const CommitRow& commit : *recent) kept.insert(commit.id);
  return kept;
}

}  // namespace

uint64_t oldest_kept_ns(uint64_t now_ns, uint64_t keep_days) {
  constexpr uint64_t kDay = 86'400'000'000'000;
  return keep_days == 0 || keep_days > now_ns / kDay ? 0 : now_ns - keep_days * kDay;
}

Result<uint64_t> remove_old(Database* database, uint64_t before_ns, const std::function<bool()>& go_on) {
  absl::flat_hash_map<uint64_t, Commits> kept;  // by context
  uint64_t removed = 0;
  OldSession last;
  while (before_ns > 0) {
    const Result<std::vector<OldSession>> sessions =
        database->sessions_before(before_ns, last, kSessionsAtATime);
    if (!sessions) return sessions.error();
    if (sessions->empty()) break;
    for (const OldSession& session : *sessions) {
      if (!kept.contains(session.context)) {
        Result<Commits> commits = commits_kept(database, session.context);
        if (!commits) return std::move(commits).error();
        kept.emplace(session.context, std::move(*commits));
      }
      if (session.commit != 0 && kept[session.context].contains(session.commit)) continue;
      bool more = true;
      while (more) {
        if (!go_on()) return removed;
        const Result<bool> part = database->remove_part_of(session.id);
        if (!part) return part.error();
        more = *part;
      }
      removed += 1;
    }
    last = sessions->back();
  }
  return removed;
}

Retention::Retention(Database* database, uint64_t keep_days, UnixClock now_ns,
                     std::function<void(const std::string&)> log)
    : database_(database), keep_days_(keep_days), now_ns_(std::move(now_ns)), log_(std::move(log)) {
  if (keep_days_ > 0) thread_ = std::thread([this] { work(); });
}

Retention::~Retention() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wakes_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Retention::pause(std::chrono::milliseconds length) {
  std::unique_lock<std::mutex> lock(mutex_);
  return !wakes_.wait_for(lock, length, [this] { return stopping_; });
}

void Retention::work() {
  do {
    const Result<uint64_t> removed =
        remove_old(database_, oldest_kept_ns(now_ns_(), keep_days_), [this] { return pause(kBetweenParts); });
    if (!removed) log_("old sessions are removed later: " + removed.error().message);
  } while (pause(kBetweenPasses));
}

}  // namespace alibi::serve
