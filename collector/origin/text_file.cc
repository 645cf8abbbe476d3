#include "collector/origin/text_file.h"

#include <span>

namespace alibi::origin {

std::optional<std::string> text_of_file(const FileSystem& files, const std::string& path, size_t longest) {
  const Result<UniqueFd> file = files.open_to_read(path);
  if (!file) return std::nullopt;
  const Result<FileStatus> status = files.status(*file);
  if (!status || status->type != FileType::kRegular || status->size > longest) return std::nullopt;
  std::string text;
  constexpr size_t kPiece = size_t{64} << 10;
  while (text.size() <= longest) {
    const size_t filled = text.size();
    text.resize(filled + kPiece);
    const Result<size_t> count = files.read(*file, std::as_writable_bytes(std::span(text).subspan(filled)));
    if (!count) return std::nullopt;
    text.resize(filled + *count);
    if (*count == 0) return text;
  }
  return std::nullopt;  // it has grown meanwhile
}

}  // namespace alibi::origin
