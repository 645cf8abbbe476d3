#include "collector/crash/image_file.h"

#include <elf.h>

#include <array>
#include <cstring>
#include <utility>

#include "tracer/base/file_system.h"

namespace alibi::collector {
namespace {

// What both classes of ELF begin with: e_ident and e_type.
constexpr size_t kHead = EI_NIDENT + sizeof(uint16_t);

bool is_image(const UniqueFd& file) {
  std::array<std::byte, kHead> head{};
  const Result<size_t> length = FileSystem::real().read(file, head);
  if (!length || *length != head.size() || std::memcmp(head.data(), ELFMAG, SELFMAG) != 0) return false;
  uint16_t type = 0;
  std::memcpy(&type, head.data() + EI_NIDENT, sizeof type);
  return type == ET_DYN || type == ET_EXEC;
}

bool is_regular(const Result<FileStatus>& status) {
  return status && status->type == FileType::kRegular;
}

}  // namespace

UniqueFd open_image(const std::string& path) {
  const FileSystem& files = FileSystem::real();
  // Asked twice: to open a device may already do something, and the file may be another one by then.
  if (!path.starts_with('/') || !is_regular(files.status(path))) return {};
  Result<UniqueFd> file = files.open_to_read(path);
  if (!file || !is_regular(files.status(*file)) || files.is_synthetic(*file) || !is_image(*file)) return {};
  return std::move(*file);
}

}  // namespace alibi::collector
