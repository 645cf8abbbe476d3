#include "library_slots.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <new>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "compat.h"

namespace alibi::ruby {
namespace {

#if defined(__x86_64__)
constexpr unsigned kJumpSlot = R_X86_64_JUMP_SLOT;
constexpr unsigned kGlobalData = R_X86_64_GLOB_DAT;
constexpr bool kSupported = true;
#elif defined(__aarch64__)
constexpr unsigned kJumpSlot = R_AARCH64_JUMP_SLOT;
constexpr unsigned kGlobalData = R_AARCH64_GLOB_DAT;
constexpr bool kSupported = true;
#else
constexpr unsigned kJumpSlot = 0;
constexpr unsigned kGlobalData = 0;
constexpr bool kSupported = false;
#endif

struct State {
  std::mutex mutex;
  std::unordered_map<std::string_view, const Replacement*> replacements;
  std::unordered_set<const void*> ours;
  std::unordered_map<void**, void*> originals;
  std::unordered_set<std::string> done;  // objects, by name and place
  std::string ruby_folder;
  uintptr_t interpreter = 0;  // an address inside of it
  uintptr_t own = 0;
};

State& state() {
  static auto* const made = new State;
  return *made;
}

struct Object {
  uintptr_t base = 0;
  uintptr_t relro = 0;
  size_t relro_size = 0;
  const ElfW(Dyn) * dynamic = nullptr;
  bool holds_interpreter = false;
  bool is_own = false;
};

struct Tables {
  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;
  const ElfW(Rela) * relocations[2] = {nullptr, nullptr};
  size_t counts[2] = {0, 0};
};

Object object_of(const dl_phdr_info& info) {
  Object object;
  object.base = info.dlpi_addr;
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = info.dlpi_phdr[i];
    const uintptr_t begin = info.dlpi_addr + part.p_vaddr;
    if (part.p_type == PT_DYNAMIC) object.dynamic = reinterpret_cast<const ElfW(Dyn)*>(begin);
    if (part.p_type == PT_GNU_RELRO) {
      object.relro = begin;
      object.relro_size = part.p_memsz;
    }
    if (part.p_type != PT_LOAD) continue;
    const auto holds = [&](uintptr_t address) { return address >= begin && address < begin + part.p_memsz; };
    object.holds_interpreter = object.holds_interpreter || holds(state().interpreter);
    object.is_own = object.is_own || holds(state().own);
  }
  return object;
}

Tables tables_of(const Object& object) {
  Tables tables;
  // glibc has made addresses of them, other loaders have not.
  const auto address = [&](const ElfW(Dyn) & entry) {
    return entry.d_un.d_ptr < object.base ? object.base + entry.d_un.d_ptr : entry.d_un.d_ptr;
  };
  for (const ElfW(Dyn)* each = object.dynamic; each->d_tag != DT_NULL; ++each) {
    switch (each->d_tag) {
      case DT_SYMTAB:
        tables.symbols = reinterpret_cast<const ElfW(Sym)*>(address(*each));
        break;
      case DT_STRTAB:
        tables.names = reinterpret_cast<const char*>(address(*each));
        break;
      case DT_JMPREL:
        tables.relocations[0] = reinterpret_cast<const ElfW(Rela)*>(address(*each));
        break;
      case DT_PLTRELSZ:
        tables.counts[0] = each->d_un.d_val / sizeof(ElfW(Rela));
        break;
      case DT_RELA:
        tables.relocations[1] = reinterpret_cast<const ElfW(Rela)*>(address(*each));
        break;
      case DT_RELASZ:
        tables.counts[1] = each->d_un.d_val / sizeof(ElfW(Rela));
        break;
      default:
        break;
    }
  }
  return tables;
}

// Makes the part that the loader protected after it had filled it in writable, as long as it lives.
class Writable {
 public:
  explicit Writable(const Object& object) {
    if (object.relro_size == 0) return;
    const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
    begin_ = object.relro & ~(page - 1);
    // The loader protects whole pages only.
    size_ = ((object.relro + object.relro_size) & ~(page - 1)) - begin_;
    works_ = size_ == 0 || ::mprotect(place(), size_, PROT_READ | PROT_WRITE) == 0;
  }
  ~Writable() {
    if (works_ && size_ != 0) ::mprotect(place(), size_, PROT_READ);
  }
  Writable(const Writable&) = delete;
  Writable& operator=(const Writable&) = delete;
  bool works() const { return works_; }

