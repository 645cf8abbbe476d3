#include "tracer/base/program_kind.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "tests/support/temporary_directory.h"

namespace alibi {
namespace {

using testing::TemporaryDirectory;
using testing::write_text;

enum class Loader : bool { kNone, kNamed };

template <typename FileHeader, typename ProgramHeader>
std::string elf(unsigned char elf_class, Loader loader, uint16_t machine) {
  FileHeader file{};
  std::memcpy(file.e_ident, ELFMAG, SELFMAG);
  file.e_ident[EI_CLASS] = elf_class;
  file.e_ident[EI_DATA] = ELFDATA2LSB;
  file.e_type = ET_DYN;
  file.e_machine = machine;
  file.e_phoff = sizeof file;
  file.e_phentsize = sizeof(ProgramHeader);
  file.e_phnum = 2;
  ProgramHeader programs[2] = {};
  programs[0].p_type = PT_LOAD;
  programs[1].p_type = loader == Loader::kNamed ? PT_INTERP : PT_DYNAMIC;
  std::string bytes(reinterpret_cast<const char*>(&file), sizeof file);
  return bytes.append(reinterpret_cast<const char*>(programs), sizeof programs);
}

#if defined(__aarch64__)
constexpr uint16_t kHere = EM_AARCH64;
#else
constexpr uint16_t kHere = EM_X86_64;
#endif

std::string elf64(Loader loader, uint16_t machine = kHere) {
  return elf<Elf64_Ehdr, Elf64_Phdr>(ELFCLASS64, loader, machine);
}
std::string elf32(Loader loader) {
  return elf<Elf32_Ehdr, Elf32_Phdr>(ELFCLASS32, loader, EM_386);
}

class ProgramKindTest : public ::testing::Test {
 protected:
  std::string made(const std::string& name, std::string_view content, mode_t mode = 0755) {
    const std::string path = folder_ / name;
    write_text(path, content);
    ::chmod(path.c_str(), mode);
    return path;
  }
  Program program(const std::string& name, std::string_view content, mode_t mode = 0755) {
    return classify(made(name, content, mode));
  }
  Program classify(const std::string& path) {
    return classify_program(FileSystem::real(), path, "/nowhere:" + folder_.path());
  }

  TemporaryDirectory folder_;
};

TEST_F(ProgramKindTest, ALoaderMakesAProgramDynamic) {
  const Program found = program("tool", elf64(Loader::kNamed));
  EXPECT_EQ(found.kind, ProgramKind::kDynamic);
  EXPECT_EQ(found.runs, ProgramKind::kDynamic);
  EXPECT_TRUE(found.same_machine);
  EXPECT_EQ(program("still", elf64(Loader::kNone)).kind, ProgramKind::kStatic);
}

TEST_F(ProgramKindTest, ProgramsOfAnotherMachineAreToldApart) {
  const Program narrow = program("narrow", elf32(Loader::kNamed));
  EXPECT_EQ(narrow.kind, ProgramKind::kDynamic);
  EXPECT_FALSE(narrow.same_machine);
  EXPECT_EQ(program("narrow-static", elf32(Loader::kNone)).kind, ProgramKind::kStatic);
  EXPECT_FALSE(program("other", elf64(Loader::kNamed, EM_S390)).same_machine);
  std::string big = elf64(Loader::kNamed);
  big[EI_DATA] = ELFDATA2MSB;
  EXPECT_EQ(program("big", big).kind, ProgramKind::kUnreadable);
}

TEST_F(ProgramKindTest, SetUserIdAndSetGroupIdMakeItPrivileged) {
  EXPECT_EQ(program("suid", elf64(Loader::kNamed), 04755).kind, ProgramKind::kPrivileged);
  EXPECT_EQ(program("sgid", elf64(Loader::kNamed), 02755).kind, ProgramKind::kPrivileged);
}

TEST_F(ProgramKindTest, NamesOfInterpreters) {
  for (const char* name : {"python", "python3", "python3.12", "python3.13t", "python3.11-dbg", "ruby",
                           "ruby3.1", "/usr/bin/python3"})
    EXPECT_TRUE(is_interpreter_name(name)) << name;
  for (const char* name : {"python-config", "python3.11-config", "pythonic", "rubygems", "rubyist", "sh", "",
                           "/python/tool", "xpython"})
    EXPECT_FALSE(is_interpreter_name(name)) << name;
  EXPECT_EQ(program("python3.12", elf64(Loader::kNamed)).kind, ProgramKind::kInterpreter);
}

TEST_F(ProgramKindTest, ALinkToAnInterpreterIsOne) {
  made("python3.12", elf64(Loader::kNamed));
  ASSERT_EQ(::symlink("python3.12", (folder_ / "snake").c_str()), 0);
  EXPECT_EQ(classify(folder_ / "snake").kind, ProgramKind::kInterpreter);
}

TEST_F(ProgramKindTest, AScriptIsWhatItsFirstLineNames) {
  const std::string shell = made("shell", elf64(Loader::kNamed));
  const std::string python = made("python3", elf64(Loader::kNamed));
  const Program found = program("a.sh", "#!" + shell + " -e\necho\n");
  EXPECT_EQ(found.kind, ProgramKind::kScript);
  EXPECT_EQ(found.runs, ProgramKind::kDynamic);
  EXPECT_EQ(found.interpreter, shell);
  EXPECT_TRUE(found.same_machine);
  EXPECT_EQ(program("a.py", "#! \t" + python + "\r\n").runs, ProgramKind::kInterpreter);
  EXPECT_EQ(program("cut.py", "#!" + python).runs, ProgramKind::kInterpreter);
}

TEST_F(ProgramKindTest, EnvLooksAlongThePath) {
  const std::string python = made("python3", elf64(Loader::kNamed));
  for (const char* line :
       {"#!/usr/bin/env python3\n", "#!/usr/bin/env -S python3 -u -O\n", "#!/usr/bin/env -Spython3\n",
        "#!/usr/bin/env -S -i A=b -u HOME python3 x\n", "#!/bin/env  python3"}) {
    const Program found = program("tool", line);
    EXPECT_EQ(found.runs, ProgramKind::kInterpreter) << line;
    EXPECT_EQ(found.interpreter, python) << line;
  }
  for (const char* line : {"#!/usr/bin/env nobody-has-this\n", "#!/usr/bin/env\n", "#!/usr/bin/env -i\n"})
    EXPECT_EQ(program("tool", line).runs, ProgramKind::kUnreadable) << line;
}

TEST_F(ProgramKindTest, ScriptsOfScriptsAreFollowedAsFarAsTheKernelDoes) {
  const std::string still = made("still", elf64(Loader::kNone));
  const std::string inner = made("inner", "#!" + still + "\n");
  const Program found = program("outer", "#!" + inner + "\n");
  EXPECT_EQ(found.runs, ProgramKind::kStatic);
  EXPECT_EQ(found.interpreter, still);
  const std::string circle = folder_ / "circle";
  EXPECT_EQ(program("circle", "#!" + circle + "\n").runs, ProgramKind::kUnreadable);
}

TEST_F(ProgramKindTest, TextWithoutAnInterpreterIsTheShells) {
  const Program found = program("plain", "echo hello\n");
  EXPECT_EQ(found.kind, ProgramKind::kScript);
  EXPECT_EQ(program("bytes", std::string_view("\x01\x00\x02", 3)).kind, ProgramKind::kUnreadable);
}

TEST_F(ProgramKindTest, WhatIsNoFileIsUnreadable) {
  EXPECT_EQ(classify(folder_ / "absent"), Program());
  EXPECT_EQ(classify(folder_.path()), Program());
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0700), 0);
  EXPECT_EQ(classify(folder_ / "pipe"), Program());
}

