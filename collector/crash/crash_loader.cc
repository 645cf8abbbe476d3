#include "collector/crash/crash_loader.h"

#include <signal.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "collector/crash/symbolizer.h"
#include "tracer/base/file_system.h"
#include "tracer/crash/fatal_signals.h"

namespace alibi::collector {
namespace {

constexpr size_t kMostCrashes = 100;
constexpr size_t kLongestPython = 16 * 1024;

std::string name_of(uint32_t signal) {
  const char* const name = crash::name_of_fatal(signal);
  return name != nullptr ? name : "signal " + std::to_string(signal);
}

NativeFrame frame_of(const crash::Report& report, uint64_t counter, bool is_exact, Symbolizer* symbols) {
  NativeFrame frame;
  frame.offset = counter;
  // A return address may lie behind the end of the function that made the call.
  const uint64_t inside = is_exact || counter == 0 ? counter : counter - 1;
  for (const crash::LoadedModule& module : report.modules) {
    if (inside < module.begin || inside >= module.end) continue;
    frame.module = module.path;
    frame.offset = inside - module.begin + module.file_offset;
    if (symbols == nullptr) return frame;
    Symbol symbol = symbols->find(module.path, module.build_id, frame.offset);
    frame.function = std::move(symbol.function);
    frame.file = std::move(symbol.file);
    frame.line = symbol.line;
    return frame;
  }
  return frame;
}

NativeThread thread_of(const crash::Report& report, const crash::ThreadStack& stack, Symbolizer* symbols) {
  NativeThread thread{stack.thread_id, stack.reporting, stack.cut, {}};
  // What handlers did on top of it (faulthandler's) is not what crashed.
  const size_t first = stack.signal_frame == crash::kNoFrame ? 0 : size_t{stack.signal_frame} + 1;
  for (size_t index = first; index < stack.program_counters.size(); ++index)
    thread.frames.push_back(frame_of(report, stack.program_counters[index], index == first, symbols));
  return thread;
}

Result<crash::Report> read_report(const std::string& path) {
  const FileSystem& files = FileSystem::real();
  Result<UniqueFd> file = files.open_to_read(path);
  if (!file) return std::move(file).error();
  const Result<FileStatus> status = files.status(*file);
  if (!status || status->type != FileType::kRegular)
    return Error{ErrorCode::kNotAShard, 0, "it is no regular file"};
  std::vector<std::byte> bytes(64 * 1024);
  size_t used = 0;
  for (;;) {
    if (used == bytes.size()) bytes.resize(2 * bytes.size());
    Result<size_t> got = files.read(*file, std::span(bytes).subspan(used));
    if (!got) return std::move(got).error();
    used += *got;
    if (*got == 0 || used >= crash::kLongestReport) break;
  }
  return crash::parse_report(std::span(bytes).first(used));
}

}  // namespace

Crash crash_of(const crash::Report& report, Symbolizer* symbols) {
  Crash crash;
  crash.hang = report.kind == crash::ReportKind::kHang;
  crash.in_test = report.running == crash::RunningKind::kTest;
  crash.name = report.name;
  crash.name_cut = report.name_cut;
  if (!crash.hang) {
    crash.signal = name_of(report.signal);
    crash.has_address = report.code > 0 && (report.signal == SIGSEGV || report.signal == SIGBUS);
    crash.address = report.address;
  }
  crash.after_s = static_cast<double>(report.after_ms) / 1000;
  crash.process_id = report.process_id;
  crash.forked = report.process_id != report.session_process_id;
  crash.shard = report.shard;
  for (const crash::ThreadStack& stack : report.stacks)
    crash.threads.push_back(thread_of(report, stack, symbols));
  std::stable_sort(crash.threads.begin(), crash.threads.end(),
                   [](const auto& left, const auto& right) { return left.reporting && !right.reporting; });
  crash.python = report.python.substr(0, kLongestPython);
  crash.python_cut = report.python_cut || report.python.size() > kLongestPython;
  crash.notes = report.notes;
  crash.complete = report.complete;
  return crash;
}

LoadedCrashes load_crashes(const std::string& directory, Names names) {
  LoadedCrashes loaded;
  const Result<std::vector<std::string>> entries = FileSystem::real().names_in(directory);
  if (!entries) return loaded;
  std::optional<Symbolizer> symbols;
  std::vector<std::pair<uint64_t, Crash>> found;
  for (const std::string& name : *entries) {
    if (!name.ends_with(crash::kCrashSuffix) && !name.ends_with(crash::kHangSuffix)) continue;
    const Result<crash::Report> report = read_report(directory + "/" + name);
    if (!report) {
      loaded.problems.push_back("the crash report " + name + " cannot be read: " + report.error().message);
      continue;
    }
    if (found.size() == kMostCrashes) break;
    if (names == Names::kLookUp && !symbols) symbols.emplace();
    found.emplace_back(report->unix_ns, crash_of(*report, symbols ? &*symbols : nullptr));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& left, const auto& right) { return left.first < right.first; });
  for (auto& [time, crash] : found) loaded.crashes.push_back(std::move(crash));
  return loaded;
}

}  // namespace alibi::collector
