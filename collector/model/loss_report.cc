#include "collector/model/loss_report.h"

#include <algorithm>
#include <array>

namespace alibi::collector {
namespace {

struct DropWords {
  uint32_t reason;
  const char* name;
  const char* explanation;
};

constexpr std::array kDropWords = {
    DropWords{1, "disk", "the disk was full or refused to be written"},
    DropWords{2, "memory", "memory ran out in the test process"},
    DropWords{3, "numbers", "more than 2^30 lines or contexts in one process"},
    DropWords{4, "line-out-of-range", "a line event lay outside its code unit"},
    DropWords{5, "refused-code", "code that the recorder cannot instrument"},
    DropWords{6, "probe-lost", "a line probe could not be re-armed"},
    DropWords{7, "tracer-evicted", "the test replaced the trace function"},
    DropWords{8, "subinterpreter", "code ran in a sub-interpreter that is not traced"},
    DropWords{9, "thread", "a thread could not be traced"},
    DropWords{10, "input", "an input could not be read or stored"},
    DropWords{11, "too-large", "a record was larger than the shard format allows"},
    DropWords{12, "fork", "a forked child could not open its shard"},
    DropWords{13, "state", "what tests leave in shared state cannot be seen on this interpreter"},
    DropWords{14, "process", "which tests a process met is not known"},
    DropWords{100, "edited", "a source file changed while the tests ran, or older bytecode of it ran"},
    DropWords{101, "torn", "a shard is damaged"},
    DropWords{102, "unfinished", "the test began and never ended"},
    DropWords{103, "lost-shard", "a shard of the session could not be read"},
    DropWords{104, "missing-parent", "the shard of a forked child's parent is missing"},
};

const DropWords* words_of(uint32_t reason) {
  const auto* found = std::find_if(kDropWords.begin(), kDropWords.end(),
                                   [reason](const DropWords& words) { return words.reason == reason; });
  return found == kDropWords.end() ? nullptr : found;
}

}  // namespace

void add_drop(DropCounts* counts, uint32_t reason, uint64_t count) {
  if (count == 0) return;
  auto place = std::lower_bound(counts->begin(), counts->end(), reason,
                                [](const DropCount& drop, uint32_t wanted) { return drop.reason < wanted; });
  if (place != counts->end() && place->reason == reason) {
    // Counts come from foreign bytes; a sum that wraps would read as "nothing lost".
    place->count = place->count > UINT64_MAX - count ? UINT64_MAX : place->count + count;
  } else {
    counts->insert(place, DropCount{reason, count});
  }
}

void add_drops(DropCounts* counts, const DropCounts& more) {
  for (const DropCount& drop : more) add_drop(counts, drop.reason, drop.count);
}

std::string drop_name(uint32_t reason) {
  const DropWords* words = words_of(reason);
  return words != nullptr ? words->name : "reason " + std::to_string(reason);
}

std::string drop_explanation(uint32_t reason) {
  const DropWords* words = words_of(reason);
  return words != nullptr ? words->explanation : "a loss this version of alibi does not know";
}

}  // namespace alibi::collector
