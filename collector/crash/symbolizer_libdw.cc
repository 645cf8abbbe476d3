// By elfutils. Debug information comes from the image, from files named by its build id below /usr/lib/debug
// and from .gnu_debuglink; the callback that would ask debuginfod servers is not used.
#include <cxxabi.h>
#include <elfutils/libdwfl.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "collector/crash/image_file.h"
#include "collector/crash/symbolizer.h"

namespace alibi::collector {
namespace {

constexpr size_t kMostImages = 1024;  // reports may name any number

char* debug_path = nullptr;  // elfutils' default folders

const Dwfl_Callbacks kCallbacks = {&dwfl_build_id_find_elf, &dwfl_build_id_find_debuginfo,
                                   &dwfl_offline_section_address, &debug_path};

std::string demangled(const char* name) {
  int status = 0;
  char* text = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string result = status == 0 && text != nullptr ? text : name;
  std::free(text);
  return result;
}

struct Image {
  Dwfl_Module* module = nullptr;  // null: it cannot be used
  Elf* elf = nullptr;
  GElf_Addr bias = 0;
};

// Of a place in the file; false when no segment that is loaded holds it.
bool address_of(Elf* elf, uint64_t file_offset, uint64_t* address) {
  size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return false;
  for (size_t index = 0; index < count; ++index) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf, static_cast<int>(index), &segment) == nullptr || segment.p_type != PT_LOAD)
      continue;
    if (file_offset < segment.p_offset || file_offset - segment.p_offset >= segment.p_filesz) continue;
    *address = segment.p_vaddr + (file_offset - segment.p_offset);
    return true;
  }
  return false;
}

}  // namespace

struct Symbolizer::State {
  Dwfl* session = dwfl_begin(&kCallbacks);
  std::map<std::string, Image> images;

  ~State() {
    if (session != nullptr) dwfl_end(session);
  }

  Image image_of(const std::string& path, const std::vector<uint8_t>& build_id) {
    const auto found = images.find(path);
    if (found != images.end()) return found->second;
    if (images.size() == kMostImages) return {};
    return images[path] = open(path, build_id);
  }

  Image open(const std::string& path, const std::vector<uint8_t>& build_id) const {
    UniqueFd file = session == nullptr ? UniqueFd() : open_image(path);
    if (!file.valid()) return {};
    dwfl_report_begin_add(session);
    Image image;
    image.module = dwfl_report_offline(session, path.c_str(), path.c_str(), file.fd());
    dwfl_report_end(session, nullptr, nullptr);
    if (image.module == nullptr) return {};
    file.release();  // libdw's now
    image.elf = dwfl_module_getelf(image.module, &image.bias);
    const unsigned char* own = nullptr;
    GElf_Addr where = 0;
    const int length = dwfl_module_build_id(image.module, &own, &where);
    const bool same = build_id.empty() || (length == static_cast<int>(build_id.size()) &&
                                           std::equal(build_id.begin(), build_id.end(), own));
    return image.elf != nullptr && same ? image : Image{};
  }
};

Symbolizer::Symbolizer() : state_(std::make_unique<State>()) {}
Symbolizer::~Symbolizer() = default;

Symbol Symbolizer::find(const std::string& path, const std::vector<uint8_t>& build_id, uint64_t file_offset) {
  const Image image = state_->image_of(path, build_id);
  uint64_t address = 0;
  if (image.module == nullptr || !address_of(image.elf, file_offset, &address)) return {};
  address += image.bias;
  Symbol symbol;
  if (const char* name = dwfl_module_addrname(image.module, address)) symbol.function = demangled(name);
  if (Dwfl_Line* line = dwfl_module_getsrc(image.module, address)) {
    int number = 0;
    const char* file = dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr);
    if (file != nullptr && number > 0) {
      symbol.file = file;
      symbol.line = static_cast<uint32_t>(number);
    }
  }
  return symbol;
}

}  // namespace alibi::collector
