// Reports of each format version stay readable: tests/golden/crash keeps what the handlers wrote. The places
// in them are those of one run, so that what is compared is what they say. They name the program that wrote
// them, which is why they are renewed by a copy of it whose path is nobody's:
//   install -D build/test/tests/unit/crash/crash_test /tmp/example/crash_test
//   ALIBI_ACCEPT_GOLDEN=1 /tmp/example/crash_test --gtest_filter='GoldenReport.*'
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_directory.h"
#include "tracer/crash/crash_handler.h"
#include "tracer/crash/hang_timer.h"
#include "tracer/crash/report_reader.h"
#include "tracer/crash/report_writer.h"
#include "tracer/crash/reporting.h"

namespace alibi::crash {
namespace {

constexpr std::string_view kPythonStack =
    "Current thread 0x00007f0000000001 (most recent call first):\n  File \"t.py\", line 3 in test_x\n";

void dump(int descriptor) {
  write_all(descriptor, kPythonStack.data(), kPythonStack.size());
}

// The only report that a process leaves which records the test "t.py::test_x".
std::vector<std::byte> report_of(const std::function<void()>& body) {
  const testing::TemporaryDirectory directory;
  testing::run_in_child([&] {
    const struct rlimit none {};
    ::setrlimit(RLIMIT_CORE, &none);
    ::signal(SIGSEGV, SIG_DFL);
    if (!prepare_reports(directory / "1-2-0123456789abcdef.shard", &dump)) return 90;
    install_crash_handlers(nullptr);
    set_running(RunningKind::kTest, "t.py::test_x");
    body();
    return 0;
  });
  const std::vector<std::string> names = testing::names_in(directory.path());
  return names.size() == 1 ? testing::read_bytes(directory / names.front()) : std::vector<std::byte>();
}

void crash_body() {
  ::raise(SIGSEGV);
}

void hang_body() {
  if (!start_hang_timer(50)) return;
  std::thread other([] { ::usleep(400'000); });
  arm_hang_timer();
  other.join();
  disarm_hang_timer();
  stop_hang_timer();
}

void expect_same(const Report& kept, const Report& written) {
  EXPECT_EQ(kept.kind, written.kind);
  EXPECT_EQ(kept.shard, written.shard);
  EXPECT_EQ(kept.signal, written.signal);
  EXPECT_EQ(kept.code, written.code);
  EXPECT_EQ(kept.after_ms, written.after_ms);
  EXPECT_EQ(kept.running, written.running);
  EXPECT_EQ(kept.name, written.name);
  EXPECT_EQ(kept.name_cut, written.name_cut);
  EXPECT_EQ(kept.python, written.python);
  EXPECT_EQ(kept.python_cut, written.python_cut);
  EXPECT_TRUE(kept.complete && written.complete);
  EXPECT_EQ(kept.stacks.size(), written.stacks.size());
}

void check(const std::function<void()>& body, const std::string& name) {
  const std::vector<std::byte> written = report_of(body);
  if (std::getenv("ALIBI_ACCEPT_GOLDEN") != nullptr) {
    std::string difference;
    testing::compare_with_golden(written, name, &difference);
    GTEST_SKIP() << "accepted " << name;
  }
  const Result<Report> kept = parse_report(testing::read_bytes(testing::golden_path(name)));
  ASSERT_TRUE(kept.ok()) << kept.error().message;
  const Result<Report> now = parse_report(written);
  ASSERT_TRUE(now.ok()) << now.error().message;
  expect_same(*kept, *now);
  EXPECT_EQ(kept->process_id, kept->session_process_id);
  for (const ThreadStack& stack : kept->stacks) EXPECT_GE(stack.program_counters.size(), 3u);
  ASSERT_GE(kept->modules.size(), 2u);
  for (const LoadedModule& module : kept->modules) EXPECT_EQ(module.build_id.size(), kLongestBuildId);
}

TEST(GoldenReport, OfACrashOfVersion1StaysReadable) {
  check(crash_body, "crash/v1-handler.crash");
}

TEST(GoldenReport, OfAHangOfVersion1StaysReadable) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer hands signals on late";
#endif
  check(hang_body, "crash/v1-timer.hang");
}

}  // namespace
}  // namespace alibi::crash
