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
    case ReasonKind::kImport:
      return "import";
    case ReasonKind::kPackage:
      return "package";
    case ReasonKind::kEverything:
      return "everything";
  }
  return "unknown";
}

std::string reason_text(const select::Reason& reason) {
  std::string text = reason_kind_name(reason.kind);
  if (!reason.name.empty()) text += " " + reason.name;
  if (const std::string place = place_of(reason); !place.empty()) text += " (" + place + ")";
  return text + ": " + reason.why;
}

}  // namespace alibi::report
