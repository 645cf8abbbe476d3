// The rules over small projects written down by hand: which tests a change meets.
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "collector/select/closure.h"
#include "collector/select/closure_rules.h"
#include "collector/select/decision.h"

namespace alibi::select {
namespace {

using change::FunctionUnit;
using change::StatementKind;
using change::StatementUnit;

class Rules : public ::testing::Test {
 protected:
  struct Read {
    std::vector<std::string> globals, attributes;
  };

  Rules() { coverage_.description.root = "/p"; }

  uint32_t file(const std::string& name) {
    collector::SourceFile source;
    source.path = "/p/" + name;
    coverage_.files.push_back(source);
    units_.push_back(std::make_shared<change::FileUnits>());
    return static_cast<uint32_t>(units_.size() - 1);
  }

  // Its definition, too. Returns the index of the coverage's unit.
  uint32_t function(uint32_t in, const std::string& name, const Read& read) {
    FunctionUnit unit;
    unit.name = unit.last_name = names_.id_of(name);
    unit.line = unit.end = ++line_;
    unit.reads = reads(read);
    units_[in]->functions.push_back(unit);
    StatementUnit definition;
    definition.kind = StatementKind::kDef;
    definition.line = definition.end = line_;
    definition.binds = {unit.name};
    units_[in]->statements.push_back(definition);
    collector::CodeUnit code;
    code.file = in;
    code.first_line = code.scope_line = line_;
    code.qualified_name = name;
    coverage_.units.push_back(code);
    return static_cast<uint32_t>(coverage_.units.size() - 1);
  }

  StatementUnit& statement(uint32_t in, const std::string& binds, const Read& read = {}) {
    StatementUnit unit;
    unit.kind = StatementKind::kAssign;
    unit.line = unit.end = ++line_;
    unit.binds = {names_.id_of(binds)};
    unit.reads = reads(read);
    units_[in]->statements.push_back(unit);
    return units_[in]->statements.back();
  }

  collector::Evidence& test(const std::string& id, std::vector<uint32_t> ran) {
    collector::TestCoverage test;
    test.id = id;
    test.evidence.units = std::move(ran);
    coverage_.tests.push_back(test);
    return coverage_.tests.back().evidence;
  }

  std::set<std::string> met_by_function(uint32_t in, const std::string& name) {
    change::FileChange change = changed(in);
    for (uint32_t i = 0; i < units_[in]->functions.size(); ++i) {
      if (names_.text(units_[in]->functions[i].name) == name) change.difference.functions.push_back(i);
    }
    return met(change);
  }

  std::set<std::string> met_by_binding(uint32_t in, const std::string& name) {
    change::FileChange change = changed(in);
    for (uint32_t i = 0; i < units_[in]->statements.size(); ++i) {
      if (units_[in]->statements[i].binds.front() == names_.id_of(name)) {
        change.difference.old_statements.push_back(i);
        change.difference.new_statements.push_back(i);
      }
    }
    return met(change);
  }

  std::set<std::string> met_by_removing(uint32_t in, uint32_t statement) {
    change::FileChange change = changed(in);
    change.difference.old_statements.push_back(statement);
    return met(change);
  }

  std::set<std::string> met_by_source(const std::string& path, const std::string& letters,
                                      std::shared_ptr<const change::FileUnits> eager = nullptr) {
    const bool is_eager = eager != nullptr;
    change::ProjectChange all;
    all.sources = {{path, letters, is_eager, std::move(eager)}};
    return met(all);
  }

  change::NameTable names_;
  collector::SessionCoverage coverage_;
  std::vector<std::shared_ptr<change::FileUnits>> units_;

 private:
  change::Reads reads(const Read& read) {
    change::Reads made;
    for (const std::string& name : read.globals) made.globals.push_back(names_.id_of(name));
    for (const std::string& name : read.attributes) made.attributes.push_back(names_.id_of(name));
    std::sort(made.globals.begin(), made.globals.end());
    std::sort(made.attributes.begin(), made.attributes.end());
    return made;
  }

  change::FileChange changed(uint32_t in) {
    change::FileChange change;
    change.file = in;
    change.before = change.now = units_[in];
    return change;
  }

  std::set<std::string> met(const change::FileChange& change) {
    change::ProjectChange all;
    all.files = {change};
    return met(all);
  }

