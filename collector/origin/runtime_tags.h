// What the tests ran on: operating system and interpreter, as tags.
//
// Used once per session, by the client. Pure but for uname_facts(), the door to uname(2).
#ifndef ALIBI_COLLECTOR_ORIGIN_RUNTIME_TAGS_H_
#define ALIBI_COLLECTOR_ORIGIN_RUNTIME_TAGS_H_

#include <string>
#include <vector>

#include "collector/origin/language.h"
#include "collector/origin/tags.h"

namespace alibi::origin {

struct SystemFacts {
  std::string name;          // "Linux"
  std::string release;       // of the kernel
  std::string architecture;  // "x86_64"
};
SystemFacts uname_facts();

struct Runtime {
  std::string name;     // "CPython", "ruby"
  std::string version;  // "3.11.2"
};

// os.architecture, os.platform, os.version, runtime.name, runtime.version: what backend requests say.
Tags runtime_tags(Language language, const Runtime& runtime, const SystemFacts& system);

// What events say: with the five replaced that the JSON object in DD_TEST_OPTIMIZATION_RUNTIME_TAGS names. A
// session may report for another machine (a device, an emulator). Anything else there is named and ignored.
Tags runtime_tags_of_events(const Tags& tags, const Environment& environment,
                            std::vector<std::string>* notices);

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_RUNTIME_TAGS_H_