 private:
  void* place() const { return reinterpret_cast<void*>(begin_); }
  uintptr_t begin_ = 0;
  size_t size_ = 0;
  bool works_ = true;
};

template <typename Visit>
void each_slot(const Object& object, const Visit& visit) {
  const Tables tables = tables_of(object);
  if (tables.symbols == nullptr || tables.names == nullptr) return;
  for (int table = 0; table < 2; ++table) {
    for (size_t i = 0; tables.relocations[table] != nullptr && i < tables.counts[table]; ++i) {
      const ElfW(Rela)& relocation = tables.relocations[table][i];
      const auto type = static_cast<unsigned>(ELF64_R_TYPE(relocation.r_info));
      if (type != kJumpSlot && type != kGlobalData) continue;
      const ElfW(Sym)& symbol = tables.symbols[ELF64_R_SYM(relocation.r_info)];
      if (symbol.st_shndx != SHN_UNDEF) continue;
      visit(tables.names + symbol.st_name, reinterpret_cast<void**>(object.base + relocation.r_offset));
    }
  }
}

bool is_left_alone(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (const std::string_view each :
       {"libc.", "libc-", "ld-", "ld.", "libstdc++", "libgcc_s", "libpthread", "libdl.", "libdl-", "librt",
        "libm.", "libm-", "linux-vdso", "linux-gate", "libasan", "libubsan", "libtsan", "liblsan",
        "libalibi_preload"}) {
    if (name.starts_with(each)) return true;
  }
  return name.starts_with("testalibi_native");
}

void replace_in(const Object& object, bool of_ruby) {
  State& all = state();
  const Writable writable(object);
  if (!writable.works()) return;
  each_slot(object, [&](const char* name, void** slot) {
    const auto found = all.replacements.find(name);
    if (found == all.replacements.end() || all.ours.count(*slot) != 0) return;
    void* const ours = of_ruby ? found->second->for_ruby : found->second->for_others;
    if (ours == nullptr) return;
    all.originals[slot] = *slot;
    __atomic_store_n(slot, ours, __ATOMIC_RELEASE);
  });
}

int look_at(dl_phdr_info* info, size_t, void*) {
  State& all = state();
  const std::string name = info->dlpi_name != nullptr ? info->dlpi_name : "";
  if (is_left_alone(name)) return 0;
  if (!all.done.insert(name + '@' + std::to_string(info->dlpi_addr)).second) return 0;
  const Object object = object_of(*info);
  if (object.dynamic == nullptr || object.is_own) return 0;
  const bool of_ruby =
      object.holds_interpreter || (!all.ruby_folder.empty() && name.starts_with(all.ruby_folder));
  replace_in(object, of_ruby);
  return 0;
}

int restore_in(dl_phdr_info* info, size_t, void*) {
  State& all = state();
  const Object object = object_of(*info);
  if (object.dynamic == nullptr || object.is_own ||
      is_left_alone(info->dlpi_name != nullptr ? info->dlpi_name : ""))
    return 0;
  const Writable writable(object);
  if (!writable.works()) return 0;
  each_slot(object, [&](const char*, void** slot) {
    const auto original = all.originals.find(slot);
    if (original == all.originals.end() || all.ours.count(*slot) == 0) return;
    __atomic_store_n(slot, original->second, __ATOMIC_RELEASE);
  });
  return 0;
}

}  // namespace

void LibrarySlots::start(const Replacement* replacements, size_t count, const std::string& ruby_folder) {
  if (!kSupported) return;
  State& all = state();
  const std::lock_guard<std::mutex> lock(all.mutex);
  all.ruby_folder = ruby_folder;
  // Not the address of a function: of the interpreter's, that may be an entry in somebody else's table.
  all.interpreter = reinterpret_cast<uintptr_t>(::dlsym(RTLD_DEFAULT, "ruby_init"));
  all.own = reinterpret_cast<uintptr_t>(&state);
  for (size_t i = 0; i < count; ++i) {
    all.replacements[replacements[i].name] = &replacements[i];
    all.ours.insert(replacements[i].for_ruby);
    if (replacements[i].for_others != nullptr) all.ours.insert(replacements[i].for_others);
  }
  ::dl_iterate_phdr(&look_at, nullptr);
}

void LibrarySlots::look_again() {
  const std::lock_guard<std::mutex> lock(state().mutex);
  if (!state().replacements.empty()) ::dl_iterate_phdr(&look_at, nullptr);
}

void LibrarySlots::stop() {
  State& all = state();
  const std::lock_guard<std::mutex> lock(all.mutex);
  ::dl_iterate_phdr(&restore_in, nullptr);
  all.originals.clear();
  all.replacements.clear();
  all.done.clear();
}

void LibrarySlots::forked() {
  new (&state().mutex) std::mutex;
}

size_t LibrarySlots::count() {
  const std::lock_guard<std::mutex> lock(state().mutex);
  return state().originals.size();
}

}  // namespace alibi::ruby
