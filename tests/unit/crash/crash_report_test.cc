// Reports as the handlers write them and the collector reads them, and what happens to a process around them.
// Everything that crashes does so in a child process.
#include <gtest/gtest.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tracer/crash/crash_handler.h"
#include "tracer/crash/hang_timer.h"
#include "tracer/crash/native_stack.h"
#include "tracer/crash/report_reader.h"
#include "tracer/crash/report_writer.h"
#include "tracer/crash/reporting.h"

namespace alibi::crash {
namespace {

using testing::run_in_child;

sigjmp_buf recovery;

void recover(int) {
  siglongjmp(recovery, 1);
}

// Below every mapping: nothing of the stack can be read.
[[gnu::noinline]] void lose_stack() {
#if defined(__x86_64__)
  asm volatile("movq $16, %%rsp\n\tmovq $0, (%%rsp)" ::: "memory");
#else
  ::raise(SIGSEGV);
#endif
}

[[gnu::noinline]] void write_to(volatile int* address) {
  *address = 1;
}

class CrashReport : public ::testing::Test {
 protected:
  // Installs the handlers in a child, runs `body` there as the test "t.py::test_x".
  int crash(
      const std::function<void()>& body, const std::function<void()>& before = [] {}) const {
    return run_in_child([&] {
      const struct rlimit none {};
      ::setrlimit(RLIMIT_CORE, &none);
      for (int number : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL}) ::signal(number, SIG_DFL);
      before();
      if (!prepare_reports(directory_ / "1-2-0123456789abcdef.shard", nullptr)) return 90;
      install_crash_handlers(nullptr);
      set_running(RunningKind::kTest, "t.py::test_x");
      settle_crash_handlers();
      body();
      remove_crash_handlers();
      return 0;
    });
  }

  std::vector<std::string> reports() const { return testing::names_in(directory_.path()); }