TEST_F(ProgramKindTest, CutOffHeadersAreUnreadable) {
  for (const std::string& whole : {elf64(Loader::kNamed), elf32(Loader::kNamed)}) {
    for (size_t length = SELFMAG; length < whole.size(); ++length) {
      EXPECT_EQ(program("cut", whole.substr(0, length)).kind, ProgramKind::kUnreadable) << length;
    }
  }
}

TEST_F(ProgramKindTest, FlippedBytesNeverLeadOutOfTheFile) {
  const std::string whole = elf64(Loader::kNamed);
  for (size_t at = 0; at < sizeof(Elf64_Ehdr); ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(~flipped[at]);
    program("flipped", flipped);
  }
  std::string far = whole;
  const uint64_t offset = UINT64_MAX - 8;
  std::memcpy(far.data() + offsetof(Elf64_Ehdr, e_phoff), &offset, sizeof offset);
  EXPECT_EQ(program("far", far).kind, ProgramKind::kUnreadable);
}

TEST_F(ProgramKindTest, AProgramIsFoundAlongThePath) {
  made("tool", "x", 0644);
  EXPECT_EQ(find_program(FileSystem::real(), "tool", folder_.path()), "");
  const std::string tool = made("tool", "x", 0755);
  EXPECT_EQ(find_program(FileSystem::real(), "tool", "/nowhere::" + folder_.path()), tool);
  EXPECT_EQ(find_program(FileSystem::real(), "a/tool", ""), "a/tool");
}

TEST_F(ProgramKindTest, RubyIsToldByTheNameOfWhatRunsInTheEnd) {
  const auto runs = [this](const std::string& name, std::string_view content) {
    const std::string path = made(name, content);
    return runs_ruby(FileSystem::real(), path, classify(path));
  };
  EXPECT_TRUE(runs("ruby3.1", elf64(Loader::kNamed)));
  EXPECT_FALSE(runs("python3.11", elf64(Loader::kNamed)));
  EXPECT_FALSE(runs("rubygems", elf64(Loader::kNamed)));
  EXPECT_TRUE(runs("tool", "#!" + made("ruby", elf64(Loader::kNamed)) + " -w\n"));
  EXPECT_FALSE(runs("tool", "#!" + made("python3", elf64(Loader::kNamed)) + "\n"));
  EXPECT_FALSE(runs("shim", "#!/bin/sh\nexec ruby\n"));
}

}  // namespace
}  // namespace alibi
