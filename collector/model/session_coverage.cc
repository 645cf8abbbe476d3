#include "collector/model/session_coverage.h"

namespace alibi::collector {

std::vector<const Evidence*> all_evidence(const SessionCoverage& coverage, const TestCoverage& test) {
  std::vector<const Evidence*> all = {&test.evidence};
  for (uint32_t index : test.collections) all.push_back(&coverage.collections[index].evidence);
  all.push_back(&coverage.session);
  return all;
}

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed:
      return "passed";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kSkipped:
      return "skipped";
    case Outcome::kError:
      return "error";
    case Outcome::kXfailed:
      return "xfailed";
    case Outcome::kXpassed:
      return "xpassed";
  }
  return "unknown";
}

const char* name_kind_name(NameKind kind) {
  switch (kind) {
    case NameKind::kGlobal:
      return "global";
    case NameKind::kAttribute:
      return "attribute";
    case NameKind::kImport:
      return "import";
    case NameKind::kDotted:
      return "dotted";
    case NameKind::kLookedUp:
      return "looked_up";
    case NameKind::kCompiled:
      return "compiled";
  }
  return "other";
}

const char* code_kind_name(CodeKind kind) {
  switch (kind) {
    case CodeKind::kModule:
      return "module";
    case CodeKind::kClassBody:
      return "class";
    case CodeKind::kFunction:
      return "function";
    case CodeKind::kAnonymous:
      return "anonymous";
    case CodeKind::kLookedUpName:
      return "looked_up_name";
    case CodeKind::kCompiledName:
      return "compiled_name";
  }
  return "other";
}

const char* state_kind_name(StateKind kind) {
  switch (kind) {
    case StateKind::kGlobal:
      return "global";
    case StateKind::kClassAttribute:
      return "class_attribute";
    case StateKind::kContent:
      return "content";
    case StateKind::kCachedFunction:
      return "cached_function";
    case StateKind::kInstanceAttribute:
      return "instance_attribute";
    case StateKind::kContainer:
      return "container";
  }
  return "other";
}

const char* role_name(Role role) {
  switch (role) {
    case Role::kMain:
      return "main";
    case Role::kWorker:
      return "worker";
    case Role::kChild:
      return "child";
  }
  return "other";
}

}  // namespace alibi::collector
