// The program alibi-serve, which `alibi serve` becomes: it takes the same command line. A program of its own,
// since the libraries that a server needs would take every other command longer to load than many of them
// run.
#include <malloc.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <mutex>
#include <string>
#include <system_error>
#include <variant>

#include "collector/cli/commands.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/standard_streams.h"
#include "collector/model/error_codes.h"
#include "collector/serve/server.h"
#include "tracer/base/unique_fd.h"

namespace alibi::cli {
namespace {

std::string value_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? std::string() : std::string(value);
}

std::string default_store() {
  const std::string state = value_of("XDG_STATE_HOME");
  if (state.starts_with('/')) return state + "/alibi/serve";
  return value_of("HOME") + "/.local/state/alibi/serve";
}

std::string default_cache() {
  const std::string cache = value_of("XDG_CACHE_HOME");
  if (cache.starts_with('/')) return cache + "/alibi/serve";
  return value_of("HOME") + "/.cache/alibi/serve";
}

// A password in the URL of a store would be in every list of processes.
void hide_store(int argument_count, char** arguments, const std::string& store) {
  if (store.find("://") == std::string::npos) return;
  for (int i = 1; i < argument_count; ++i) {
    const std::string argument = arguments[i];
    const size_t place = argument.find(store);
    if (place == std::string::npos || place + store.size() != argument.size()) continue;
    const size_t start = place + store.find("://") + 3;
    std::memset(arguments[i] + start, '*', argument.size() - start);
  }
}

std::string absolute(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path result = std::filesystem::absolute(path, failed);
  return failed ? path : result.lexically_normal().string();
}

// Signals become something to wait for; to be called before there are threads.
UniqueFd stop_signals() {
  sigset_t handled;
  sigemptyset(&handled);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&handled, number);
  (void)::signal(SIGPIPE, SIG_IGN);
  (void)::sigprocmask(SIG_BLOCK, &handled, nullptr);
  return UniqueFd(::signalfd(-1, &handled, SFD_CLOEXEC));
}

// main() sets it for commands that end soon; a server gives back what a large body took.
void bound_memory() {
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TOP_PAD, 128 << 10);
  mallopt(M_ARENA_MAX, 4);
}

serve::ServerSetup setup_of(const ServeOptions& options) {
  serve::ServerSetup setup;
  setup.host = options.host;
  setup.port = options.port;
  setup.store = options.store.empty() ? default_store() : options.store;
  if (setup.store.find("://") == std::string::npos) setup.store = absolute(setup.store);
  setup.cache = default_cache();
  setup.api_key_file = options.api_key_file;
  setup.certificate = options.certificate;
  setup.key = options.key;
  setup.allow_anyone = options.allow_anyone;
  setup.requests_per_second = options.requests_per_second;
  setup.keep_days = options.keep_days;
  setup.source = options.source;
  setup.imports = options.imports;
  setup.service = options.service;
  setup.replay = options.replay;
  return setup;
}

int run_server(const ServeOptions& options, Console* console) {
  bound_memory();
  // Of a hook that started this command: they would lead git elsewhere.
  for (const char* variable :
       {"GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_INDEX_FILE", "GIT_NAMESPACE", "GIT_QUARANTINE_PATH"}) {
    ::unsetenv(variable);
  }
  const UniqueFd stop = stop_signals();
  if (!stop.valid())
    return console->fail(os_error(collector::kCannotListen, errno, "cannot wait for signals"));
  std::mutex saying;
  const auto say = [&](const std::string& line) {
    const std::lock_guard<std::mutex> lock(saying);
    console->warn(line);
  };
  const serve::ServerSetup setup = setup_of(options);
  Result<std::unique_ptr<serve::Server>> server = serve::Server::open(setup, say);
  if (!server) return console->fail(server.error());
  const Result<uint64_t> taken = (*server)->take_files();
  if (!taken) return console->fail(taken.error());
  if (*taken > 0) console->print("Took " + std::to_string(*taken) + " from files.\n");
  if (options.only_take) return kDone;
  const std::string url = (*server)->url();
  console->print("Alibi listens at " + url + " and stores in " + (*server)->store_name() +
                 "; report to it with\n" +
                 "  DD_CIVISIBILITY_AGENTLESS_ENABLED=1 DD_CIVISIBILITY_AGENTLESS_URL=" + url +
                 ((*server)->needs_key() ? " DD_API_KEY=<one of its keys>\n" : " DD_API_KEY=any\n"));
  std::fflush(stdout);
  (*server)->run(stop.fd());
  return kDone;
}

int run(int argument_count, char** arguments) {
  const Parsed parsed = parse_command_line(argument_count, arguments);
  if (const int* status = std::get_if<int>(&parsed)) return *status;
  const ServeOptions* const options = std::get_if<ServeOptions>(&std::get<Command>(parsed));
  Console console;
  if (options != nullptr) hide_store(argument_count, arguments, options->store);
  if (options == nullptr)
    return console.fail(Error{collector::kUsage, 0, "alibi-serve is the part of alibi that serves"});
  return console.finish(run_server(*options, &console));
}

}  // namespace
}  // namespace alibi::cli

// Our code throws nothing; the standard library and the JSON library do when memory runs out.
int main(int argument_count, char** arguments) {
  alibi::cli::open_closed_streams();
  try {
    return alibi::cli::run(argument_count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "alibi: stopped by an unexpected %s [alibi-%d]\n", error.what(),
                 static_cast<int>(alibi::ErrorCode::kInternal));
    return alibi::cli::kFailed;
  }
}
