#include "collector/cli/recorded_paths.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

#include "collector/select/input_detail.h"
#include "collector/store/disk.h"
#include "collector/store/evidence_reader.h"

namespace alibi::cli {
namespace {

using collector::Input;
using collector::InputKind;

// Outside the project: what the system and other programs keep there changes all the time, or never.
constexpr std::array<std::string_view, 10> kForeign = {"/bin", "/dev",  "/etc", "/lib", "/proc",
                                                       "/run", "/sbin", "/sys", "/tmp", "/usr"};

bool is_foreign(const std::string& path) {
  return watch::is_below(path, "/var/tmp") ||
         std::any_of(kForeign.begin(), kForeign.end(),
                     [&](std::string_view folder) { return watch::is_below(path, folder); });
}

}  // namespace

void RecordedPaths::read(store::Store* store) {
  Result<std::set<std::string>> newest = store->newest_evidence();
  if (!newest) return;
  for (const std::string& evidence : *newest) {
    if (!seen_.insert(evidence).second) continue;
    Result<std::string> bytes = store::read_file(store->evidence_path(evidence));
    if (!bytes) continue;
    const Result<store::EvidenceReader> reader = store::EvidenceReader::open(std::move(*bytes));
    if (reader) add(reader->coverage());
  }
}

void RecordedPaths::add(const collector::SessionCoverage& coverage) {
  const std::string& recorded_root = coverage.description.root;
  for (const collector::SourceFile& file : coverage.files) {
    if (file.path.starts_with('/')) add_read(here(file.path, recorded_root));
  }
  for (const Input& input : coverage.inputs) {
    if (input.subject.starts_with('/')) add_input(input, recorded_root);
  }
  for (const collector::Collection& collection : coverage.collections) known_.add_test_file(collection.name);
}

void RecordedPaths::add_input(const Input& input, const std::string& recorded_root) {
  const std::string path = here(input.subject, recorded_root);
  const bool inside = watch::is_below(path, root_);
  switch (input.kind) {
    case InputKind::kWritten:
      if (select::parse_detail(input.detail).word == "folder")
        known_.add_written_folder(path);
      else
        known_.add_written(path);
      break;
    case InputKind::kFile:
      if (inside || !is_foreign(path)) add_read(path);
      break;
    case InputKind::kDirectory:
      if (inside) known_.add_listed(path);
      break;
    case InputKind::kProbe:
    case InputKind::kOption:
      if (inside) add_read(path);
      break;
    default:
      break;
  }
}

// A link counts as itself and as the file it leads to.
void RecordedPaths::add_read(const std::string& path) {
  known_.add_read(path);
  char target[PATH_MAX];
  if (::readlink(path.c_str(), target, sizeof target) <= 0) return;
  const Result<std::string> real = store::absolute_path(path);
  if (real) known_.add_read(*real);
}

std::string RecordedPaths::here(const std::string& path, const std::string& recorded_root) const {
  if (recorded_root.size() > 1 && recorded_root != root_ && watch::is_below(path, recorded_root))
    return root_ + path.substr(recorded_root.size());
  return path;
}

}  // namespace alibi::cli
