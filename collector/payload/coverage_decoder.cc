#include "collector/payload/coverage_decoder.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "collector/payload/document_shape.h"
#include "collector/payload/line_bitmap.h"
#include "collector/payload/msgpack_walk.h"
#include "collector/payload/source_path.h"

namespace alibi::payload {
namespace {

using Fault = std::string_view;  // a literal; empty: none

// How a file entry says which lines ran; neither: it does not say.
struct FileEntry {
  std::optional<std::string_view> filename;
  std::optional<std::string_view> bitmap;
  const msgpack_object* segments = nullptr;
};

FileEntry file_entry(const msgpack_object_map& map) {
  FileEntry entry;
  for (uint32_t at = 0; at < map.size; ++at) {
    const auto key = text_of(map.ptr[at].key);
    const msgpack_object& value = map.ptr[at].val;
    if (key == "filename") entry.filename = text_of(value);
    if (key == "segments") entry.segments = &value;
    if (key != "bitmap") continue;
    if (value.type == MSGPACK_OBJECT_BIN)
      entry.bitmap = std::string_view(value.via.bin.ptr, value.via.bin.size);
    else
      entry.bitmap = text_of(value);
  }
  return entry;
}

struct LineRange {
  uint32_t first = 0;
  uint32_t last = 0;
};

// [start line, start column, end line, end column, count]
std::optional<LineRange> range_of(const msgpack_object& segment) {
  if (segment.type != MSGPACK_OBJECT_ARRAY || segment.via.array.size < 3) return std::nullopt;
  const auto first = number_of(segment.via.array.ptr[0]);
  const auto last = number_of(segment.via.array.ptr[2]);
  if (!first || !last || *last > kMostLine || *first == 0 || *first > *last) return std::nullopt;
  return LineRange{static_cast<uint32_t>(*first), static_cast<uint32_t>(*last)};
}

// The files of one event, each once.
class CoveredFiles {
 public:
  CoveredFiles(const CoverageLimits& limits, CoverageCounts* counts)
      : lines_left_(limits.most_lines), counts_(counts) {}

  void add(const FileEntry& entry, std::string path) {
    CoveredFile file{std::move(path), {}};
    if (entry.bitmap)
      read_lines(*entry.bitmap, &file.lines);
    else if (entry.segments != nullptr)
      read_segments(*entry.segments, &file.lines);
    const auto [place, is_new] = places_.emplace(file.path, files_.size());
    if (is_new)
      files_.push_back(std::move(file));
    else
      unite(std::move(file.lines), &files_[place->second].lines);
  }
  std::vector<CoveredFile> take() { return std::move(files_); }

 private:
  bool afford(uint64_t lines) {
    if (lines > lines_left_) {
      ++counts_->files_without_lines;
      return false;
    }
    lines_left_ -= lines;
    return true;
  }
  void read_lines(std::string_view bitmap, std::vector<uint32_t>* lines) {
    const uint64_t count = lines_in(bitmap);
    if (!afford(count)) return;
    lines->reserve(static_cast<size_t>(count));
    read_bitmap(bitmap, lines);
  }
  void read_segments(const msgpack_object& segments, std::vector<uint32_t>* lines) {
    if (segments.type != MSGPACK_OBJECT_ARRAY) return;
    for (uint32_t at = 0; at < segments.via.array.size; ++at) {
      const std::optional<LineRange> range = range_of(segments.via.array.ptr[at]);
      if (!range || !afford(uint64_t{range->last} - range->first + 1)) return lines->clear();
      for (uint32_t line = range->first; line <= range->last; ++line) lines->push_back(line);
    }
    make_set(lines);
  }
  static void make_set(std::vector<uint32_t>* lines) {
    std::ranges::sort(*lines);
    lines->erase(std::unique(lines->begin(), lines->end()), lines->end());
  }
  // Once unknown, always unknown.
  static void unite(std::vector<uint32_t> more, std::vector<uint32_t>* lines) {
    if (lines->empty() || more.empty()) return lines->clear();
    lines->insert(lines->end(), more.begin(), more.end());
    make_set(lines);
  }

  uint64_t lines_left_;
  CoverageCounts* counts_;
  std::vector<CoveredFile> files_;
  absl::flat_hash_map<std::string, size_t> places_;
};

Fault read_files(const msgpack_object& list, const CoverageLimits& limits, CoverageEvent* event,
                 CoverageCounts* counts) {
  CoveredFiles files(limits, counts);
  for (uint32_t at = 0; at < list.via.array.size; ++at) {
    const msgpack_object& item = list.via.array.ptr[at];
    const FileEntry entry = item.type == MSGPACK_OBJECT_MAP ? file_entry(item.via.map) : FileEntry();
    if (!entry.filename) {
      counts->files_left_out.add("file without a name");
      continue;
    }
    std::optional<std::string> path = path_of_filename(*entry.filename);
    if (path)
      files.add(entry, std::move(*path));
    else
      counts->files_left_out.add("file outside the repository");
  }
  event->files = files.take();
  return event->files.empty() ? Fault("no files") : Fault();
}

// False: it has another type.
bool read_id(const msgpack_object& value, uint64_t* id) {
  if (value.type == MSGPACK_OBJECT_NIL) return true;
  const auto number = number_of(value);
  *id = number.value_or(0);
  return number.has_value();
}

Fault read_event(const msgpack_object& root, const CoverageLimits& limits, CoverageEvent* event,
                 CoverageCounts* counts) {
  if (root.type != MSGPACK_OBJECT_MAP) return "event that is no map";
  const msgpack_object* files = nullptr;
  for (uint32_t at = 0; at < root.via.map.size; ++at) {
    const auto key = text_of(root.via.map.ptr[at].key);
    const msgpack_object& value = root.via.map.ptr[at].val;
    bool sound = true;
    if (key == "test_session_id") sound = read_id(value, &event->session_id);
    if (key == "test_suite_id") sound = read_id(value, &event->suite_id);
    if (key == "span_id" && value.type != MSGPACK_OBJECT_NIL)
      sound = read_id(value, &event->span_id.emplace(0));
    if (key == "files") files = &value;
    if (!sound) return "id that is no unsigned number";
  }
  if (event->session_id == 0) return "no test_session_id";
  if (event->suite_id == 0) return "no test_suite_id";
  if (event->span_id == uint64_t{0}) return "no span_id";
  if (files == nullptr || files->type != MSGPACK_OBJECT_ARRAY) return "files that are no list";
  return read_files(*files, limits, event, counts);
}

}  // namespace

Result<CoverageCounts> decode_coverage(std::string_view document, const CoverageLimits& limits,
                                       const std::function<void(CoverageEvent&&)>& take) {
  const Result<DocumentShape> shape = document_shape(document, "coverages", 2);
  if (!shape) return shape.error();
  CoverageCounts counts;
  each_event(shape->events, [&](std::string_view bytes) {
    const UnpackedValue value(bytes);
    if (value.root() == nullptr) return counts.left_out.add("event nested too deeply or of too many values");
    CoverageEvent event;
    const Fault fault = read_event(*value.root(), limits, &event, &counts);
    if (!fault.empty()) return counts.left_out.add(fault);
    ++counts.events;
    take(std::move(event));
  });
  return counts;
}

Result<DecodedCoverage> decode_coverage(std::string_view document, const CoverageLimits& limits) {
  DecodedCoverage decoded;
  Result<CoverageCounts> counts = decode_coverage(
      document, limits, [&](CoverageEvent&& event) { decoded.events.push_back(std::move(event)); });
  if (!counts) return counts.error();
  decoded.counts = std::move(*counts);
  return decoded;
}

}  // namespace alibi::payload
