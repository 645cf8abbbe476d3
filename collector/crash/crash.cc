#include "collector/crash/crash.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <string_view>

namespace alibi::collector {
namespace {

// Through which every abort() passes.
constexpr std::array<std::string_view, 14> kWayToDie = {"__pthread_kill_implementation",
                                                        "__pthread_kill_internal",
                                                        "pthread_kill",
                                                        "__pthread_kill",
                                                        "__GI___pthread_kill",
                                                        "raise",
                                                        "gsignal",
                                                        "__GI_raise",
                                                        "abort",
                                                        "__GI_abort",
                                                        "__assert_fail_base",
                                                        "__assert_fail",
                                                        "__GI___assert_fail",
                                                        "kill"};

std::string place_of(const NativeFrame& frame) {
  if (!frame.function.empty()) return frame.function;
  if (frame.module.empty()) return {};
  char offset[32];
  std::snprintf(offset, sizeof offset, "+0x%" PRIx64, frame.offset);
  return frame.module.substr(frame.module.find_last_of('/') + 1) + offset;
}

std::string top_of(const Crash& crash) {
  for (const NativeThread& thread : crash.threads) {
    if (!thread.reporting) continue;
    for (const NativeFrame& frame : thread.frames) {
      if (std::find(kWayToDie.begin(), kWayToDie.end(), frame.function) != kWayToDie.end()) continue;
      if (std::string place = place_of(frame); !place.empty()) return place;
    }
  }
  return {};
}

}  // namespace

std::string headline(const Crash& crash) {
  std::string text;
  char number[48];
  if (crash.hang) {
    std::snprintf(number, sizeof number, "%g s", crash.after_s);
    text = std::string("hung: still running after ") + number;
  } else {
    text = "crashed: " + crash.signal;
    if (crash.has_address) {
      std::snprintf(number, sizeof number, " at 0x%" PRIx64, crash.address);
      text += number;
    }
  }
  if (const std::string top = top_of(crash); !top.empty()) text += " in " + top;
  return text;
}

std::string subject(const Crash& crash) {
  if (crash.name.empty()) return "no test";
  const std::string name = crash.name + (crash.name_cut ? "..." : "");
  return crash.in_test ? name : "collecting " + name;
}

}  // namespace alibi::collector