  Report only_report() const {
    const std::vector<std::string> names = reports();
    EXPECT_EQ(names.size(), 1u);
    if (names.empty()) return {};
    Result<Report> report = parse_report(testing::read_bytes(directory_ / names.front()));
    EXPECT_TRUE(report.ok());
    return report.ok() ? *report : Report{};
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(CrashReport, SaysWhatRanWhereAndLetsTheSignalKill) {
  EXPECT_EQ(crash([] { write_to(nullptr); }), 128 + SIGSEGV);
  const Report report = only_report();
  EXPECT_EQ(reports().front(), "1-2-0123456789abcdef.crash");
  EXPECT_EQ(report.kind, ReportKind::kCrash);
  EXPECT_EQ(report.running, RunningKind::kTest);
  EXPECT_EQ(report.name, "t.py::test_x");
  EXPECT_EQ(report.signal, static_cast<uint32_t>(SIGSEGV));
  EXPECT_EQ(report.address, 0u);
  EXPECT_EQ(report.shard, "1-2-0123456789abcdef.shard");
  EXPECT_TRUE(report.complete);
  ASSERT_EQ(report.stacks.size(), 1u);
  EXPECT_GE(report.stacks[0].program_counters.size(), has_unwinder() ? 3u : 1u);
  EXPECT_FALSE(report.modules.empty());
}

TEST_F(CrashReport, EveryWayToDieEndsAsWithoutIt) {
  for (int number : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL})
    EXPECT_EQ(crash([number] { ::raise(number); }), 128 + number);
  EXPECT_EQ(crash([] { std::abort(); }), 128 + SIGABRT);
  EXPECT_EQ(reports().size(), 6u);
}

TEST_F(CrashReport, AHandlerOfTheProgramRecoversAndLaterFaultsAreItsOwn) {
  const int status = crash(
      [] {
        for (int round = 0; round < 3; ++round) {
          if (sigsetjmp(recovery, 1) == 0) write_to(nullptr);
        }
      },
      [] { ::signal(SIGSEGV, &recover); });
  EXPECT_EQ(status, 0);
}

TEST_F(CrashReport, AnIgnoredSignalIsNoCrash) {
  EXPECT_EQ(crash([] { ::raise(SIGABRT); }, [] { ::signal(SIGABRT, SIG_IGN); }), 0);
  EXPECT_TRUE(reports().empty());
}

TEST_F(CrashReport, AnIgnoredFaultKillsAllTheSame) {
  EXPECT_EQ(crash([] { write_to(nullptr); }, [] { ::signal(SIGSEGV, SIG_IGN); }), 128 + SIGSEGV);
  EXPECT_TRUE(only_report().complete);
}

TEST_F(CrashReport, AForkedChildWritesItsOwn) {
  EXPECT_EQ(crash([] {
              const pid_t child = ::fork();
              if (child == 0) write_to(nullptr);
              int status = 0;
              ::waitpid(child, &status, 0);
              if (!WIFSIGNALED(status)) ::_exit(91);
            }),
            0);
  const Report report = only_report();
  EXPECT_NE(report.process_id, report.session_process_id);
  EXPECT_EQ(report.shard, "1-2-0123456789abcdef.shard");
  EXPECT_NE(reports().front().find(std::to_string(report.process_id)), std::string::npos);
}

TEST_F(CrashReport, ADamagedStackCostsNoMoreThanItsFrames) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer hands signals on late";
#endif
  EXPECT_EQ(crash([] { lose_stack(); }), 128 + SIGSEGV);
  EXPECT_EQ(only_report().name, "t.py::test_x");
}

TEST_F(CrashReport, AnotherThreadsCrashIsTheTests) {
  EXPECT_EQ(crash([] { std::thread([] { write_to(nullptr); }).join(); }), 128 + SIGSEGV);
  const Report report = only_report();
  EXPECT_NE(report.thread_id, report.process_id);
  EXPECT_EQ(report.name, "t.py::test_x");
}

TEST_F(CrashReport, HandlersAreTakenBack) {
  EXPECT_EQ(crash([] {
              remove_crash_handlers();
              struct sigaction now {};
              ::sigaction(SIGSEGV, nullptr, &now);
              if (now.sa_handler != SIG_DFL) ::_exit(92);
              write_to(nullptr);
            }),
            128 + SIGSEGV);
  EXPECT_TRUE(reports().empty());
}

TEST_F(CrashReport, AHangIsToldOnceWithAllThreadsAndTheTestGoesOn) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer hands signals on late";
#endif
  EXPECT_EQ(crash([] {
              if (!start_hang_timer(50)) ::_exit(93);
              std::thread other([] { ::usleep(400'000); });
              arm_hang_timer();
              other.join();
              disarm_hang_timer();
              stop_hang_timer();
            }),
            0);
  EXPECT_EQ(reports(), std::vector<std::string>{"1-2-0123456789abcdef.hang"});
  const Report report = only_report();
  EXPECT_EQ(report.kind, ReportKind::kHang);
  EXPECT_EQ(report.after_ms, 50u);
  EXPECT_EQ(report.stacks.size(), 2u);
}

TEST_F(CrashReport, ALongNameIsCut) {
  const std::string name(2 * kLongestName, 'x');
  EXPECT_EQ(crash([&] {
              set_running(RunningKind::kTest, name);
              ::raise(SIGABRT);
            }),
            128 + SIGABRT);
  const Report report = only_report();
  EXPECT_TRUE(report.name_cut);
  EXPECT_EQ(report.name, name.substr(0, kLongestName));
}

// Every single fault of a file is survived, and no record is believed that was not written.
class HostileReport : public CrashReport {
 protected:
  std::vector<std::byte> example() {
    static ReportWriter writer;
    const std::string path = directory_ / "example.crash";
    EXPECT_TRUE(writer.open(path.c_str(), ReportKind::kCrash));
    writer.begin(RecordType::kRunning);
    writer.u8(1);
    writer.u8(0);
    writer.text("t.py::test_x", 12);
    writer.end();
    writer.begin(RecordType::kNativeStack);
    writer.u32(7);
    writer.u8(1);
    writer.u8(0);
    writer.u32(kNoFrame);
    writer.u32(2);
    writer.u64(0x1000);
    writer.u64(0x2000);
    writer.end();
    writer.close();
    return testing::read_bytes(path);
  }
};

TEST_F(HostileReport, CutAtAnyLengthGivesWhatIsWhole) {
  const std::vector<std::byte> bytes = example();
  for (size_t length = 0; length < bytes.size(); ++length) {
    const Result<Report> report = parse_report(std::span(bytes).first(length));
    if (!report.ok()) {
      EXPECT_LT(length, sizeof(FileHeader));
      continue;
    }
    EXPECT_TRUE(report->name.empty() || report->name == "t.py::test_x");
    EXPECT_LE(report->stacks.size(), 1u);
    // The zeros at the very end may be missing.
    EXPECT_TRUE(!report->complete || bytes.size() - length < 8) << length;
  }
}

TEST_F(HostileReport, AnyChangedByteCostsItsRecordOnly) {
  const std::vector<std::byte> bytes = example();
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const unsigned flip : {1U, 0x80U, 0xFFU}) {
      std::vector<std::byte> damaged = bytes;
      damaged[at] ^= static_cast<std::byte>(flip);
      const Result<Report> report = parse_report(damaged);
      if (!report.ok()) continue;
      EXPECT_TRUE(report->name.empty() || report->name == "t.py::test_x") << at;
      for (const ThreadStack& stack : report->stacks)
        EXPECT_EQ(stack.program_counters, (std::vector<uint64_t>{0x1000, 0x2000})) << at;
    }
  }
}

TEST_F(HostileReport, APathThatNoImageCanHaveIsLeftOut) {
  static ReportWriter writer;
  const std::string path = directory_ / "modules.crash";
  ASSERT_TRUE(writer.open(path.c_str(), ReportKind::kCrash));
  for (const size_t length : {kLongestPath, kLongestPath + 1}) {
    const std::string image(length, '/');
    writer.begin(RecordType::kModule);
    writer.u64(0x1000);
    writer.u64(0x2000);
    writer.u64(0);
    writer.text("", 0);
    writer.text(image.data(), image.size());
    writer.end();
  }
  writer.close();
  const Result<Report> report = parse_report(testing::read_bytes(path));
  ASSERT_TRUE(report.ok());
  ASSERT_EQ(report->modules.size(), 1u);
  EXPECT_EQ(report->modules[0].path.size(), kLongestPath);
}

}  // namespace
}  // namespace alibi::crash
