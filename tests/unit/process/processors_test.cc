#include "collector/process/processors.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>

namespace alibi::process {
namespace {

using Files = std::map<std::string, std::string>;

MachineView machine(Files files, uint32_t affinity = 8, const std::string& gomaxprocs = "") {
  return {[files = std::move(files)](const std::string& path) -> std::optional<std::string> {
            const auto found = files.find(path);
            if (found == files.end()) return std::nullopt;
            return found->second;
          },
          affinity, gomaxprocs};
}

// `packages` sockets with `cores` cores of `threads` threads each.
std::string cpuinfo(int packages, int cores, int threads) {
  std::string text;
  int number = 0;
  for (int thread = 0; thread < threads; ++thread) {
    for (int package = 0; package < packages; ++package) {
      for (int core = 0; core < cores; ++core) {
        text += "processor\t: " + std::to_string(number++) +
                "\nmodel name\t: X: y\nphysical id\t: " + std::to_string(package) +
                "\nsiblings\t: " + std::to_string(cores * threads) +
                "\ncore id\t\t: " + std::to_string(core) + "\ncpu cores\t: " + std::to_string(cores) + "\n\n";
      }
    }
  }
  return text;
}

constexpr char kSecond[] = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";

uint32_t usable(Files files, uint32_t affinity = 8) {
  return processors(machine(std::move(files), affinity)).usable;
}

TEST(Processors, AreThoseOfTheMaskWithTheCoresTheyAreOn) {
  const Processors found = processors(machine({{"/proc/cpuinfo", cpuinfo(2, 4, 2)}}, 6));
  EXPECT_EQ(found.usable, 6u);
  EXPECT_EQ(found.threads_per_core, 2u);
  EXPECT_EQ(found.logical, 16u);
  EXPECT_EQ(found.physical, 8u);
}

TEST(Processors, AreCountedFromTheTopologyWhereCpuinfoIsSilent) {
  Files files = {{"/proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 50\n\nprocessor\t: 1\n"},
                 {"/sys/devices/system/cpu/online", "0-2,5\n"}};
  for (const char* number : {"0", "1", "2", "5"}) {
    files[std::string("/sys/devices/system/cpu/cpu") + number + "/topology/thread_siblings_list"] =
        std::string(number) == "0" || std::string(number) == "1" ? "0-1\n" : "2,5\n";
  }
  const Processors found = processors(machine(files, 4));
  EXPECT_EQ(found.threads_per_core, 2u);
  EXPECT_EQ(found.logical, 4u);
  EXPECT_EQ(found.physical, 2u);
}

TEST(Processors, HaveNoThreadsPerCoreWhereCoresDiffer) {
  Files files = {{"/sys/devices/system/cpu/online", "0-2"}};
  const std::string base = "/sys/devices/system/cpu/cpu";
  files[base + "0/topology/thread_siblings_list"] = "0-1";
  files[base + "1/topology/thread_siblings_list"] = "0-1";
  files[base + "2/topology/thread_siblings_list"] = "2";
  const Processors found = processors(machine(files));
  EXPECT_EQ(found.threads_per_core, 0u);
  EXPECT_EQ(found.logical, 3u);
  EXPECT_EQ(found.physical, 2u);
}

TEST(Processors, AreLimitedByTheQuotaOfTheGroupAndThoseAboveIt) {
  Files files = {{"/proc/self/cgroup", "0::/a/b/c\n"}, {"/proc/self/mountinfo", kSecond}};
  EXPECT_EQ(usable(files), 8u);
  files["/sys/fs/cgroup/a/b/c/cpu.max"] = "max 100000\n";
  EXPECT_EQ(usable(files), 8u);
  files["/sys/fs/cgroup/a/b/cpu.max"] = "350000 100000\n";
  EXPECT_EQ(usable(files), 4u);  // rounded up
  files["/sys/fs/cgroup/a/cpu.max"] = "1000 100000\n";
  EXPECT_EQ(usable(files), 1u);
  files["/sys/fs/cgroup/a/cpu.max"] = "99900000 100000\n";
  EXPECT_EQ(usable(files, 3), 3u);  // never more than the mask
}

TEST(Processors, AreLimitedByTheQuotaOfTheMountWhereTheGroupLiesOutside) {
  Files files = {{"/proc/self/cgroup", "0::/../../x\n"},
                 {"/proc/self/mountinfo", kSecond},
                 {"/sys/fs/cgroup/cpu.max", "200000 100000\n"}};
  EXPECT_EQ(usable(files), 2u);
  files["/proc/self/cgroup"] = "0::/\n";
  EXPECT_EQ(usable(files), 2u);
}

TEST(Processors, AreLimitedByTheFirstVersionsQuota) {
  const std::string docker = "/docker/0123";
  Files files = {
      {"/proc/self/cgroup", "5:memory:/docker/0123\n4:cpu,cpuacct:/docker/0123\n1:name=systemd:/x\n"},
      {"/proc/self/mountinfo",
       "40 30 0:30 /docker/0123 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
       "41 30 0:31 /docker/0123 /sys/fs/cg\\040roup/cpu ro master:9 - cgroup cgroup rw,cpu,cpuacct\n"},
      {"/sys/fs/cg roup/cpu/cpu.cfs_quota_us", "250000\n"},
      {"/sys/fs/cg roup/cpu/cpu.cfs_period_us", "100000\n"}};
  EXPECT_EQ(usable(files), 3u);
  files["/sys/fs/cg roup/cpu/cpu.cfs_quota_us"] = "-1\n";
  EXPECT_EQ(usable(files), 8u);
}

TEST(Processors, FollowTheVariableOfTheGoScheduler) {
  EXPECT_EQ(processors(machine({}, 8, "3")).usable, 3u);
  EXPECT_EQ(processors(machine({}, 2, " 16 ")).usable, 16u);
  for (const char* nonsense : {"", "0", "-1", "many", "3x", "99999999999"}) {
    EXPECT_EQ(processors(machine({}, 8, nonsense)).usable, 8u) << nonsense;
  }
}

TEST(Processors, BelieveNoNonsense) {
  const std::vector<Files> all = {
      {},
      {{"/proc/cpuinfo", ""}},
      {{"/proc/cpuinfo", "processor:\nphysical id:\ncore id:\nsiblings: -4\ncpu cores: 0\n"}},
      {{"/proc/cpuinfo", "processor: 0\nphysical id: 0\ncore id: 0\nsiblings: 60000\ncpu cores: 1\n"}},
      {{"/sys/devices/system/cpu/online", "0-4000000000"}},
      {{"/sys/devices/system/cpu/online", "3-1,x,,-"}},
      {{"/proc/self/cgroup", "0::/a"},
       {"/proc/self/mountinfo", kSecond},
       {"/sys/fs/cgroup/a/cpu.max", "-5 0"}},
      {{"/proc/self/cgroup", "0::/a"},
       {"/proc/self/mountinfo", kSecond},
       {"/sys/fs/cgroup/a/cpu.max", "1e3 \xFF"}},
      {{"/proc/self/cgroup", "::\n:\n\n0\n9:cpu"},
       {"/proc/self/mountinfo", " - \n - cgroup2\nx - cgroup2 a b"}}};
  for (size_t i = 0; i < all.size(); ++i) {
    const Processors found = processors(machine(all[i], 5));
    EXPECT_EQ(found.usable, 5u) << i;
    EXPECT_LE(found.threads_per_core, 8u) << i;
  }
  EXPECT_EQ(processors(machine({}, 0)).usable, 1u);
}

TEST(Processors, OfThisMachineAreSome) {
  const Processors found = processors(this_machine(""));
  EXPECT_GE(found.usable, 1u);
  EXPECT_LE(found.usable, std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace alibi::process
