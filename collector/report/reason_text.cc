#include "collector/report/reason_text.h"

namespace alibi::report {
namespace {

using select::ReasonKind;

std::string place_of(const select::Reason& reason) {
  if (reason.path.empty()) return {};
  return reason.line == 0 ? reason.path : reason.path + ":" + std::to_string(reason.line);
}

}  // namespace

const char* reason_kind_name(ReasonKind kind) {
  switch (kind) {
    case ReasonKind::kNone:
      return "none";
    case ReasonKind::kFunction:
      return "function";
    case ReasonKind::kStatement:
      return "statement";
    case ReasonKind::kDefinition:
      return "definition";
    case ReasonKind::kName:
      return "name";
    case ReasonKind::kAttribute:
      return "attribute";
    case ReasonKind::kClass:
      return "class";
    case ReasonKind::kEffect:
      return "effect";
    case ReasonKind::kFile:
      return "file";
    case ReasonKind::kDocumentation:
      return "docstring";
    case ReasonKind::kAnnotation:
      return "annotation";
    case ReasonKind::kPosition:
      return "position";
    case ReasonKind::kInput:
      return "input";
    case ReasonKind::kUnwatched:
      return "unwatched";
    case ReasonKind::kImport:
      return "import";
    case ReasonKind::kPackage:
      return "package";
    case ReasonKind::kAlways:
      return "mark";
    case ReasonKind::kEverything:
      return "everything";
  }
  return "unknown";
}

std::string relative_to(const std::string& path, const std::string& root) {
  const bool below = path.size() > root.size() && path.starts_with(root) && path[root.size()] == '/';
  return below ? path.substr(root.size() + 1) : path;
}

std::string short_list(const std::vector<std::string>& names) {
  constexpr size_t kMost = 3;
  if (names.empty()) return {};
  std::string text = " (";
  for (size_t i = 0; i < names.size() && i < kMost; ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMost) text += " and " + std::to_string(names.size() - kMost) + " more";
  return text + ")";
}

std::string reason_text(const select::Reason& reason) {
  std::string text = reason_kind_name(reason.kind);
  if (!reason.name.empty()) text += " " + reason.name;
  if (const std::string place = place_of(reason); !place.empty()) text += " (" + place + ")";
  return text + ": " + reason.why;
}

}  // namespace alibi::report
