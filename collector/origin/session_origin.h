// Where a session comes from, all of it: what the client says about itself in every message.
//
// Used once per session, by the client, before the first question to the intake. Reads git and at most a few
// files through their doors; any of them may fail, which costs its tags. Never the network.
#ifndef ALIBI_COLLECTOR_ORIGIN_SESSION_ORIGIN_H_
#define ALIBI_COLLECTOR_ORIGIN_SESSION_ORIGIN_H_

#include <optional>
#include <string>
#include <vector>

#include "collector/origin/git.h"
#include "collector/origin/language.h"
#include "collector/origin/runtime_tags.h"
#include "collector/origin/session_names.h"
#include "collector/origin/tags.h"
#include "tracer/base/file_system.h"

namespace alibi::origin {

struct SessionFacts {
  Language language = Language::kPython;
  Runtime runtime;
  SystemFacts system;
  std::string framework;       // "pytest"
  std::string command;         // "pytest tests"
  std::string directory;       // where it ran
  std::string agents_default;  // environment that the agent suggests; empty: none
};

struct SessionOrigin {
  Tags tags;            // git.*, ci.*, pr.number, DD_TAGS, runtime.*, os.*: of every event
  Tags runtime;         // the five as they are: of requests
  Tags configurations;  // custom ones, of requests
  ServiceName service;
  std::optional<std::string> environment;
  std::string session_name;
  std::vector<std::string> notices;  // for the user, a line each
};

// Git has 10 s for all that it is asked, whatever happens.
SessionOrigin session_origin(const SessionFacts& facts, const Environment& environment,
                             const FileSystem& files, const Git& git, const Timepiece& time);

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_SESSION_ORIGIN_H_
