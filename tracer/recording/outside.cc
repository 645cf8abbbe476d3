#include "tracer/recording/outside.h"

#include <charconv>
#include <cstring>

namespace alibi::recording {
namespace {

constexpr std::string_view kFirstLine = "alibi outside 1\n";
constexpr std::string_view kSet = "set ";
constexpr std::string_view kEnv = "env ";
constexpr std::string_view kEnvironment = "environment";
constexpr size_t kHashDigits = 32;
constexpr uint64_t kLargest = 16u << 20;

bool is_one_line(std::string_view text) {
  return text.find('\n') == std::string_view::npos;
}

void append_hex(uint64_t number, std::string* text) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) text->push_back(kDigits[(number >> shift) & 0xF]);
}

void append_hex(const Hash128& hash, std::string* text) {
  append_hex(hash.high, text);
  append_hex(hash.low, text);
}

bool take_hex(std::string_view digits, uint64_t* number) {
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), *number, 16);
  return parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
}

bool take_hex(std::string_view digits, Hash128* hash) {
  Hash128 taken;
  if (digits.size() != kHashDigits || !take_hex(digits.substr(0, kHashDigits / 2), &taken.high) ||
      !take_hex(digits.substr(kHashDigits / 2), &taken.low))
    return false;
  *hash = taken;
  return true;
}

void take_line(std::string_view line, Outside* outside) {
  const size_t equals = line.find('=');
  if (equals == std::string_view::npos || equals < kSet.size()) return;
  const std::string key(line.substr(kSet.size(), equals - kSet.size()));
  const std::string_view value = line.substr(equals + 1);
  if (line.starts_with(kSet) && key == kEnvironment) {
    take_hex(value, &outside->environment);
  } else if (line.starts_with(kSet)) {
    outside->settings.emplace_back(key, value);
  } else if (Hash128 hash; line.starts_with(kEnv) && take_hex(value, &hash)) {
    outside->variables[key] = hash;
  }
}

}  // namespace

std::string outside_text(const Outside& outside) {
  std::string text(kFirstLine);
  text.append(kSet).append(kEnvironment).append("=");
  append_hex(outside.environment, &text);
  text += '\n';
  for (const auto& [key, value] : outside.settings) {
    if (is_one_line(value)) text.append(kSet).append(key).append("=").append(value).append("\n");
  }
  for (const auto& [name, hash] : outside.variables) {
    if (!is_one_line(name) || name.find('=') != std::string::npos) continue;
    text.append(kEnv).append(name).append("=");
    append_hex(hash, &text);
    text += '\n';
  }
  return text;
}

Result<Outside> parse_outside(std::string_view text) {
  if (!text.starts_with(kFirstLine))
    return Error{ErrorCode::kUnknownVersion, 0, "not what a session found outside"};
  text.remove_prefix(kFirstLine.size());
  Outside outside;
  for (size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    take_line(text.substr(0, end), &outside);
    text.remove_prefix(end + 1);
  }
  return outside;
}

Result<void> write_outside(const FileSystem& files, const std::string& directory, const Outside& outside) {
  const std::string text = outside_text(outside);
  const std::string path = directory + "/" + kOutsideName;
  const std::string unfinished = path + ".new";
  files.remove(unfinished);
  const Result<UniqueFd> file = files.create(unfinished);
  if (!file.ok()) return file.error();
  if (auto space = files.allocate(*file, 0, text.size()); !space.ok()) return space;
  {
    const Result<MappedFile> content = files.map(*file, 0, text.size());
    if (!content.ok()) return content.error();
    std::memcpy(content->bytes(), text.data(), text.size());
  }
  return files.rename(unfinished, path);
}

Result<Outside> read_outside(const FileSystem& files, const std::string& directory) {
  const std::string path = directory + "/" + kOutsideName;
  const Result<UniqueFd> file = files.open_to_read(path);
  if (!file.ok()) return file.error();
  const Result<FileStatus> status = files.status(*file);
  if (!status.ok()) return status.error();
  if (status->type != FileType::kRegular || status->size > kLargest)
    return Error{ErrorCode::kCannotRead, 0, path + " is not what a session writes"};
  std::string text(static_cast<size_t>(status->size), '\0');
  size_t length = 0;
  while (length < text.size()) {
    const Result<size_t> got =
        files.read(*file, std::as_writable_bytes(std::span(text.data() + length, text.size() - length)));
    if (!got.ok()) return got.error();
    if (*got == 0) break;
    length += *got;
  }
  return parse_outside(std::string_view(text).substr(0, length));
}

}  // namespace alibi::recording
