#include "tracer/preload/outside_values.h"

#include <charconv>
#include <span>
#include <utility>

namespace alibi::preload {
namespace {

constexpr std::string_view kFirstLine = "alibi outside 1\n";
constexpr size_t kMostBytes = 4 << 20;
constexpr size_t kDigits = 16;

bool parse_half(std::string_view digits, uint64_t* number) {
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), *number, 16);
  return parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
}

}  // namespace

OutsideValues::OutsideValues(std::string text) : text_(std::move(text)) {
  if (!text_.starts_with(kFirstLine)) text_.clear();
}

OutsideValues OutsideValues::read(const FileSystem& files, const std::string& session_directory) {
  const Result<UniqueFd> file = files.open_to_read(session_directory + "/outside");
  if (!file.ok()) return {};
  const Result<FileStatus> status = files.status(*file);
  if (!status.ok() || status->type != FileType::kRegular || status->size > kMostBytes) return {};
  std::string text(status->size, '\0');
  size_t length = 0;
  while (length < text.size()) {
    const Result<size_t> got = files.read(*file, std::as_writable_bytes(std::span(text).subspan(length)));
    if (!got.ok() || *got == 0) break;
    length += *got;
  }
  text.resize(length);
  return OutsideValues(std::move(text));
}

std::string_view OutsideValues::line_after(std::string_view start) const {
  const std::string wanted = '\n' + std::string(start);
  const size_t found = text_.find(wanted);
  if (found == std::string::npos) return {};
  const std::string_view rest = std::string_view(text_).substr(found + wanted.size());
  return rest.substr(0, rest.find('\n'));
}

std::string_view OutsideValues::setting(std::string_view key) const {
  return line_after("set " + std::string(key) + "=");
}

bool OutsideValues::has_variable(std::string_view name, const Hash128* value) const {
  if (text_.empty()) return true;
  const std::string_view digits = line_after("env " + std::string(name) + "=");
  if (digits.data() == nullptr) return value == nullptr;
  Hash128 outside;
  if (value == nullptr || digits.size() != 2 * kDigits) return false;
  return parse_half(digits.substr(0, kDigits), &outside.high) &&
         parse_half(digits.substr(kDigits), &outside.low) && outside == *value;
}

}  // namespace alibi::preload