  std::set<std::string> met(const change::ProjectChange& all) {
    const Snapshot snapshot(coverage_, {units_.begin(), units_.end()}, &names_);
    const SessionProducts products(coverage_);
    ClosureRules rules(snapshot, products);
    const auto seed = [&](size_t test, const ClosureRules::Add& add) {
      rules.facts_of(coverage_.tests[test].evidence, ClosureRules::Of::kTests, add);
    };
    rules.drop_unreached(seed);
    Closure closure(&rules);
    closure.begin_batch();
    for (size_t i = 0; i < coverage_.tests.size(); ++i) {
      seed(i, [&](const Fact& fact) { closure.seed(fact, i); });
    }
    closure.run();
    const std::vector<Reason> reasons =
        Decision(snapshot, all, change::Mode::kSafe).reasons(closure, coverage_.tests.size());
    std::set<std::string> tests;
    for (size_t i = 0; i < reasons.size(); ++i) {
      if (reasons[i].kind != ReasonKind::kNone) tests.insert(coverage_.tests[i].id);
    }
    return tests;
  }

  uint32_t line_ = 0;
};

using Tests = std::set<std::string>;

TEST_F(Rules, AChangedFunctionMeetsThoseThatRanIt) {
  const uint32_t m = file("m.py");
  const uint32_t f = function(m, "f", {}), g = function(m, "g", {});
  test("a", {f});
  test("b", {g});
  EXPECT_EQ(met_by_function(m, "f"), Tests{"a"});
}

TEST_F(Rules, AChangedNameMeetsThoseWhoseCodeReadsItAlsoByWayOfAnother) {
  const uint32_t m = file("m.py");
  statement(m, "X");
  statement(m, "Y", {{"X"}, {}});
  test("direct", {function(m, "f", {{"X"}, {}})});
  test("by another", {function(m, "g", {{"Y"}, {}})});
  test("not", {function(m, "h", {{"Z"}, {}})});
  EXPECT_EQ(met_by_binding(m, "X"), (Tests{"direct", "by another"}));
  EXPECT_EQ(met_by_binding(m, "Y"), Tests{"by another"});
}

TEST_F(Rules, ANameOfAnotherModuleIsAnotherName) {
  const uint32_t m = file("m.py"), other = file("other.py");
  statement(m, "X");
  statement(other, "X");
  test("a", {function(m, "f", {{"X"}, {}})});
  EXPECT_EQ(met_by_binding(other, "X"), Tests{});
}

// State: `fill` of the earlier test writes what `read` of the later one reads.
class State : public Rules {
 protected:
  State() : m_(file("m.py")), other_(file("other.py")) {
    statement(m_, "cache");
    fill_ = function(m_, "fill", {{"cache"}, {}});
    read_ = function(m_, "read", {{"cache"}, {}});
    bystander_ = function(other_, "bystander", {});
  }
  void leave(collector::Evidence& evidence) {
    evidence.state_writes.push_back({m_, model::StateKind::kContent, "cache", ""});
  }

