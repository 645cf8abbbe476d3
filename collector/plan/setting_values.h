// Texts of flags and variables -> values. Pure. Used by settings.cc and the table of flags; every error names
// the flag or variable, the text, and what would be right.
#ifndef ALIBI_COLLECTOR_PLAN_SETTING_VALUES_H_
#define ALIBI_COLLECTOR_PLAN_SETTING_VALUES_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::plan {

struct GivenValue {
  std::string name;  // "--max-parallelism", or the variable it came from
  bool is_flag = true;
  std::vector<std::string> texts;  // never empty

  const std::string& text() const { return texts.back(); }  // the last one given counts
};

std::string trimmed(const std::string& text);
// `--x: "value" is not WANTED`
Error bad_setting(const GivenValue& given, const std::string& wanted);

Result<int64_t> parse_integer(const GivenValue& given, int64_t least, int64_t most);
Result<bool> parse_switch(const GivenValue& given);
// Milliseconds; an empty text is `preset`. `rounds_up`: less than a millisecond is one, not none.
Result<uint64_t> parse_duration(const GivenValue& given, uint64_t preset, bool rounds_up = false);
Result<uint32_t> parse_workers(const GivenValue& given, uint32_t physical_cores);
Result<std::string> parse_choice(const GivenValue& given, const std::vector<std::string>& choices);
Result<std::map<std::string, std::string>> parse_runtime_tags(const GivenValue& given);

using WorkerEnvironment = std::vector<std::pair<std::string, std::string>>;
// Once: "K=V;K2=V2", trimmed, as the peer reads it; what is no K=V is left out with a warning. More than
// once: each is one K=V and its value is kept as it is, with ';' and blanks; empty ones are passed over.
Result<WorkerEnvironment> parse_worker_environment(const GivenValue& given,
                                                   std::vector<std::string>* warnings);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_SETTING_VALUES_H_
