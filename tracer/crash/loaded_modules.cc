#include "tracer/crash/loaded_modules.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace alibi::crash {
namespace {

uint64_t hexadecimal(const char** at, const char* end) {
  uint64_t value = 0;
  for (; *at != end; ++*at) {
    const char c = **at;
    if (c >= '0' && c <= '9')
      value = value * 16 + static_cast<uint64_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      value = value * 16 + static_cast<uint64_t>(c - 'a' + 10);
    else
      break;
  }
  return value;
}

// Of a PT_NOTE segment in memory.
size_t build_id_in_notes(const char* at, const char* end, const char** build_id) {
  while (static_cast<size_t>(end - at) >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, at, sizeof note);
    at += sizeof note;
    const size_t name = (size_t{note.n_namesz} + 3) / 4 * 4;
    const size_t rest = static_cast<size_t>(end - at);
    if (name > rest || (size_t{note.n_descsz} + 3) / 4 * 4 > rest - name) return 0;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(at, "GNU", 4) == 0) {
      *build_id = at + name;
      return std::min<size_t>(note.n_descsz, kLongestBuildId);
    }
    at += name + (size_t{note.n_descsz} + 3) / 4 * 4;
  }
  return 0;
}

// Of the image whose first mapping this is. Notes that lie outside of it are left alone.
size_t build_id_of(uint64_t begin, uint64_t end, const char** build_id) {
  const auto* image = reinterpret_cast<const char*>(begin);
  const size_t size = end - begin;
  ElfW(Ehdr) header;
  if (size < sizeof header) return 0;
  std::memcpy(&header, image, sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_phentsize != sizeof(ElfW(Phdr))) return 0;
  for (size_t index = 0; index < header.e_phnum; ++index) {
    const size_t offset = header.e_phoff + index * sizeof(ElfW(Phdr));
    if (offset > size || size - offset < sizeof(ElfW(Phdr))) return 0;
    ElfW(Phdr) segment;
    std::memcpy(&segment, image + offset, sizeof segment);
    if (segment.p_type != PT_NOTE || segment.p_offset > size || segment.p_filesz > size - segment.p_offset)
      continue;
    const char* notes = image + segment.p_offset;
    if (const size_t length = build_id_in_notes(notes, notes + segment.p_filesz, build_id)) return length;
  }
  return 0;
}

}  // namespace

void ModuleRecords::add(const uint64_t* counters, size_t count) {
  count = std::min(count, kMost - count_);
  std::memcpy(counters_ + count_, counters, count * sizeof *counters);
  count_ += count;
}

bool ModuleRecords::holds_any(const Mapping& mapping) const {
  for (size_t index = 0; index < count_; ++index) {
    if (counters_[index] >= mapping.begin && counters_[index] < mapping.end) return true;
  }
  return false;
}

// "7f…-7f… r-xp 00001000 fe:01 1234   /usr/lib/x.so"
bool ModuleRecords::parse(const char* line, size_t length, Mapping* mapping) const {
  const char* at = line;
  const char* const end = line + length;
  mapping->begin = hexadecimal(&at, end);
  if (at == end || *at++ != '-') return false;
  mapping->end = hexadecimal(&at, end);
  if (end - at < 7 || at[1] != 'r') return false;  // not readable: no code of a file
  at += 6;
  mapping->file_offset = hexadecimal(&at, end);
  const void* slash = std::memchr(at, '/', static_cast<size_t>(end - at));
  if (slash == nullptr) return false;
  mapping->path = static_cast<const char*>(slash);
  mapping->path_length = static_cast<size_t>(end - mapping->path);
  return true;
}

void ModuleRecords::take_line(const char* line, size_t length, ReportWriter* writer) {
  Mapping mapping{};
  if (!parse(line, length, &mapping)) return;
  if (mapping.file_offset == 0) {
    head_begin_ = mapping.begin;
    head_end_ = mapping.end;
    head_path_length_ = std::min(mapping.path_length, sizeof head_path_);
    std::memcpy(head_path_, mapping.path, head_path_length_);
  }
  if (written_ == kMostModules || !holds_any(mapping)) return;
  const bool same_file = head_path_length_ == mapping.path_length &&
                         std::memcmp(head_path_, mapping.path, head_path_length_) == 0;
  const char* build_id = "";
  const size_t build_id_length = same_file ? build_id_of(head_begin_, head_end_, &build_id) : 0;
  ++written_;
  writer->begin(RecordType::kModule);
  writer->u64(mapping.begin);
  writer->u64(mapping.end);
  writer->u64(mapping.file_offset);
  writer->text(build_id, build_id_length);
  writer->text(mapping.path, mapping.path_length);
  writer->end();
}

void ModuleRecords::write(ReportWriter* writer) {
  written_ = 0;
  head_path_length_ = 0;
  const int file = ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  size_t used = 0;
  for (;;) {
    const ssize_t got = ::read(file, buffer_ + used, sizeof buffer_ - used);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    used += static_cast<size_t>(got);
    const char* line = buffer_;
    const char* const end = buffer_ + used;
    while (const void* newline = std::memchr(line, '\n', static_cast<size_t>(end - line))) {
      take_line(line, static_cast<size_t>(static_cast<const char*>(newline) - line), writer);
      line = static_cast<const char*>(newline) + 1;
    }
    used = static_cast<size_t>(end - line);
    if (used == sizeof buffer_) used = 0;  // a line that no path can make so long
    std::memmove(buffer_, line, used);
  }
  ::close(file);
}

}  // namespace alibi::crash