  uint32_t m_, other_, fill_, read_, bystander_;
};

TEST_F(State, IsChargedToThoseThatReadTheName) {
  leave(test("earlier", {fill_}));
  test("later", {read_});
  test("without", {bystander_});
  EXPECT_EQ(met_by_function(m_, "fill"), (Tests{"earlier", "later"}));
}

TEST_F(State, IsNotChargedToThoseThatReadAnAttributeOfThatNameElsewhere) {
  leave(test("earlier", {fill_}));
  test("later", {function(other_, "f", {{}, {"cache"}})});
  EXPECT_EQ(met_by_function(m_, "fill"), Tests{"earlier"});
}

TEST_F(State, IsReachedThroughAnotherNameOfTheObject) {
  statement(m_, "alias", {{"cache"}, {}});
  leave(test("earlier", {fill_}));
  test("later", {function(m_, "by_alias", {{"alias"}, {}})});
  EXPECT_EQ(met_by_function(m_, "fill"), (Tests{"earlier", "later"}));
}

TEST_F(State, OfATestThatNamesTheVariableNowhereChargesNothing) {
  leave(test("only looked at too late", {bystander_}));
  test("later", {read_});
  EXPECT_EQ(met_by_function(other_, "bystander"), Tests{"only looked at too late"});
}

TEST_F(State, OfAnObjectIsAnybodysWhoChangesWhatHasNoName) {
  const uint32_t changer = function(other_, "changer", {});
  units_[other_]->functions.back().writes_unknown = true;
  leave(test("earlier", {fill_, changer}));
  test("later", {read_});
  EXPECT_EQ(met_by_function(other_, "changer"), (Tests{"earlier", "later"}));
}

// The bystander got the object from what the keeper kept, whom "hand" of m.py had given it.
TEST_F(State, OfATestThatNamesTheVariableNowhereIsReachedThroughWhatAnEarlierOneKept) {
  statement(other_, "kept");
  const uint32_t hand = function(m_, "hand", {{"cache"}, {}});
  const uint32_t keep = function(other_, "keep", {{"kept", "hand"}, {}});
  const uint32_t through = function(other_, "through", {{"kept"}, {}});
  test("keeper", {hand, keep}).state_writes.push_back({other_, model::StateKind::kContent, "kept", ""});
  leave(test("bystander", {through}));
  test("later", {read_});
  EXPECT_EQ(met_by_function(other_, "through"), (Tests{"bystander", "keeper", "later"}));
}

TEST_F(State, OfATestThatNamesTheVariableNowhereIsReachedThroughAnotherName) {
  statement(other_, "alias", {{"cache"}, {}});
  const uint32_t through = function(other_, "through", {{"alias"}, {}});
  leave(test("bystander", {through}));
  test("later", {read_});
  EXPECT_EQ(met_by_function(other_, "through"), (Tests{"bystander", "later"}));
}

TEST_F(Rules, AllNamesOfAModuleAreReadAsValues) {
  const uint32_t m = file("m.py");
  statement(m, "X");
  function(m, "unused", {});
  const uint32_t user = file("user.py");
  const uint32_t f = function(user, "f", {{}, {"__dict__"}});
  change::ImportRead import;
  import.module = names_.id_of("m");
  units_[user]->functions.back().reads.imports = {import};
  test("a", {f});
  EXPECT_EQ(met_by_binding(m, "X"), Tests{"a"});
  EXPECT_EQ(met_by_function(m, "unused"), Tests{});
}

TEST_F(Rules, ALoadThatBindsNothingIsWantedByWhoeverUsesWhatItLoaded) {
  const uint32_t spec = file("spec.rb"), used = file("used.rb"), further = file("further.rb");
  const auto load = [&](uint32_t in, const std::string& module) {
    StatementUnit& made = statement(in, "nothing");
    made.kind = StatementKind::kImport;
    made.binds.clear();
    made.reads.imports.push_back({1, names_.id_of(module), {}});
  };
  load(spec, "used");
  load(used, "further");
  const uint32_t helper = function(further, "helper", {});
  const uint32_t other = function(spec, "other", {});
  test("uses", {helper});
  test("does not", {other});
  EXPECT_EQ(met_by_removing(spec, 0), std::set<std::string>({"uses"}));
}

TEST_F(Rules, ASourceThatAnAutoloaderWouldFindMeetsThoseWhoSpeakOfItsName) {
  const uint32_t m = file("m.rb");
  test("asks", {function(m, "a", {{}, {"HTMLPage"}})});
  test("asks for a method", {function(m, "b", {{}, {"html_page"}})});
  test("asks for more", {function(m, "c", {{}, {"HTMLPages"}})});
  EXPECT_EQ(met_by_source("/p/app/html_page.rb", "htmlpage"), Tests{"asks"});
}

TEST_F(Rules, ASourceThatIsLoadedWithAllOthersMeetsThoseWhomItsStatementsConcern) {
  const uint32_t m = file("m.rb");
  test("reads", {function(m, "a", {{}, {"LIMIT"}})});
  test("calls", {function(m, "b", {{}, {"price"}})});
  const auto made = [&](const std::string& owner, const std::string& binds) {
    const auto units = std::make_shared<change::FileUnits>();
    StatementUnit unit;
    unit.class_name = names_.id_of(owner);
    unit.binds = {names_.id_of(binds)};
    units->statements.push_back(unit);
    return units;
  };
  EXPECT_EQ(met_by_source("/p/app/gift.rb", "gift", made("", "LIMIT")), Tests{"reads"});
  EXPECT_EQ(met_by_source("/p/app/gift.rb", "gift", made("Shop::Gift", "price")), Tests{});
  EXPECT_EQ(met_by_source("/p/app/gift.rb", "gift", made("Shop::Item", "price")), Tests{"calls"});
  const auto broken = std::make_shared<change::FileUnits>();
  broken->error = "unexpected end";
  EXPECT_EQ(met_by_source("/p/app/gift.rb", "gift", broken), Tests({"calls", "reads"}));
}

}  // namespace
}  // namespace alibi::select
