#include "collector/store/transfer.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/store/disk.h"
#include "collector/store/evidence_folder.h"
#include "collector/store/hashed_folder.h"
#include "collector/store/source_archive.h"
#include "collector/store/store.h"

namespace alibi::store {
namespace {

constexpr int kPatienceMilliseconds = 60'000;

bool same_folder(const std::string& left, const std::string& right) {
  struct stat one {};
  struct stat other {};
  return ::stat(left.c_str(), &one) == 0 && ::stat(right.c_str(), &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// Files of earlier versions have no hash to be held against.
bool all_tests_can_be_read(const EvidenceReader& reader) {
  if (reader.cut_short()) return false;
  for (size_t section = 0; section < reader.test_sections(); ++section) {
    if (!reader.read_tests(section).ok()) return false;
  }
  return true;
}

class Transfer {
 public:
  Transfer(const std::string& from, const std::string& to, const TransferOptions& options)
      : from_(from), to_(to), options_(options), kept_here_(from), kept_there_(to) {}

  Result<void> copy_evidence(const TransferProgress& progress) {
    if (!options_.dry_run) remove_remains();
    const std::vector<EvidenceFile> files = evidence_files(from_);
    std::set<std::string> there;
    for (EvidenceFile& file : evidence_files(to_)) there.insert(std::move(file.name));
    for (size_t done = 0; done < files.size(); ++done) {
      if (progress) progress("copying sessions", done, files.size());
      if (there.count(files[done].name) != 0) {
        report_.already_there += 1;
        continue;
      }
      if (Result<void> copied = copy(files[done], there); !copied) return copied;
    }
    return {};
  }

  // A garbage collection that had listed the evidence before ours arrived may have removed sources since.
  Result<void> copy_vanished_sources() {
    if (options_.dry_run) return {};
    for (const Hash128& hash : sources_) {
      if (kept_there_.has_like(hash, kept_here_)) continue;
      const Result<std::string> packed = kept_here_.read_packed(hash);
      if (!packed) continue;  // reported, if it is news
      if (Result<void> kept = kept_there_.keep_packed(hash, *packed); !kept) return kept;
    }
    return {};
  }

  TransferReport& report() { return report_; }

 private:
  void remove_remains() const {
    remove_old_temporaries(to_ + "/evidence");
    remove_old_temporaries_below(to_ + "/sources");
  }

  void pass_over(const EvidenceFile& file, const std::string& why) {
    const std::string path = from_ + "/evidence/" + file.name;
    if (exists(path)) report_.problems.push_back(path + ": " + why);  // else removed meanwhile
  }

  Result<void> copy(const EvidenceFile& file, const std::set<std::string>& there) {
    const std::string path = from_ + "/evidence/" + file.name;
    if (options_.dry_run || !options_.environment.empty()) {
      const Result<EvidenceReader> tables = read_evidence_tables(path);
      if (!tables) {
        pass_over(file, tables.error().message);
        return {};
      }
      const std::string& environment = tables->coverage().description.environment_name;
      if (!options_.environment.empty() && environment != options_.environment) {
        report_.other_environments += 1;
        return {};
      }
      if (options_.dry_run) return count(file, tables->coverage());
    }
    const Result<WholeEvidence> whole = read_evidence(path);
    if (!whole) {
      pass_over(file, whole.error().message);
      return {};
    }
    if (whole->proper_name != file.name) {
      if (there.count(whole->proper_name) != 0) {
        report_.already_there += 1;
        return {};
      }
      if (!all_tests_can_be_read(whole->reader)) {
        pass_over(file, "parts of it are damaged");
        return {};
      }
    }
    return copy_whole(*whole);
  }

  Result<void> count(const EvidenceFile& file, const collector::SessionCoverage& tables) {
    report_.sessions += 1;
    report_.evidence_bytes += file.bytes;
    for (const collector::SourceFile& source : tables.files) {
      if (Result<void> counted = copy_source(source.hash); !counted) return counted;
    }
    return {};
  }

  Result<void> copy_whole(const WholeEvidence& whole) {
    for (const collector::SourceFile& source : whole.reader.coverage().files) {
      if (Result<void> copied = copy_source(source.hash); !copied) return copied;
    }
    if (Result<void> made = make_directories(to_ + "/evidence"); !made) return made;
    const std::string target = to_ + "/evidence/" + whole.proper_name;
    if (Result<void> written = write_file(target, whole.reader.bytes(), Durability::kSynced); !written)
      return written;
    report_.sessions += 1;
    report_.evidence_bytes += whole.bytes;
    return {};
  }

  Result<void> copy_source(const Hash128& hash) {
    if (!sources_.insert(hash).second || kept_there_.has_like(hash, kept_here_)) return {};
    const Result<std::string> packed = kept_here_.read_packed(hash);
    if (!packed) {
      // One that was never kept is no news; the evidence is good without it.
      if (packed.error().code == collector::kNotEvidence) report_.problems.push_back(packed.error().message);
      return {};
    }
    if (!options_.dry_run) {
      if (Result<void> kept = kept_there_.keep_packed(hash, *packed); !kept) return kept;
    }
    report_.sources += 1;
    report_.source_bytes += packed->size();
    return {};
  }

  const std::string& from_;
  const std::string& to_;
  const TransferOptions& options_;
  const SourceArchive kept_here_;
  const SourceArchive kept_there_;
  std::set<Hash128> sources_;  // looked at
  TransferReport report_;
};

Result<void> check(const std::string& from, const std::string& to) {
  struct stat status {};
  if (::stat(from.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
    return Error{collector::kNoStore, 0, "there is no folder " + from};
  if (same_folder(from, to)) return Error{collector::kUsage, 0, "both sides are the same folder: " + from};
  return {};
}

}  // namespace

Result<TransferReport> push(const std::string& data, const std::string& shared,
                            const TransferOptions& options, const TransferProgress& progress) {
  if (Result<void> checked = check(data, shared); !checked) return std::move(checked).error();
  Transfer transfer(data, shared, options);
  Result<void> copied = transfer.copy_evidence(progress);
  if (copied) copied = transfer.copy_vanished_sources();
  if (!copied) return std::move(copied).error();
  return std::move(transfer.report());
}

Result<TransferReport> pull(const std::string& from, const std::string& data, const TransferOptions& options,
                            const TransferProgress& progress) {
  if (Result<void> checked = check(from, data); !checked) return std::move(checked).error();
  if (!options.dry_run && !exists(data)) {
    if (Result<void> made = make_data_folder(data); !made) return std::move(made).error();
  }
  Transfer transfer(from, data, options);
  // Without the lock: a slow shared folder must not keep test runs from storing what they recorded.
  if (Result<void> copied = transfer.copy_evidence(progress); !copied) return std::move(copied).error();
  if (options.dry_run) return std::move(transfer.report());
  const Result<DirectoryLock> lock = DirectoryLock::take(data + "/merge.lock", kPatienceMilliseconds);
  if (!lock) return lock.error();
  if (Result<void> copied = transfer.copy_vanished_sources(); !copied) return std::move(copied).error();
  const Result<Store> store = Store::open(data, Store::Access::kWrite, [&](size_t done, size_t total) {
    if (progress) progress("indexing sessions", done, total);
  });
  if (!store) return store.error();
  return std::move(transfer.report());
}

}  // namespace alibi::store
