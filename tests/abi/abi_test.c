/* Uses the whole C ABI as a glue written in C does. Exit status 0, or 1 with the first check that failed. The
 * shard's content is checked elsewhere (tests/unit/abi): this proves that the header is C and that each
 * function can be called. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracer/abi/alibi.h"

#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) {                                                         \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                  \
    }                                                                           \
  } while (0)

static alibi_text text(const char* bytes) {
  alibi_text result = {bytes, strlen(bytes)};
  return result;
}

static uint32_t define(alibi_session* session, const char* source, uint32_t* file) {
  alibi_error error;
  alibi_code code;
  alibi_name names[2];
  uint32_t base = 0;
  uint32_t again = 0;
  CHECK(alibi_define_file(session, text(source), file, &error) == ALIBI_OK);
  CHECK(alibi_define_file(session, text(source), &again, &error) == ALIBI_OK && again == *file);
  memset(&code, 0, sizeof code);
  code.file = *file;
  code.first_line = 10;
  code.span = 20;
  code.scope_line = 9;
  code.kind = ALIBI_CODE_FUNCTION;
  code.qualified_name = text("f");
  CHECK(alibi_define_code(session, &code, &base, &error) == ALIBI_OK && base >= 1);
  names[0].kind = ALIBI_NAME_GLOBAL;
  names[0].level = 0;
  names[0].name = text("x");
  names[1].kind = ALIBI_NAME_IMPORT;
  names[1].level = 1;
  names[1].name = text("y");
  CHECK(alibi_define_names(session, base, names, 2) == ALIBI_OK);
  CHECK(alibi_define_names(session, base, NULL, 0) == ALIBI_OK);
  CHECK(alibi_define_outline(session, code.file, 0, text("\002"), NULL, 0) == ALIBI_OK);
  return base;
}

static void record_inputs(alibi_session* session, uint32_t context, const char* directory,
                          const char* source) {
  alibi_input input;
  alibi_hash hash;
  memset(&input, 0, sizeof input);
  CHECK(alibi_hash_file(session, text(source), &input.hash) == ALIBI_ABSENT);
  CHECK(alibi_hash_file(session, text("/dev/null"), &hash) == ALIBI_OTHER_STATE);
  CHECK(alibi_hash_directory(session, text(directory), &hash) == ALIBI_PRESENT);
  hash = alibi_hash_bytes("value", 5, 0);
  CHECK(hash.low != 0 || hash.high != 0);
  hash = alibi_hash_bytes(NULL, 0, 0);
  input.context = context;
  input.kind = ALIBI_INPUT_FILE;
  input.state = ALIBI_ABSENT;
  input.subject = text(source);
  CHECK(alibi_record_input(session, &input) == ALIBI_OK);
  CHECK(alibi_record_state_write(session, context, 0, ALIBI_STATE_GLOBAL, text("m"), text("x")) == ALIBI_OK);
  CHECK(alibi_record_collected(session, context, text("test_a")) == ALIBI_OK);
  CHECK(alibi_record_imported(session, text("numpy"), text("/lib/numpy.py")) == ALIBI_OK);
}

static void leave_for_programs(alibi_session* session, const char* directory) {
  const alibi_setting setting = {"root", text("/nowhere")};
  const alibi_hash environment = {3, 4};
  alibi_variable variable = {text("NAME"), {1, 2}};
  alibi_text value;
  alibi_outside* outside;
  CHECK(alibi_outside_write(text(directory), &setting, 1, environment, &variable, 1, NULL) == ALIBI_OK);
  value = alibi_invitation(session);
  value.bytes += strlen("ALIBI_SESSION=");
  value.length -= strlen("ALIBI_SESSION=");
  outside = alibi_outside_read(value);
  CHECK(outside != NULL && alibi_outside_session_id(outside) == 1);
  CHECK(alibi_outside_directory(outside).length == strlen(directory));
  CHECK(alibi_outside_setting(outside, "root", 0, &value) != 0 && value.length == strlen("/nowhere"));
  CHECK(alibi_outside_setting(outside, "root", 1, &value) == 0);
  CHECK(alibi_outside_environment(outside).low == 3 && alibi_outside_environment(outside).high == 4);
  CHECK(alibi_outside_variables(outside, &variable, 1) == 1 && variable.hash.high == 2);
  alibi_outside_free(outside);
  CHECK(alibi_outside_read(text("none")) == NULL);
}

static void run_session(const char* directory) {
  const char* const source = "/nowhere/source.py";
  alibi_session_options options;
  alibi_session* session = NULL;
  alibi_session* second = NULL;
  alibi_error error;
  alibi_hit_stream* stream;
  uint32_t base, file, test, fixture;
  int i, status;
  pid_t child;

  memset(&options, 0, sizeof options);
  options.directory = text(directory);
  options.root = text("/nowhere");
  options.interpreter = text("c 11");
  options.session_id = 1;
  options.role = ALIBI_MAIN;
  CHECK(alibi_session_open(&options, &session, &error) == ALIBI_OK);
  CHECK(alibi_session_open(&options, &second, &error) == ALIBI_INVALID_ARGUMENT && second == NULL);
  CHECK(strlen(error.message) > 0);
  CHECK(alibi_set_strategy(session, text("self")) == ALIBI_OK);
  CHECK(alibi_shard_path(session).length > strlen(directory));
  stream = alibi_hit_stream_of(session);
  CHECK(stream != NULL);

  base = define(session, source, &file);
  CHECK(alibi_define_context(session, ALIBI_CONTEXT_TEST, 0, text("t"), text(""), &test, &error) == ALIBI_OK);
  CHECK(alibi_define_context(session, ALIBI_CONTEXT_FIXTURE, test, text("f"), text("session"), &fixture,
                             NULL) == ALIBI_OK);
  alibi_append_hit(session, stream, ALIBI_CONTEXT_SWITCH(test));
  alibi_append_hit(session, stream, ALIBI_STATEMENT(base));
  alibi_append_hit(session, stream, ALIBI_CONCURRENT_IMPORT);
  for (i = 0; i < 10000; ++i) alibi_append_hit(session, stream, base + (uint32_t)i % 20);
  CHECK(alibi_charge(session, test, fixture) == ALIBI_OK);
  record_inputs(session, test, directory, source);
  CHECK(alibi_session_after_fork(session, &error) == ALIBI_OK);
  CHECK(alibi_session_listens_at_port(session, SOCK_STREAM, 0) == 0);
  CHECK(alibi_session_listens_at_path(session, text(source)) == 0);

  leave_for_programs(session, directory);
  child = fork();
  if (child == 0) {
    if (alibi_shard_path(session).length == 0) _exit(2);
    alibi_append_hit(session, stream, base);
    _exit(alibi_shard_path(session).length > 0 ? 0 : 3);
  }
  CHECK(waitpid(child, &status, 0) == child && status == 0);

  alibi_drop(session, test, ALIBI_DROP_THREAD, 3);
  alibi_drop(session, ALIBI_WHOLE_PROCESS, ALIBI_DROP_THREAD, 4);
  CHECK(alibi_drop_count(session, ALIBI_DROP_THREAD) == 7);
  CHECK(strcmp(alibi_drop_reason_name(ALIBI_DROP_THREAD), "thread") == 0);
  CHECK(alibi_end_test(session, test, ALIBI_PASSED, 1000, text("")) == ALIBI_OK);
  CHECK(alibi_session_close(session, &error) == ALIBI_OK);
  CHECK(alibi_session_close(NULL, NULL) == ALIBI_OK);
}

int main(void) {
  char directory[] = "/tmp/alibi-abi-XXXXXX";
  char command[64];
  CHECK(mkdtemp(directory) != NULL);
  run_session(directory);
  snprintf(command, sizeof command, "rm -r %s", directory);
  CHECK(system(command) == 0);
  return 0;
}
