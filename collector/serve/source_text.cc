#include "collector/serve/source_text.h"

#include <filesystem>
#include <system_error>

#include "collector/store/disk.h"

namespace alibi::serve {

std::vector<std::string> lines_of_source(const std::string& checkout, const std::string& path) {
  if (checkout.empty() || path.find('\0') != std::string::npos) return {};
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path root = fs::canonical(checkout, failed);
  if (failed) return {};
  const fs::path file = fs::canonical(root / path, failed);
  if (failed || !fs::is_regular_file(file, failed) || failed) return {};
  // After links: below the checkout, and not git's own files, which hold addresses and sometimes passwords.
  const fs::path inside = file.lexically_relative(root);
  if (inside.empty() || *inside.begin() == ".." || *inside.begin() == ".git") return {};
  constexpr uintmax_t kLargest = 4u << 20;
  if (fs::file_size(file, failed) > kLargest || failed) return {};
  const Result<std::string> text = store::read_file(file.string());
  if (!text) return {};
  std::vector<std::string> lines;
  for (size_t start = 0; start < text->size();) {
    const size_t end = std::min(text->find('\n', start), text->size());
    lines.push_back(text->substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

}  // namespace alibi::serve
