#include "collector/store/retention.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collector/store/evidence_folder.h"
#include "collector/store/source_archive.h"

namespace alibi::store {
namespace {

// Those to remove, oldest first; empty unless some environment has more than `limit` sessions.
Result<std::vector<SessionRow>> superfluous(Store* store, uint64_t retained, uint64_t limit) {
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
    const bool is_recent = left-- <= retained;
    if (!is_recent && needed->count(session.evidence) == 0) old.push_back(std::move(session));
  }
  return old;
}

// What the evidence that is left refers to. An error when any of it cannot be read: then no source is known
// to be unused.
Result<std::vector<Hash128>> sources_in_use(Store* store) {
  Result<std::vector<SessionRow>> sessions = store->sessions();
  if (!sessions) return std::move(sessions).error();
  std::vector<Hash128> used;
  for (const SessionRow& session : *sessions) {
    const Result<EvidenceReader> reader = read_evidence_tables(store->evidence_path(session.evidence));
    if (!reader) return reader.error();
    for (const collector::SourceFile& file : reader->coverage().files) used.push_back(file.hash);
  }
  return used;
}

Result<Pruned> remove_old(Store* store, uint64_t retained, uint64_t limit) {
  Pruned pruned;
  if (retained == kRetainAll) return pruned;
  const Result<std::vector<SessionRow>> old = superfluous(store, retained, limit);
  if (!old) return old.error();
  if (old->empty()) return pruned;
  for (const SessionRow& session : *old) {
    if (Result<void> removed = store->remove(session.evidence); !removed) return std::move(removed).error();
    pruned.sessions += 1;
    pruned.evidence_bytes += session.bytes;
  }
  Result<std::vector<Hash128>> used = sources_in_use(store);
  if (!used) return pruned;
  const SourceArchive::Removed removed = SourceArchive(store->data()).remove_all_but(std::move(*used));
  pruned.sources = removed.files;
  pruned.source_bytes = removed.bytes;
  return pruned;
}

}  // namespace

Result<Pruned> prune(Store* store, uint64_t retained) {
  return remove_old(store, retained, retained);
}

Result<Pruned> prune_when_due(Store* store, uint64_t retained) {
  return remove_old(store, retained, retained + retained / 5);
}

}  // namespace alibi::store
