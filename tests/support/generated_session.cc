#include "tests/support/generated_session.h"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "tracer/abi/alibi.h"

namespace alibi::testing {
namespace {

constexpr uint64_t kSessionId = 0xAB;

alibi_text text(std::string_view view) {
  return {view.data(), view.size()};
}

std::string module_path(const GeneratedSession& session, size_t file) {
  return session.root + "/src/module_" + std::to_string(file) + ".py";
}

void write_sources(const GeneratedSession& session) {
  std::filesystem::create_directories(session.root + "/src");
  for (size_t file = 0; file < session.files; ++file) {
    std::ofstream source(module_path(session, file));
    for (size_t function = 0; function < session.functions_per_file; ++function) {
      source << "def function_" << function << "():\n";
      for (size_t line = 1; line < session.lines_per_function; ++line)
        source << "    step_" << file << "_" << line << "()\n";
    }
  }
}

void write_description(const GeneratedSession& session) {
  std::ofstream description(session.directory + "/session.json");
  description.precision(17);
  description << R"({"id": ")" << session.id << R"(", "started_unix": )" << session.started_unix
              << R"(, "root": ")" << session.root
              << R"(", "environment": "default", "command": ["pytest", "--alibi"], "complete": true, )"
              << R"("exit_status": 0})";
}

// One process of the session, from open to close.
class Recorder {
 public:
  Recorder(const GeneratedSession& session, std::string* why) : session_(session), why_(why) {}
  ~Recorder() { alibi_session_close(native_, nullptr); }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  bool open(size_t process) {
    const std::string worker = session_.processes > 1 ? "gw" + std::to_string(process) : std::string();
    const alibi_session_options options{text(session_.directory), text(session_.root), text("cpython 3.11.2"),
                                        text(worker), kSessionId,
                                        // One of them makes what the processes of a session share.
                                        process == 0 ? ALIBI_MAIN : ALIBI_WORKER};
    return check(alibi_session_open(&options, &native_, &error_)) && define_code() && run_imports();
  }

  bool run_test(size_t test, bool finishes) {
    const std::string id = generated_test_id(test);
    uint32_t context = 0;
    if (!check(alibi_define_context(native_, ALIBI_CONTEXT_TEST, 0, text(id), text(""), &context, &error_)))
      return false;
    if (fixture_ == 0 && !run_fixture()) return false;
    append(ALIBI_CONTEXT_SWITCH(context));
    size_t left = session_.lines_per_test;
    // A stride that shares no factor with most counts spreads tests over all files, overlapping with each
    // other.
    for (size_t step = 0; left != 0; ++step) {
      const size_t function = (test * 7 + step * 13) % bases_.size();
      for (size_t line = 1; line < session_.lines_per_function && left != 0; ++line, --left) {
        append(bases_[function] + static_cast<uint32_t>(line));
      }
    }
    if (!run_children(test)) return false;
    const std::string input = session_.root + "/data/" + std::to_string(test % 10) + ".txt";
    const alibi_input read{context, ALIBI_INPUT_FILE, ALIBI_PRESENT, {test % 10, 1}, text(input), text("")};
    if (!check(alibi_record_input(native_, &read)) || !check(alibi_charge(native_, context, fixture_)))
      return false;
    if (finishes && !check(alibi_end_test(native_, context, ALIBI_PASSED, 1'000'000 + test, text(""))))
      return false;
    append(ALIBI_CONTEXT_SWITCH(0));
    return true;
  }

  // As SIGKILL would: nothing is committed or closed any more.
  void abandon() { native_ = nullptr; }

 private:
  bool check(alibi_status status) {
    if (status == ALIBI_OK) return true;
    *why_ = std::string("recorder: ") + error_.message + " (status " + std::to_string(status) + ")";
    return false;
  }

  // They leave as multiprocessing's do: through _exit, nothing is closed.
  bool run_children(size_t test) {
    const size_t children =
        session_.forks / session_.tests + (test < session_.forks % session_.tests ? 1 : 0);
    for (size_t child = 0; child < children; ++child) {
      alibi_session_before_fork(native_);
      const pid_t process = ::fork();
      if (process == 0) {
        run_child(test * 31 + child);
        if (!session_.chained || child + 1 == children) ::_exit(0);
        continue;
      }
      int status = 0;
      const bool well = process > 0 && ::waitpid(process, &status, 0) == process && status == 0;
      if (chain_link_) ::_exit(well ? 0 : 1);
      if (!well) *why_ = "a forked child failed";
      if (!well || session_.chained) return well;
    }
    return true;
  }

  void run_child(size_t number) {
    constexpr size_t kLines = 40;
    chain_link_ = session_.chained;
    for (size_t step = 0; step < kLines; ++step) append(bases_[(number + step * 17) % bases_.size()] + 1);
  }

