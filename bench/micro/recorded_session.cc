#include "bench/micro/recorded_session.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace alibi::bench {
namespace {

[[noreturn]] void give_up(const char* what, const alibi_error& error) {
  std::fprintf(stderr, "%s: %s\n", what, error.message);
  std::exit(1);
}

std::string scratch_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "alibi-bench-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    std::perror("mkdtemp");
    std::exit(1);
  }
  return name;
}

}  // namespace

RecordedSession::RecordedSession() : directory_(scratch_folder()) {
  alibi_session_options options = {};
  const std::string interpreter = "benchmark";
  options.directory = text_of(directory_);
  options.root = text_of(directory_);
  options.interpreter = text_of(interpreter);
  options.session_id = 1;
  options.role = ALIBI_MAIN;
  alibi_error error = {};
  if (alibi_session_open(&options, &session_, &error) != ALIBI_OK) give_up("alibi_session_open", error);
  stream_ = alibi_hit_stream_of(session_);
}

RecordedSession::~RecordedSession() {
  close();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void RecordedSession::close() {
  alibi_error error = {};
  alibi_session_close(session_, &error);
  session_ = nullptr;
}

uint32_t RecordedSession::define_file(const std::string& name) {
  const std::string path = directory_ + "/" + name;
  uint32_t number = 0;
  alibi_error error = {};
  if (alibi_define_file(session_, text_of(path), &number, &error) != ALIBI_OK)
    give_up("alibi_define_file", error);
  return number;
}

uint32_t RecordedSession::define_code(uint32_t file, uint32_t first_line, uint32_t span,
                                      const std::string& name) {
  alibi_code code = {};
  code.file = file;
  code.first_line = first_line;
  code.span = span;
  code.scope_line = first_line;
  code.kind = ALIBI_CODE_FUNCTION;
  code.qualified_name = text_of(name);
  uint32_t base = 0;
  alibi_error error = {};
  if (alibi_define_code(session_, &code, &base, &error) != ALIBI_OK) give_up("alibi_define_code", error);
  return base;
}

uint32_t RecordedSession::define_test(const std::string& id) {
  uint32_t context = 0;
  alibi_error error = {};
  if (alibi_define_context(session_, ALIBI_CONTEXT_TEST, 0, text_of(id), {"", 0}, &context, &error) !=
      ALIBI_OK) {
    give_up("alibi_define_context", error);
  }
  return context;
}

void RecordedSession::run_test(const std::string& id, uint32_t base, uint32_t lines) {
  const uint32_t context = define_test(id);
  alibi_append_hit(session_, stream_, ALIBI_CONTEXT_SWITCH(context));
  for (uint32_t line = 0; line < lines; ++line) alibi_append_hit(session_, stream_, base + line);
  alibi_end_test(session_, context, ALIBI_PASSED, 1000, {"", 0});
}

}  // namespace alibi::bench
