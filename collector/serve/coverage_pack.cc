#include "collector/serve/coverage_pack.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace alibi::serve {
namespace {

constexpr uint64_t kMostLines = 1u << 22;  // of one file, when unpacking

void put(uint64_t number, std::string* bytes) {
  for (; number >= 0x80; number >>= 7) bytes->push_back(static_cast<char>(number | 0x80));
  bytes->push_back(static_cast<char>(number));
}

bool take(std::string_view* bytes, uint64_t* number) {
  *number = 0;
  for (unsigned shift = 0; shift < 64 && !bytes->empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes->front());
    bytes->remove_prefix(1);
    *number |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

std::vector<NumberedFile> united(std::vector<NumberedFile> files) {
  std::sort(files.begin(), files.end(),
            [](const NumberedFile& a, const NumberedFile& b) { return a.file < b.file; });
  std::vector<NumberedFile> result;
  for (NumberedFile& file : files) {
    if (result.empty() || result.back().file != file.file) {
      result.push_back(std::move(file));
      continue;
    }
    std::vector<uint32_t> both;
    std::set_union(result.back().lines.begin(), result.back().lines.end(), file.lines.begin(),
                   file.lines.end(), std::back_inserter(both));
    result.back().lines = std::move(both);
  }
  return result;
}

bool take_lines(std::string_view* bytes, std::vector<uint32_t>* lines) {
  uint64_t runs = 0;
  if (!take(bytes, &runs) || runs > bytes->size()) return false;
  uint64_t line = 0;
  for (; runs > 0; --runs) {
    uint64_t gap = 0, length = 0;
    if (!take(bytes, &gap) || !take(bytes, &length)) return false;
    if (gap > UINT32_MAX || length > kMostLines || lines->size() + length > kMostLines) return false;
    line += gap;
    if (line + length > UINT32_MAX) return false;
    for (uint64_t end = line + length; line < end; ++line) lines->push_back(static_cast<uint32_t>(line));
  }
  return true;
}

}  // namespace

std::string pack_coverage(std::vector<NumberedFile> files) {
  std::string bytes;
  uint64_t last = 0;
  for (const NumberedFile& file : united(std::move(files))) {
    put(file.file - last, &bytes);
    last = file.file;
    std::string runs;
    uint64_t count = 0, end = 0;
    for (size_t i = 0; i < file.lines.size(); ++count) {
      size_t next = i + 1;
      while (next < file.lines.size() && file.lines[next] == file.lines[next - 1] + 1) ++next;
      put(file.lines[i] - end, &runs);
      put(next - i, &runs);
      end = uint64_t{file.lines[i]} + (next - i);
      i = next;
    }
    put(count, &bytes);
    bytes += runs;
  }
  return bytes;
}

std::optional<std::vector<NumberedFile>> unpack_coverage(std::string_view bytes) {
  std::vector<NumberedFile> files;
  uint64_t number = 0;
  while (!bytes.empty()) {
    uint64_t gap = 0;
    if (!take(&bytes, &gap)) return std::nullopt;
    number += gap;
    files.push_back({number, {}});
    if (!take_lines(&bytes, &files.back().lines)) return std::nullopt;
  }
  return files;
}

}  // namespace alibi::serve
