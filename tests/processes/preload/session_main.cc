// Makes the session directory that its argument names, with the shard of a process that runs tests and one
// test in it, and prints the invitation for programs that this test starts.
#include <cstdio>
#include <cstring>
#include <string>

#include "tracer/abi/alibi.h"

namespace {

alibi_text text(const char* from) {
  return {from, std::strlen(from)};
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  alibi_session_options options{};
  options.directory = text(arguments[1]);
  options.root = text("/");
  options.interpreter = text("test");
  options.session_id = 0xA11B1;
  options.role = ALIBI_MAIN;
  alibi_session* session = nullptr;
  alibi_error error{};
  if (alibi_session_open(&options, &session, &error) != ALIBI_OK) {
    std::fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  uint32_t context = 0;
  alibi_define_context(session, ALIBI_CONTEXT_TEST, 0, text("t.py::test"), text(""), &context, &error);
  alibi_set_contexts(session, &context, 1);
  const alibi_text setting = alibi_invitation(session);
  const std::string invitation(setting.bytes, setting.length);
  alibi_end_test(session, context, ALIBI_PASSED, 1, text(""));
  alibi_session_close(session, nullptr);
  std::puts(invitation.c_str() + std::strlen("ALIBI_SESSION="));
  return 0;
}
