#include "collector/select/rules_version.h"

#include <elf.h>
#include <link.h>

#include <cstring>
#include <string_view>

#include "tracer/base/hash.h"

namespace alibi::select {
namespace {

constexpr size_t kAlignment = 4;

size_t aligned(size_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

// The linker's build id among the notes of a segment; empty when there is none.
std::string_view build_id(std::string_view notes) {
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes.data(), sizeof note);
    notes.remove_prefix(sizeof note);
    const size_t name = aligned(note.n_namesz), content = aligned(note.n_descsz);
    if (name > notes.size() || content > notes.size() - name) return {};
    const bool is_gnu = note.n_namesz == sizeof ELF_NOTE_GNU && notes.starts_with(ELF_NOTE_GNU);
    if (is_gnu && note.n_type == NT_GNU_BUILD_ID) return notes.substr(name, note.n_descsz);
    notes.remove_prefix(name + content);
  }
  return {};
}

int look_at_object(dl_phdr_info* object, size_t, void* version) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto* begin = reinterpret_cast<const char*>(object->dlpi_addr + segment.p_vaddr);
    const std::string_view id = build_id({begin, segment.p_memsz});
    if (!id.empty()) *static_cast<uint64_t*>(version) = hash64(id.data(), id.size());
  }
  return 1;  // the program itself comes first: enough
}

}  // namespace

uint64_t rules_version() {
  static const uint64_t version = [] {
    uint64_t found = 0;
    dl_iterate_phdr(look_at_object, &found);
    return found;
  }();
  return version;
}

}  // namespace alibi::select
