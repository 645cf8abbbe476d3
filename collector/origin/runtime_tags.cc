#include "collector/origin/runtime_tags.h"

#include <sys/utsname.h>

#include <nlohmann/json.hpp>

namespace alibi::origin {
namespace {

constexpr const char* kVariable = "DD_TEST_OPTIMIZATION_RUNTIME_TAGS";
constexpr size_t kLongestDocument = size_t{64} << 10;

// As each language's own library calls it.
std::string platform(Language language, const SystemFacts& system) {
  if (language == Language::kPython || system.name != "Linux") return system.name;
  return "linux-gnu";
}

}  // namespace

SystemFacts uname_facts() {
  struct utsname facts {};
  if (::uname(&facts) != 0) return {};
  return {facts.sysname, facts.release, facts.machine};
}

Tags runtime_tags(Language language, const Runtime& runtime, const SystemFacts& system) {
  Tags tags;
  put(&tags, "os.architecture", system.architecture);
  put(&tags, "os.platform", platform(language, system));
  put(&tags, "os.version", system.release);
  put(&tags, "runtime.name", runtime.name);
  put(&tags, "runtime.version", runtime.version);
  return tags;
}

Tags runtime_tags_of_events(const Tags& tags, const Environment& environment,
                            std::vector<std::string>* notices) {
  Tags result = tags;
  const std::string_view text = value_of(environment, kVariable);
  if (text.empty()) return result;
  const nlohmann::json document =
      text.size() > kLongestDocument ? nlohmann::json() : nlohmann::json::parse(text, nullptr, false);
  if (!document.is_object()) {
    notices->push_back(std::string(kVariable) + " is not a JSON object: ignored");
    return result;
  }
  for (const char* const name :
       {"os.architecture", "os.platform", "os.version", "runtime.name", "runtime.version"}) {
    const auto found = document.find(name);
    if (found == document.end()) continue;
    if (found->is_string())
      put(&result, name, found->get_ref<const std::string&>());
    else
      notices->push_back(std::string(kVariable) + ": " + name + " is not a text: ignored");
  }
  return result;
}

}  // namespace alibi::origin
