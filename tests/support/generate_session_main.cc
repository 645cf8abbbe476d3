// generate_session ROOT SESSION_DIRECTORY [TESTS LINES PROCESSES ID STARTED_UNIX [unfinished]]
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/generated_session.h"

int main(int count, char** arguments) {
  if (count < 3) return 2;
  alibi::testing::GeneratedSession session;
  session.root = arguments[1];
  session.directory = arguments[2];
  if (count > 3) session.tests = std::strtoull(arguments[3], nullptr, 10);
  if (count > 4) session.lines_per_test = std::strtoull(arguments[4], nullptr, 10);
  if (count > 5) session.processes = std::strtoull(arguments[5], nullptr, 10);
  if (count > 6) session.id = arguments[6];
  if (count > 7) session.started_unix = std::strtod(arguments[7], nullptr);
  session.unfinished_last_test = count > 8;
  std::string why;
  if (alibi::testing::write_generated_session(session, &why)) return 0;
  std::fprintf(stderr, "%s\n", why.c_str());
  return 1;
}
