#include "tracer/base/program_kind.h"

#include <elf.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

namespace alibi {
namespace {

// Program headers follow the file header in every linker's output; further back than this they are not
// looked for.
constexpr size_t kMostRead = 64 * 1024;
// The kernel follows that many "#!" lines.
constexpr int kDeepestScript = 5;
// Of a text without "#!": what shells look at before they take a file for a script.
constexpr size_t kTextSample = 512;

using Bytes = std::span<const std::byte>;

#if defined(__x86_64__)
constexpr uint16_t kOwnMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t kOwnMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr uint16_t kOwnMachine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr uint16_t kOwnMachine = EM_PPC64;
#elif defined(__s390x__)
constexpr uint16_t kOwnMachine = EM_S390;
#elif defined(__i386__)
constexpr uint16_t kOwnMachine = EM_386;
#elif defined(__arm__)
constexpr uint16_t kOwnMachine = EM_ARM;
#else
constexpr uint16_t kOwnMachine = EM_NONE;  // matches no program: nothing is taken for observed
#endif

std::optional<std::vector<std::byte>> first_bytes(const FileSystem& files, const std::string& path) {
  // Looked at before it is opened: opening a device can have effects of its own.
  const Result<FileStatus> status = files.status(path);
  if (!status.ok() || status->type != FileType::kRegular) return std::nullopt;
  const Result<UniqueFd> file = files.open_to_read(path);
  if (!file.ok()) return std::nullopt;
  std::vector<std::byte> bytes(std::min<uint64_t>(status->size, kMostRead));
  size_t length = 0;
  while (length < bytes.size()) {
    const Result<size_t> got = files.read(*file, std::span(bytes).subspan(length));
    if (!got.ok()) return std::nullopt;
    if (*got == 0) break;
    length += *got;
  }
  bytes.resize(length);
  return bytes;
}

template <typename Header>
bool copy_at(Bytes bytes, uint64_t offset, Header* header) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(Header)) return false;
  std::memcpy(header, bytes.data() + offset, sizeof(Header));
  return true;
}

// Of the byte order of this machine; the other order is a program that does not run here.
template <typename FileHeader, typename ProgramHeader>
ProgramKind kind_of_elf(Bytes bytes, uint16_t* machine) {
  FileHeader file{};
  if (!copy_at(bytes, 0, &file)) return ProgramKind::kUnreadable;
  *machine = file.e_machine;
  if (file.e_type != ET_EXEC && file.e_type != ET_DYN) return ProgramKind::kUnreadable;
  if (file.e_phentsize != sizeof(ProgramHeader) || file.e_phnum == 0) return ProgramKind::kUnreadable;
  for (uint32_t i = 0; i < file.e_phnum; ++i) {
    ProgramHeader program{};
    const uint64_t offset = uint64_t{file.e_phoff} + uint64_t{i} * sizeof(ProgramHeader);
    if (offset < file.e_phoff || !copy_at(bytes, offset, &program)) return ProgramKind::kUnreadable;
    if (program.p_type == PT_INTERP) return ProgramKind::kDynamic;
  }
  return ProgramKind::kStatic;
}

Program program_of_elf(const FileSystem& files, const std::string& path, Bytes bytes) {
  Program program;
  const auto identity = [&](size_t index) { return std::to_integer<unsigned char>(bytes[index]); };
  constexpr unsigned char kOwnOrder = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
  constexpr unsigned char kOwnClass = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  if (bytes.size() < EI_NIDENT || identity(EI_DATA) != kOwnOrder) return program;
  uint16_t machine = EM_NONE;
  if (identity(EI_CLASS) == ELFCLASS64)
    program.kind = kind_of_elf<Elf64_Ehdr, Elf64_Phdr>(bytes, &machine);
  else if (identity(EI_CLASS) == ELFCLASS32)
    program.kind = kind_of_elf<Elf32_Ehdr, Elf32_Phdr>(bytes, &machine);
  if (program.kind != ProgramKind::kUnreadable) {
    program.same_machine =
        identity(EI_CLASS) == kOwnClass && machine == kOwnMachine && kOwnMachine != EM_NONE;
    const Result<bool> privileged = files.is_privileged(path);
    if (!privileged.ok() || *privileged) {
      program.kind = ProgramKind::kPrivileged;
    } else if (is_interpreter_name(path) || is_interpreter_name(files.resolved(path))) {
      program.kind = ProgramKind::kInterpreter;
    }
  }
  program.runs = program.kind;
  return program;
}

