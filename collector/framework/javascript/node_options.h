// NODE_OPTIONS: what is added for a run and left out for a listing. Pure; any thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_JAVASCRIPT_NODE_OPTIONS_H_
#define ALIBI_COLLECTOR_FRAMEWORK_JAVASCRIPT_NODE_OPTIONS_H_

#include <string>
#include <string_view>

namespace alibi::framework::javascript {

// The vendor's library, which observes the tests where the project has it.
inline constexpr std::string_view kTracer = "dd-trace/ci/init";
inline constexpr std::string_view kTracerLoader = "dd-trace/register.js";

// Without the library's two entries; the same text where there are none.
std::string without_tracer(const std::string& options);
// The library before everything else, unless it is in it; its loader, too, for tools of ES modules.
std::string with_tracer(const std::string& options, bool loader);
// "--require FILE" before everything else. Node reads quotation marks here, and only double ones.
std::string with_preload(const std::string& options, const std::string& file);

}  // namespace alibi::framework::javascript

#endif  // ALIBI_COLLECTOR_FRAMEWORK_JAVASCRIPT_NODE_OPTIONS_H_
