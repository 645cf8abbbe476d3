// generate_session ROOT SESSION_DIRECTORY [TESTS LINES PROCESSES ID STARTED_UNIX [unfinished]] [OPTION=N…]
// Options: files, functions (of each file), forks, chained (1: each child forks the next).
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/generated_session.h"

namespace {

bool read_option(std::string_view argument, alibi::testing::GeneratedSession* session) {
  const size_t equals = argument.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view name = argument.substr(0, equals);
  const size_t value = std::strtoull(argument.data() + equals + 1, nullptr, 10);
  if (name == "files") {
    session->files = value;
  } else if (name == "functions") {
    session->functions_per_file = value;
  } else if (name == "forks") {
    session->forks = value;
  } else if (name == "chained") {
    session->chained = value != 0;
  } else {
    return false;
  }
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  alibi::testing::GeneratedSession session;
  std::vector<const char*> words;
  for (int place = 1; place < count; ++place) {
    if (!read_option(arguments[place], &session)) words.push_back(arguments[place]);
  }
  if (words.size() < 2) return 2;
  session.root = words[0];
  session.directory = words[1];
  if (words.size() > 2) session.tests = std::strtoull(words[2], nullptr, 10);
  if (words.size() > 3) session.lines_per_test = std::strtoull(words[3], nullptr, 10);
  if (words.size() > 4) session.processes = std::strtoull(words[4], nullptr, 10);
  if (words.size() > 5) session.id = words[5];
  if (words.size() > 6) session.started_unix = std::strtod(words[6], nullptr);
  session.unfinished_last_test = words.size() > 7;
  std::string why;
  if (alibi::testing::write_generated_session(session, &why)) return 0;
  std::fprintf(stderr, "%s\n", why.c_str());
  return 1;
}