std::string_view take_word(std::string_view* line) {
  constexpr std::string_view kBlank = " \t";
  const size_t start = std::min(line->find_first_not_of(kBlank), line->size());
  line->remove_prefix(start);
  const size_t end = std::min(line->find_first_of(kBlank), line->size());
  const std::string_view word = line->substr(0, end);
  line->remove_prefix(end);
  return word;
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

// What `env` with these arguments runs. Options without a meaning for that are passed over.
std::string_view word_for_env(std::string_view arguments) {
  for (;;) {
    std::string_view word = take_word(&arguments);
    if (word.starts_with("-S") && word.size() > 2) word.remove_prefix(2);
    const bool takes_another = word == "-u" || word == "-C";
    if (takes_another) take_word(&arguments);
    const bool is_option = word.starts_with('-');
    const bool is_setting = word.find('=') != std::string_view::npos;
    if (word.empty() || (!is_option && !is_setting)) return word;
  }
}

bool is_text(Bytes bytes) {
  const Bytes sample = bytes.subspan(0, std::min(bytes.size(), kTextSample));
  return !std::ranges::count(sample, std::byte{0});
}

// The program that a script names; empty: none is found.
std::string interpreter_of(const FileSystem& files, Bytes bytes, std::string_view search_path) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with("#!")) return "/bin/sh";
  std::string_view line = text.substr(2, std::min(text.find('\n'), text.size()) - 2);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::string_view program = take_word(&line);
  if (base_name(program) != "env") return std::string(program);
  return find_program(files, std::string(word_for_env(line)), search_path);
}

Program classify(const FileSystem& files, const std::string& path, std::string_view search_path, int depth) {
  constexpr std::string_view kElf = ELFMAG;
  const std::optional<std::vector<std::byte>> bytes = first_bytes(files, path);
  if (!bytes.has_value()) return {};
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  if (text.starts_with(kElf)) return program_of_elf(files, path, *bytes);
  if (!text.starts_with("#!") && !is_text(*bytes)) return {};
  Program script;
  script.kind = ProgramKind::kScript;
  const std::string interpreter = interpreter_of(files, *bytes, search_path);
  if (interpreter.empty() || depth == 0) return script;
  const Program runs = classify(files, interpreter, search_path, depth - 1);
  script.runs = runs.runs;
  script.same_machine = runs.same_machine;
  script.interpreter = runs.kind == ProgramKind::kScript ? runs.interpreter : interpreter;
  return script;
}

}  // namespace

bool is_interpreter_name(std::string_view path) {
  std::string_view name = base_name(path);
  for (const std::string_view language : {"python", "ruby"}) {
    if (!name.starts_with(language)) continue;
    name.remove_prefix(language.size());
    const size_t version = name.find_first_not_of("0123456789.");
    name.remove_prefix(std::min(version, name.size()));
    // Builds without a GIL, builds for debugging.
    for (const std::string_view build : {"", "t", "d", "td", "-dbg"}) {
      if (name == build) return true;
    }
    return false;
  }
  return false;
}

bool runs_ruby(const FileSystem& files, const std::string& path, const Program& program) {
  if (program.runs != ProgramKind::kInterpreter) return false;
  const std::string& interpreter = program.kind == ProgramKind::kScript ? program.interpreter : path;
  const std::string resolved = files.resolved(interpreter);
  const std::string_view name = is_interpreter_name(interpreter) ? interpreter : resolved;
  return base_name(name).starts_with("ruby");
}

std::string find_program(const FileSystem& files, const std::string& name, std::string_view search_path) {
  if (name.empty() || name.find('/') != std::string::npos) return name;
  for (;;) {
    const size_t end = search_path.find(':');
    const std::string_view folder = search_path.substr(0, end);
    // An empty folder is the working directory.
    const std::string candidate = folder.empty() ? "./" + name : std::string(folder) + "/" + name;
    const Result<FileStatus> status = files.status(candidate);
    if (status.ok() && status->type == FileType::kRegular && files.is_executable(candidate)) return candidate;
    if (end == std::string_view::npos) return {};
    search_path.remove_prefix(end + 1);
  }
}

Program classify_program(const FileSystem& files, const std::string& path, std::string_view search_path) {
  return classify(files, path, search_path, kDeepestScript);
}

}  // namespace alibi