  void append(uint32_t entry) { alibi_append_hit(native_, alibi_hit_stream_of(native_), entry); }

  bool define_code() {
    for (size_t file = 0; file < session_.files; ++file) {
      uint32_t number = 0;
      const std::string path = module_path(session_, file);
      if (!check(alibi_define_file(native_, text(path), &number, &error_))) return false;
      const auto lines = static_cast<uint32_t>(session_.functions_per_file * session_.lines_per_function);
      const alibi_code module{number, 1, lines, 1, ALIBI_CODE_MODULE, {file, 0}, text("<module>")};
      uint32_t base = 0;
      if (!check(alibi_define_code(native_, &module, &base, &error_))) return false;
      modules_.push_back(base);
      for (size_t function = 0; function < session_.functions_per_file; ++function) {
        if (!define_function(number, file, function)) return false;
      }
      if (!define_outline(number, lines)) return false;
    }
    return true;
  }

  // Each file has a function of two lines more than ever run.
  bool define_outline(uint32_t number, uint32_t lines) {
    std::string bits((lines + 2) / 8 + 1, '\0');
    for (uint32_t line = 1; line <= lines + 2; ++line)
      bits[line / 8] = static_cast<char>(bits[line / 8] | 1 << (line % 8));
    const alibi_function never{lines + 1, text("never_called")};
    return check(alibi_define_outline(native_, number, 0, text(bits), &never, 1));
  }

  bool define_function(uint32_t number, size_t file, size_t function) {
    const auto first = static_cast<uint32_t>(function * session_.lines_per_function + 1);
    const std::string name = "function_" + std::to_string(function);
    const alibi_code code{number,
                          first,
                          static_cast<uint32_t>(session_.lines_per_function),
                          first,
                          ALIBI_CODE_FUNCTION,
                          {function, file + 1},
                          text(name)};
    uint32_t base = 0;
    if (!check(alibi_define_code(native_, &code, &base, &error_))) return false;
    bases_.push_back(base);
    const std::string global = "step_" + std::to_string(file);
    const alibi_name names[] = {{ALIBI_NAME_GLOBAL, 0, text(global)}, {ALIBI_NAME_ATTRIBUTE, 0, text("run")}};
    return check(alibi_define_names(native_, base, names, 2));
  }

  // Module 0 imports all others; each module-level `def` is a statement.
  bool run_imports() {
    append(ALIBI_CONTEXT_SWITCH(0));
    append(ALIBI_STATEMENT(modules_[0]));
    for (size_t file = 1; file < modules_.size(); ++file) {
      for (size_t function = 0; function < session_.functions_per_file; ++function) {
        append(
            ALIBI_STATEMENT(modules_[file] + static_cast<uint32_t>(function * session_.lines_per_function)));
      }
      append(ALIBI_STATEMENT(modules_[0]));
    }
    append(ALIBI_CONTEXT_SWITCH(0));
    return true;
  }

  bool run_fixture() {
    if (!check(alibi_define_context(native_, ALIBI_CONTEXT_FIXTURE, 0, text("database"), text("session"),
                                    &fixture_, &error_))) {
      return false;
    }
    append(ALIBI_CONTEXT_SWITCH(fixture_));
    append(bases_[0] + 1);
    append(bases_[0] + 2);
    return true;
  }

  const GeneratedSession& session_;
  std::string* why_;
  alibi_session* native_ = nullptr;
  alibi_error error_{};
  std::vector<uint32_t> modules_;
  std::vector<uint32_t> bases_;
  uint32_t fixture_ = 0;
  bool chain_link_ = false;  // this process is a child that forks the next one
};

}  // namespace

std::string generated_test_id(size_t test) {
  return "tests/test_generated.py::test_" + std::to_string(test);
}

namespace {

bool record_process(const GeneratedSession& session, size_t process, std::string* why) {
  Recorder recorder(session, why);
  if (!recorder.open(process)) return false;
  for (size_t test = process; test < session.tests; test += session.processes) {
    const bool last = session.unfinished_last_test && test + 1 == session.tests;
    if (!recorder.run_test(test, !last)) return false;
    if (last) recorder.abandon();
  }
  return true;
}

// What dies in the middle of a test must be a process of its own.
bool record_and_die(const GeneratedSession& session, size_t process, std::string* why) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(record_process(session, process, why) ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) *why = "the recording child failed";
  return status == 0;
}

}  // namespace

bool write_generated_session(const GeneratedSession& session, std::string* why) {
  write_sources(session);
  std::filesystem::create_directories(session.directory);
  write_description(session);
  for (size_t process = 0; process < session.processes; ++process) {
    const auto record = session.unfinished_last_test ? record_and_die : record_process;
    if (!record(session, process, why)) return false;
  }
  return true;
}

}  // namespace alibi::testing
