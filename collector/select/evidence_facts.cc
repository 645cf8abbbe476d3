// What the evidence of a test says by itself, and what pytest looks up for it.
#include <algorithm>
#include <string_view>

#include "collector/change/new_sources.h"
#include "collector/select/closure_rules.h"
#include "collector/select/input_detail.h"

namespace alibi::select {
namespace {

using collector::Evidence;
using collector::Input;
using collector::InputKind;
using collector::NameKind;

void split(std::string_view text, char separator, std::vector<std::string>* parts) {
  while (!text.empty()) {
    const size_t end = text.find(separator);
    if (end != 0) parts->emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
}

}  // namespace

void ClosureRules::facts_of(const Evidence& evidence, Of what, const Add& add) const {
  const bool is_collection = what == Of::kCollection;
  const FactKind function = is_collection ? FactKind::kFunction : FactKind::kRan;
  const FactKind attribute = is_collection ? FactKind::kAttribute : FactKind::kAttributeNow;
  const SessionCoverage& coverage = snapshot_.coverage();
  for (const uint32_t each : evidence.units) {
    const UnitPlace place = snapshot_.place_of(each);
    switch (place.kind) {
      case UnitPlace::Kind::kFunction:
        add({function, place.unit.file, place.unit.index});
        break;
      case UnitPlace::Kind::kStatement:
        add({FactKind::kStatement, place.unit.file, place.unit.index});
        break;
      case UnitPlace::Kind::kFile:
        add({FactKind::kWhole, place.unit.file});
        for (const uint32_t name : coverage.units[each].names)
          add({attribute, snapshot_.names().id_of(coverage.names[name].name)});
        break;
      case UnitPlace::Kind::kNone:
        add({FactKind::kLoaded, coverage.units[each].file});
        break;
    }
  }
  for (const uint32_t each : evidence.names) {
    const NameId name = snapshot_.names().id_of(coverage.names[each].name);
    if (coverage.names[each].kind == NameKind::kLookedUp && snapshot_.known().of_wrappers.contains(name))
      continue;
    add({attribute, name});
    if (coverage.names[each].kind == NameKind::kCompiled) add({FactKind::kDynamicName, name});
  }
  // Whoever gets at a module that was imported for somebody else first says so by an import of his own.
  for (const uint32_t each : evidence.statements) {
    add({FactKind::kLoaded, coverage.statements[each].file});
    for (const uint32_t file : coverage.statements[each].imports) add({FactKind::kLoaded, file});
    if (what == Of::kTests) add({FactKind::kImportedAnew, coverage.statements[each].file});
  }
  for (const uint32_t each : evidence.inputs) {
    const Input& input = coverage.inputs[each];
    const InputDetail detail = parse_detail(input.detail);
    uint32_t file = 0;
    if (input.kind == InputKind::kImport) {
      add({FactKind::kImport, snapshot_.names().id_of(input.subject)});
      if (snapshot_.find_file(detail.location, &file)) {
        add({FactKind::kLoaded, file});
        add({FactKind::kReachable, file});
        if (what == Of::kTests) add({FactKind::kImportedNow, file});
      }
    }
    if (detail.word == "script" && snapshot_.find_file(input.subject, &file)) add({FactKind::kWhole, file});
    if (detail.word == "whole" && snapshot_.find_file(input.subject, &file))
      add({FactKind::kNamespace, file});
    // What was read at import belongs to the statement, whoever triggered it.
    if (detail.importing.empty() && !change::is_autoload_listing(input)) add({FactKind::kInput, each});
  }
}

TestPlace ClosureRules::place_of(const std::string& test_id, const Evidence& evidence) const {
  const SessionCoverage& coverage = snapshot_.coverage();
  TestPlace place;
  const size_t end = test_id.find("::");
  const std::string relative = test_id.substr(0, end);
  place.file = relative.starts_with('/') ? relative : coverage.description.root + "/" + relative;
  if (end != std::string::npos) {
    const std::string_view rest(test_id);
    split(rest.substr(end + 2, rest.find('[', end) - end - 2), ':', &place.names);
  }
  const auto take = [&](uint32_t each) {
    const Input& input = coverage.inputs[each];
    if (input.kind != InputKind::kOption) return;
    if (input.subject == "fixtures") split(input.detail, ' ', &place.fixtures);
    if (input.subject == "doctest") place.docs_of.push_back(input.detail);
    if (input.subject == "plugin modules") split(input.detail, '\n', &place.conftests);
    if (input.detail == "conftest" && input.state == collector::InputState::kPresent)
      place.conftests.push_back(input.subject);
  };
  std::for_each(evidence.inputs.begin(), evidence.inputs.end(), take);
  std::for_each(coverage.session.inputs.begin(), coverage.session.inputs.end(), take);
  return place;
}

void ClosureRules::facts_of(const TestPlace& place, const Add& add) const {
  const WellKnownNames& known = snapshot_.known();
  NameTable& names = snapshot_.names();
  const auto looks_up = [&](uint32_t file) {
    add({FactKind::kLoaded, file});
    for (const NameId name : known.of_test_modules) add({FactKind::kGlobalNow, file, name});
    for (const std::string& name : place.fixtures) add({FactKind::kGlobalNow, file, names.id_of(name)});
  };
  uint32_t file = 0;
  // pytest imports the packages around a test when it sets the test up.
  for (size_t slash = place.file.rfind('/'); slash != std::string::npos && slash != 0;
       slash = place.file.rfind('/', slash - 1)) {
    if (snapshot_.find_file(place.file.substr(0, slash) + "/__init__.py", &file))
      add({FactKind::kImportedAnew, file});
  }
  if (snapshot_.find_file(place.file, &file)) {
    add({FactKind::kStandsIn, file});
    looks_up(file);
    std::string class_name;
    for (const std::string& name : place.names) {
      add({FactKind::kGlobalNow, file, names.id_of(name)});
      add({FactKind::kAttributeNow, names.id_of(name)});
      class_name += (class_name.empty() ? "" : ".") + name;
      UnitRef head;
      if (!snapshot_.class_head(file, names.id_of(class_name), &head)) continue;
      add({FactKind::kVisit, head.file, head.index});
      for (const UnitRef member : snapshot_.class_members(head)) {
        if (snapshot_.statement(member).kind != change::StatementKind::kMethod)
          add({FactKind::kVisit, member.file, member.index});
      }
      // Fixtures and set-up methods are found by name.
      for (const NameId looked_up : known.of_test_classes) add({FactKind::kAttributeNow, looked_up});
      for (const std::string& fixture : place.fixtures) add({FactKind::kAttributeNow, names.id_of(fixture)});
    }
  }
  for (const std::string& conftest : place.conftests) {
    if (!snapshot_.find_file(conftest, &file)) continue;
    // Fixtures are for the tests below the conftest's folder, hooks may be for all.
    const bool elsewhere = conftest.ends_with("/conftest.py") &&
                           !place.file.starts_with(conftest.substr(0, conftest.rfind('/') + 1));
    if (!elsewhere) looks_up(file);
    if (snapshot_.units(file) == nullptr) continue;
    const auto& statements = snapshot_.units(file)->statements;
    for (uint32_t i = 0; i < statements.size(); ++i) {
      if (statements[i].is_hook || (statements[i].autouse && !elsewhere)) add({FactKind::kVisit, file, i});
    }
  }
  for (const std::string& documented : place.docs_of) {
    if (snapshot_.find_file(documented, &file)) add({FactKind::kWhole, file});
  }
}

}  // namespace alibi::select
