#include "collector/store/source_archive.h"

#include <sys/stat.h>
#include <zstd.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/model/error_codes.h"
#include "collector/store/disk.h"
#include "collector/store/hashed_folder.h"

namespace alibi::store {
namespace {

constexpr uint64_t kLargestSource = 256U << 20;
// Sources are packed while the user waits for the end of the run, once per version of a file.
constexpr int kCompressionLevel = 1;

// 0 when there is none.
uint64_t size_of_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

// Which files did the evidence touch, imports included?
uint64_t count_edited(const collector::SessionCoverage& coverage, const collector::Evidence& evidence) {
  std::vector<uint32_t> touched;
  const auto add = [&](const std::vector<collector::FileLines>& files) {
    for (const collector::FileLines& file : files) {
      if (coverage.files[file.file].edited) touched.push_back(file.file);
    }
  };
  add(evidence.files);
  for (uint32_t index : evidence.statements) {
    const collector::Statement& statement = coverage.statements[index];
    if (coverage.files[statement.file].edited) touched.push_back(statement.file);
    add(statement.files);
  }
  std::sort(touched.begin(), touched.end());
  return static_cast<uint64_t>(std::unique(touched.begin(), touched.end()) - touched.begin());
}

void charge_edits(collector::SessionCoverage* coverage) {
  const auto edited = std::count_if(coverage->files.begin(), coverage->files.end(),
                                    [](const collector::SourceFile& file) { return file.edited; });
  if (edited == 0) return;
  collector::add_drop(&coverage->losses.drops, collector::CollectorDrop::kEdited,
                      static_cast<uint64_t>(edited));
  collector::add_drop(&coverage->session.drops, collector::CollectorDrop::kEdited,
                      count_edited(*coverage, coverage->session));
  for (collector::TestCoverage& test : coverage->tests) {
    const uint64_t touched = count_edited(*coverage, test.evidence);
    collector::add_drop(&test.evidence.drops, collector::CollectorDrop::kEdited, touched);
    if (touched != 0) test.complete = false;
  }
}

}  // namespace

void SourceArchive::FreeContext::operator()(ZSTD_CCtx_s* context) const {
  ZSTD_freeCCtx(context);
}

std::string SourceArchive::path_of(const Hash128& hash) const {
  return hashed_path(directory_, hash, ".zst");
}

Result<void> SourceArchive::keep(const Hash128& hash, const std::string& content) {
  // An empty file is what a power cut leaves of an unsynced one.
  if (size_of_file(path_of(hash)) > 0) return {};
  packed_.resize(std::max(packed_.size(), ZSTD_compressBound(content.size())));
  if (compressor_ == nullptr) compressor_.reset(ZSTD_createCCtx());
  if (compressor_ == nullptr)
    return Error{ErrorCode::kOutOfMemory, 0, "memory ran out while packing a source file"};
  const size_t size = ZSTD_compressCCtx(compressor_.get(), packed_.data(), packed_.size(), content.data(),
                                        content.size(), kCompressionLevel);
  if (ZSTD_isError(size) != 0) {
    return Error{collector::kCannotWrite, 0,
                 "cannot compress a source file: " + std::string(ZSTD_getErrorName(size))};
  }
  return keep_packed(hash, {packed_.data(), size});
}

Result<void> SourceArchive::keep_packed(const Hash128& hash, std::string_view packed) const {
  const std::string path = path_of(hash);
  if (Result<void> made = make_directories(path.substr(0, path.find_last_of('/'))); !made) return made;
  return write_file(path, packed, Durability::kUnsynced);
}

Result<void> SourceArchive::keep_sources(collector::SessionCoverage* coverage) {
  Result<void> outcome;
  for (collector::SourceFile& file : coverage->files) {
    const Result<std::string> content = read_file(file.path);
    const bool same =
        content.ok() && !file.unreadable && hash128(content->data(), content->size()) == file.hash;
    // What could not be read then and cannot be read now ("<string>", inside an archive) did not visibly
    // change.
    if (!same && (content.ok() || !file.unreadable)) file.edited = true;
    if (!same || file.edited) continue;
    Result<void> kept = keep(file.hash, *content);
    if (!kept && outcome.ok()) outcome = std::move(kept);
  }
  charge_edits(coverage);
  return outcome;
}

bool SourceArchive::has_like(const Hash128& hash, const SourceArchive& other) const {
  const uint64_t bytes = size_of_file(path_of(hash));
  return bytes > 0 && (bytes == size_of_file(other.path_of(hash)) || read(hash).ok());
}

Result<std::string> SourceArchive::read_packed(const Hash128& hash) const {
  Result<std::string> packed = read_file(path_of(hash));
  if (!packed) return packed;
  if (const Result<std::string> content = unpack(hash, *packed); !content) return content.error();
  return packed;
}

Result<std::string> SourceArchive::read(const Hash128& hash) const {
  const Result<std::string> packed = read_file(path_of(hash));
  if (!packed) return packed;
  return unpack(hash, *packed);
}

Result<std::string> SourceArchive::unpack(const Hash128& hash, std::string_view packed) const {
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  std::string content(size > kLargestSource ? 0 : size, '\0');
  const size_t unpacked = ZSTD_decompress(content.data(), content.size(), packed.data(), packed.size());
  if (ZSTD_isError(unpacked) != 0 || unpacked != content.size() ||
      hash128(content.data(), unpacked) != hash) {
    return Error{collector::kNotEvidence, 0, "damaged: " + path_of(hash)};
  }
  return content;
}

}  // namespace alibi::store
