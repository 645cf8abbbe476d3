#include "collector/select/explanation.h"

#include <algorithm>

namespace alibi::select {
namespace {

std::string relative(const SessionCoverage& coverage, const std::string& path) {
  const std::string& root = coverage.description.root;
  const bool below = path.size() > root.size() && path.starts_with(root) && path[root.size()] == '/';
  return below ? path.substr(root.size() + 1) : path;
}

std::string place(const Snapshot& snapshot, uint32_t file, uint32_t line) {
  return relative(snapshot.coverage(), snapshot.coverage().files[file].path) + ":" + std::to_string(line);
}

std::string statement_name(const Snapshot& snapshot, const StatementUnit& statement) {
  const NameTable& names = snapshot.names();
  if (statement.head != change::kNoName) return "class " + names.text(statement.head);
  std::string text;
  if (statement.class_name != change::kNoName) text = names.text(statement.class_name) + ".";
  return text + (statement.binds.empty() ? "statement" : names.text(statement.binds.front()));
}

}  // namespace

std::string fact_text(const Snapshot& snapshot, const ClosureRules& rules, const Fact& fact) {
  const SessionCoverage& coverage = snapshot.coverage();
  const NameTable& names = snapshot.names();
  const auto file = [&](uint32_t index) { return relative(coverage, coverage.files[index].path); };
  switch (fact.kind) {
    case FactKind::kRan:
    case FactKind::kMayHaveRun:
    case FactKind::kFunction: {
      const FunctionUnit& function = snapshot.function({fact.a, fact.b});
      return "function " + names.text(function.name) + " (" + place(snapshot, fact.a, function.line) +
             ") ran";
    }
    case FactKind::kStatement: {
      const StatementUnit& statement = snapshot.statement({fact.a, fact.b});
      return statement_name(snapshot, statement) + " (" + place(snapshot, fact.a, statement.line) +
             ") is used";
    }
    case FactKind::kVisitNow:
    case FactKind::kVisit: {
      const StatementUnit& statement = snapshot.statement({fact.a, fact.b});
      return statement_name(snapshot, statement) + " (" + place(snapshot, fact.a, statement.line) +
             ") is asked for";
    }
    case FactKind::kGlobalNow:
    case FactKind::kGlobal:
      return "the name " + names.text(fact.b) + " of " + file(fact.a) + " is read";
    case FactKind::kAttributeNow:
    case FactKind::kAttribute:
      return "an attribute " + names.text(fact.a) + " is read";
    case FactKind::kNamed:
      return "the name " + names.text(fact.a) + " is read";
    case FactKind::kLoaded:
      return file(fact.a) + " is loaded";
    case FactKind::kReachable:
      return "the module " + file(fact.a) + " is at hand";
    case FactKind::kAllReachable:
      return "any loaded module may be at hand";
    case FactKind::kDynamicName:
      return "code made from a text reads " + names.text(fact.a);
    case FactKind::kImport:
    case FactKind::kStem:
      return "the module " + relative(coverage, names.text(fact.a)) + " is imported";
    case FactKind::kInput:
      return relative(coverage, coverage.inputs[fact.a].subject) + " is read";
    case FactKind::kWhole:
      return file(fact.a) + " is used as a whole";
    case FactKind::kNamespace:
      return "all names of " + file(fact.a) + " are read together";
    case FactKind::kState: {
      const ClosureRules::StateWriter& writer = rules.state_writer(fact.a);
      return "what " + coverage.tests[writer.test].id + " left in " + writer.write->name +
             (writer.write->attribute.empty() ? "" : "." + writer.write->attribute) + " is read";
    }
    case FactKind::kImportedNow:
      return file(fact.a) + " is imported by a function";
    case FactKind::kImported:
      return file(fact.a) + " is imported when tests are collected";
    case FactKind::kImportedAnew:
      return file(fact.a) + " is imported in the test";
    case FactKind::kStandsIn:
      return "the test stands in " + file(fact.a);
    case FactKind::kSupplier:
    case FactKind::kGiver:
    case FactKind::kOrigin:
      return names.text(snapshot.function(rules.origin_of(fact.a).functions()[fact.b]).name) +
             " can have made what " + coverage.tests[fact.a].id + " left";
    case FactKind::kEvidence:
      return "it rests on all that " + coverage.tests[fact.a].id + " rests on";
    case FactKind::kIntrospects:
      return "code that looks at signatures ran";
    case FactKind::kCatches:
      return "code that catches exceptions ran";
    case FactKind::kCounts:
      break;
  }
  return {};
}

std::vector<Fact> chain_to(const Closure& closure, const Fact& fact) {
  constexpr size_t kLongest = 200;
  std::vector<Fact> chain = {fact};
  Fact cause, other;
  while (chain.size() < kLongest && closure.cause(chain.back(), &cause, &other)) chain.push_back(cause);
  std::reverse(chain.begin(), chain.end());
  return chain;
}

}  // namespace alibi::select
