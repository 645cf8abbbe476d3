// The numbers and limits of a crash or hang report (tracer/shard/FORMAT.md, "Crash and hang reports"). Used
// by its writer, which runs inside a signal handler, and by its reader in the collector. Plain constants.
#ifndef ALIBI_TRACER_CRASH_REPORT_FORMAT_H_
#define ALIBI_TRACER_CRASH_REPORT_FORMAT_H_

#include <cstddef>
#include <cstdint>

namespace alibi::crash {

inline constexpr char kMagic[8] = {'A', 'L', 'C', 'R', 'A', 'S', 'H', '1'};
inline constexpr uint32_t kVersion = 1;

enum class ReportKind : uint32_t { kCrash = 1, kHang = 2 };

enum class RecordType : uint32_t {
  kProcess = 1,
  kSignal = 2,
  kRunning = 3,
  kNativeStack = 4,
  kModule = 5,
  kPythonStack = 6,
  kNote = 7,
  kEnd = 8
};

// What was running: of a name that was longer than the buffer for it, `cut` is set.
enum class RunningKind : uint8_t { kNothing = 0, kTest = 1, kCollection = 4 };

struct FileHeader {
  char magic[8];
  uint32_t version;
  uint32_t kind;
};
static_assert(sizeof(FileHeader) == 16);

struct RecordHeader {
  uint32_t type;
  uint32_t payload_bytes;
  uint64_t checksum;  // XXH3-64 of the payload, seeded with the type
};
static_assert(sizeof(RecordHeader) == 16);

inline constexpr size_t kLongestPayload = 60 * 1024;
inline constexpr size_t kLongestName = 4096;
inline constexpr size_t kLongestPath = 4096;
inline constexpr size_t kMostFrames = 128;
inline constexpr size_t kMostThreads = 64;
inline constexpr size_t kMostModules = 128;
inline constexpr size_t kLongestBuildId = 20;
inline constexpr size_t kLongestReport = 8U << 20;
inline constexpr uint32_t kNoFrame = 0xFFFFFFFFU;
inline constexpr int kMostReports = 16;  // of one process

inline constexpr char kCrashSuffix[] = ".crash";
inline constexpr char kHangSuffix[] = ".hang";

}  // namespace alibi::crash

#endif  // ALIBI_TRACER_CRASH_REPORT_FORMAT_H_
