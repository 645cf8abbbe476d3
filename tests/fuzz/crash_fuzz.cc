// Any bytes are a crash report, a part of one, or an error; whatever they name, nothing is read but regular
// ELF files, and nothing is waited for. Seeds: tests/golden/crash.
//
// Random bytes hardly ever carry valid checksums, so the target repairs them. Of the paths in a report, none
// would ever be hit by chance: each is also exchanged for one of a few traps.
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collector/crash/crash_json.h"
#include "collector/crash/crash_loader.h"
#include "collector/crash/crash_outcomes.h"
#include "collector/crash/symbolizer.h"
#include "tracer/base/hash.h"
#include "tracer/crash/report_reader.h"

namespace {

using namespace alibi;  // NOLINT: one purpose
using Bytes = std::vector<std::byte>;

// A folder with one report and files that must not be read.
class Surroundings {
 public:
  Surroundings() {
    if (::mkdtemp(folder_) == nullptr) std::abort();
    if (::mkfifo(in("fifo").c_str(), 0600) != 0) std::abort();
    std::ofstream(in("archive")) << "!<arch>\n";
    std::ofstream(in("head")) << "\x7f"
                                 "ELF\x02\x01\x01";
    traps_ = {in("fifo"), in("archive"), in("head"), folder_, "/dev/zero", "/proc/kcore", "/proc/self/exe"};
  }
  ~Surroundings() {
    for (const char* name : {"fifo", "archive", "head", "x.crash"}) ::unlink(in(name).c_str());
    ::rmdir(folder_);
  }

  std::string in(const char* name) const { return std::string(folder_) + "/" + name; }
  const std::string& folder() const { return traps_[3]; }
  const std::string& trap(size_t number) const { return traps_[number % traps_.size()]; }

  void keep_report(std::span<const std::byte> bytes) const {
    std::FILE* file = std::fopen(in("x.crash").c_str(), "w");
    if (file == nullptr) std::abort();
    std::fwrite(bytes.data(), 1, bytes.size(), file);
    std::fclose(file);
  }

 private:
  char folder_[32] = "/tmp/alibi-crash-fuzz-XXXXXX";
  std::vector<std::string> traps_;
};

void repair(Bytes* bytes) {
  crash::FileHeader header;
  std::memcpy(&header, bytes->data(), sizeof header);
  std::memcpy(header.magic, crash::kMagic, sizeof header.magic);
  header.version = crash::kVersion;
  header.kind = header.kind % 2 + 1;
  std::memcpy(bytes->data(), &header, sizeof header);
  size_t at = sizeof header;
  while (bytes->size() - at >= sizeof(crash::RecordHeader)) {
    crash::RecordHeader record;
    std::memcpy(&record, bytes->data() + at, sizeof record);
    const size_t payload = at + sizeof record;
    if (record.payload_bytes > bytes->size() - payload) return;
    record.checksum = hash64(bytes->data() + payload, record.payload_bytes, record.type);
    std::memcpy(bytes->data() + at, &record, sizeof record);
    at = payload + (size_t{record.payload_bytes} + 7) / 8 * 8;
    if (at > bytes->size()) return;
  }
}

// What the collector does with a crash; what it keeps comes back as it was kept.
void take(collector::Crash crash) {
  collector::SessionCoverage coverage;
  coverage.tests.resize(1);
  coverage.tests[0].id = crash.name;
  std::vector<collector::Crash> crashes = {std::move(crash)};
  collector::apply_crashes(&crashes, &coverage);
  std::string document = "{}";
  collector::keep_crashes(crashes, &document);
  const std::vector<collector::Crash> kept = collector::kept_crashes(document);
  if (kept.size() != crashes.size()) __builtin_trap();
  std::string again = "{}";
  collector::keep_crashes(kept, &again);
  if (collector::crashes_json(collector::kept_crashes(again)) != collector::crashes_json(kept))
    __builtin_trap();
}

// Renewed now and then: to open images is what takes the time, and it only takes so many.
collector::Symbolizer* symbols() {
  constexpr unsigned kRuns = 500;
  static std::optional<collector::Symbolizer> current;
  static unsigned runs = 0;
  if (runs++ % kRuns == 0) current.emplace();
  return &*current;
}

void walk(crash::Report report, const Surroundings& around) {
  take(collector::crash_of(report, symbols()));
  if (report.stacks.empty()) return;
  for (crash::LoadedModule& module : report.modules)
    module.path = around.trap(module.file_offset + module.path.size());
  (void)collector::headline(collector::crash_of(report, symbols()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Surroundings around;
  const auto raw = std::as_bytes(std::span(data, size));
  (void)crash::parse_report(raw);
  if (size < sizeof(crash::FileHeader)) return 0;
  Bytes bytes(raw.begin(), raw.end());
  repair(&bytes);
  auto report = crash::parse_report(bytes);
  if (!report.ok()) __builtin_trap();
  walk(std::move(*report), around);
  around.keep_report(bytes);
  const collector::LoadedCrashes loaded = collector::load_crashes(around.folder(), collector::Names::kLeave);
  if (loaded.crashes.size() != 1 || !loaded.problems.empty()) __builtin_trap();
  return 0;
}
