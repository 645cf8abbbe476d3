#include "collector/store/retention.h"

#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collector/store/disk.h"
#include "collector/store/evidence_folder.h"
#include "collector/store/hashed_folder.h"

namespace alibi::store {
namespace {

constexpr const char* kHashedFolders[] = {"/sources", "/units"};

// Those to remove, oldest first; empty unless some environment has more than `limit` sessions.
Result<std::vector<SessionRow>> superfluous(Store* store, uint64_t kept, uint64_t limit) {
  Result<std::vector<SessionRow>> sessions = store->sessions();
  if (!sessions) return sessions;
  std::map<std::string, uint64_t> readable;  // environment -> sessions
  for (const SessionRow& session : *sessions) {
    if (session.unreadable.empty()) readable[session.environment_name] += 1;
  }
  bool due = false;
  for (const auto& [environment, count] : readable) due = due || count > limit;
  std::vector<SessionRow> old;
  if (!due) return old;
  Result<std::set<std::string>> needed = store->newest_evidence();
  if (!needed) return std::move(needed).error();
  for (SessionRow& session : *sessions) {
    if (!session.unreadable.empty()) continue;
    uint64_t& left = readable[session.environment_name];
    const bool is_recent = left-- <= kept;
    if (!is_recent && needed->count(session.evidence) == 0) old.push_back(std::move(session));
  }
  return old;
}

// The sources that evidence refers to. Lists the folder itself, not the index: another machine may have
// copied something into it a moment ago.
class SourcesInUse {
 public:
  explicit SourcesInUse(const Store& store) : store_(store) {}

  void pass_over(const std::string& evidence) {
    seen_.insert(evidence);
    going_.insert(evidence);
  }

  // What is there and was not seen before. An error when any of it cannot be read: then no source is known to
  // be unused.
  // Is there the evidence that a file of DATA/derived belongs to?
  bool is_there(std::string_view derived) const {
    const auto after = seen_.upper_bound(std::string(derived));
    if (after == seen_.begin()) return false;
    const std::string& evidence = *std::prev(after);
    return derived.starts_with(evidence) && going_.count(evidence) == 0;
  }

  Result<void> look() {
    for (const EvidenceFile& file : evidence_files(store_.data())) {
      if (!seen_.insert(file.name).second) continue;
      const std::string path = store_.evidence_path(file.name);
      const Result<EvidenceReader> reader = read_evidence_tables(path);
      if (!reader && !exists(path)) continue;  // removed meanwhile
      if (!reader) return Error{reader.error().code, 0, path + ": " + reader.error().message};
      for (const collector::SourceFile& source : reader->coverage().files) hashes_.insert(source.hash);
    }
    return {};
  }

  std::vector<Hash128> hashes() const { return {hashes_.begin(), hashes_.end()}; }

 private:
  const Store& store_;
  std::set<std::string> seen_;
  std::set<std::string> going_;
  std::set<Hash128> hashes_;
};

// Sources and caches that nothing refers to, apart from the evidence that is going.
void remove_unused_files(const Store& store, const std::vector<SessionRow>& going, Removal removal,
                         Garbage* garbage) {
  SourcesInUse used(store);
  for (const SessionRow& session : going) used.pass_over(session.evidence);
  // The second look finds what was copied here during the first, which may take seconds.
  Result<void> looked = used.look();
  if (looked) looked = used.look();
  if (!looked) {
    garbage->left_alone = looked.error().message;
    return;
  }
  RemovedFiles removed[std::size(kHashedFolders)];
  for (size_t folder = 0; folder < std::size(kHashedFolders); ++folder)
    removed[folder] = remove_unused(store.data() + kHashedFolders[folder], used.hashes(), removal);
  const auto is_used = [&](const std::string& name) { return used.is_there(name); };
  remove_files(store.data() + "/derived", is_used, removal, &removed[1]);
  garbage->sources = removed[0].files;
  garbage->source_bytes = removed[0].bytes;
  garbage->caches = removed[1].files;
  garbage->cache_bytes = removed[1].bytes;
}

Result<Garbage> remove_sessions(Store* store, const std::vector<SessionRow>& old, bool dry_run) {
  Garbage garbage;
  for (const SessionRow& session : old) {
    if (!dry_run) {
      if (Result<void> removed = store->remove(session.evidence); !removed) return std::move(removed).error();
    }
    garbage.sessions += 1;
    garbage.evidence_bytes += session.bytes;
  }
  return garbage;
}

}  // namespace

Result<Garbage> collect_garbage(Store* store, const GarbageOptions& options) {
  std::vector<SessionRow> old;
  if (options.kept != kKeepAll) {
    Result<std::vector<SessionRow>> found = superfluous(store, options.kept, options.kept);
    if (!found) return std::move(found).error();
    old = std::move(*found);
  }
  Result<Garbage> garbage = remove_sessions(store, old, options.dry_run);
  if (garbage) {
    remove_unused_files(*store, old, options.dry_run ? Removal::kOnlyCount : Removal::kRemove, &*garbage);
    if (!options.dry_run) remove_old_temporaries(store->data() + "/evidence");
  }
  return garbage;
}

Result<Garbage> collect_garbage_when_due(Store* store, uint64_t kept) {
  if (kept == kKeepAll) return Garbage();
  const Result<std::vector<SessionRow>> old = superfluous(store, kept, kept + kept / 5);
  if (!old) return old.error();
  if (old->empty()) return Garbage();
  Result<Garbage> garbage = remove_sessions(store, *old, false);
  if (garbage) remove_unused_files(*store, *old, Removal::kRemove, &*garbage);
  return garbage;
}

}  // namespace alibi::store
