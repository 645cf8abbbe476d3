// Random sessions: the merger equals the naive one, and neither the order of shards nor the split over
// processes shows.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "collector/merge/merger.h"
#include "collector/model/test_view.h"
#include "collector/store/evidence_encoder.h"
#include "tests/unit/merge/naive_merger.h"
#include "tests/unit/merge/shard_builder.h"

namespace alibi::collector {
namespace {

using testing::LineOfFile;
using testing::merge_listed;
using testing::NaiveCoverage;
using testing::NaiveEvidence;
using testing::ShardBuilder;
using testing::statement;
using testing::to_context;

// A process that others can name.
struct Recorded {
  std::string shard;
  ShardBuilder* builder = nullptr;
  uint32_t process_id = 0;
  std::vector<uint32_t> contexts;
};

class RandomSession {
 public:
  explicit RandomSession(uint32_t seed) : random_(seed) {
    const uint32_t processes = below(3) + 1;
    for (uint32_t process = 0; process < processes; ++process) add_process(process);
    for (uint32_t program = below(4); program != 0; --program) add_program(program);
    for (uint32_t overlap = below(4); overlap != 0; --overlap) add_overlap();
  }

  std::vector<ShardContent> contents() const {
    std::vector<ShardContent> contents;
    for (const auto& shard : shards_) contents.push_back(shard->content());
    return contents;
  }

 private:
  uint32_t below(uint32_t limit) { return std::uniform_int_distribution<uint32_t>(0, limit - 1)(random_); }

  // Functions are the same in all processes, as is the code of a real project; numbers are not.
  void add_code(ShardBuilder* shard, uint32_t* next) {
    for (uint32_t file = 1; file <= 3; ++file) {
      shard->file(file, "/p/f" + std::to_string(file) + ".py");
      *next += below(5);
      shard->module(*next, 30, file);
      modules_.push_back(*next);
      *next += 30;
      for (uint32_t function = 0; function < 4; ++function) {
        shard->function(*next, 6, file, 2 + function * 7, "fn" + std::to_string(function));
        functions_.push_back(*next);
        *next += 6 + below(3);
      }
      shard->looked_up(*next, "name" + std::to_string(below(4)));
      names_.push_back(*next);
      *next += 1 + below(2);
    }
  }

  std::vector<uint32_t> entries(const std::vector<uint32_t>& contexts) {
    std::vector<uint32_t> entries = {to_context(contexts[below(static_cast<uint32_t>(contexts.size()))])};
    for (uint32_t step = below(60); step != 0; --step) {
      const uint32_t choice = below(20);
      if (choice == 0)
        entries.push_back(to_context(contexts[below(static_cast<uint32_t>(contexts.size()))]));
      else if (choice < 4)
        entries.push_back(statement(modules_[below(3)] + below(30)));
      else if (choice < 7)
        entries.push_back(names_[below(static_cast<uint32_t>(names_.size()))]);
      else
        entries.push_back(functions_[below(static_cast<uint32_t>(functions_.size()))] + below(6));
    }
    return entries;
  }

  void add_process(uint32_t process) {
    modules_.clear();
    functions_.clear();
    names_.clear();
    auto shard = std::make_unique<ShardBuilder>("p" + std::to_string(process) + ".shard");
    shard->role(model::Role::kWorker, 10 + process);
    uint32_t next = 1 + below(50);
    add_code(shard.get(), &next);
    std::vector<uint32_t> contexts = {0};
    const uint32_t fixtures = below(3);
    for (uint32_t number = 1; number <= fixtures; ++number)
      shard->fixture(number, "fixture" + std::to_string(number));
    const uint32_t tests = 1 + below(5);
    for (uint32_t number = fixtures + 1; number <= fixtures + tests; ++number) {
      shard->test(number, "test" + std::to_string(below(8))).end(number);
    }
    for (uint32_t number = 1; number <= fixtures + tests; ++number) {
      contexts.push_back(number);
      shard->input(number, model::InputKind::kFile, "/p/in" + std::to_string(below(6)));
      if (fixtures != 0 && below(2) == 0) shard->charge(number, 1 + below(fixtures));
    }
    add_collections(shard.get(), fixtures, tests, &contexts);
    shard->hits(entries(contexts)).hits(entries(contexts));
    const Recorded recorded{"p" + std::to_string(process) + ".shard", shard.get(), 10 + process, contexts};
    recorded_.push_back(recorded);
    shards_.push_back(std::move(shard));
    if (below(2) == 0) add_child(recorded, process, next);
  }

  // Some tests are charged with a test file's collection, a few with two.
  void add_collections(ShardBuilder* shard, uint32_t fixtures, uint32_t tests,
                       std::vector<uint32_t>* contexts) {
    uint32_t number = fixtures + tests;
    for (uint32_t file = below(3); file != 0; --file) {
      ++number;
      shard->collection(number, "file" + std::to_string(below(3)), {"test" + std::to_string(below(8))});
      shard->input(number, model::InputKind::kFile, "/p/in" + std::to_string(below(6)));
      shard->end(number, below(4) == 0 ? Outcome::kError : Outcome::kPassed);
      for (uint32_t test = fixtures + 1; test <= fixtures + tests; ++test) {
        if (below(2) == 0) shard->charge(test, number);
      }
      contexts->push_back(number);
    }
  }

  void add_child(const Recorded& parent, uint32_t number, uint32_t next) {
    const std::string name = "c" + std::to_string(number) + ".shard";
    auto child = std::make_unique<ShardBuilder>(name);
    child->role(model::Role::kChild, 50 + number, parent.process_id);
    child->forked_from(parent.shard, parent.builder->bytes());
    child->function(next, 6, 1 + below(3), 90, "in_child");
    functions_.push_back(next);
    child->hits(entries(parent.contexts));
    recorded_.push_back(Recorded{name, child.get(), 50 + number, parent.contexts});
    shards_.push_back(std::move(child));
  }

  uint32_t context_of(const Recorded& process) {
    return process.contexts[below(static_cast<uint32_t>(process.contexts.size()))];
  }

  // Started by any process, for a context of it or nobody knows which, sometimes with a fork of its own.
  void add_program(uint32_t number) {
    functions_.clear();
    modules_.clear();
    names_.clear();
    const Recorded starter = recorded_[below(static_cast<uint32_t>(recorded_.size()))];
    const uint32_t context = context_of(starter);
    const std::string name = "x" + std::to_string(number) + ".shard";
    auto shard = std::make_unique<ShardBuilder>(name);
    shard->role(model::Role::kChild, 70 + number, starter.process_id);
    shard->started_for(starter.shard, below(6) == 0 ? model::kUnknownContext.value : context);
    uint32_t next = 1 + below(50);
    add_code(shard.get(), &next);
    std::vector<uint32_t> contexts = {0};
    if (below(2) == 0) {
      shard->fixture(1, "inside");
      contexts.push_back(1);
    }
    shard->input(0, model::InputKind::kFile, "/p/in" + std::to_string(below(6))).hits(entries(contexts));
    if (below(5) != 0) {
      const uint32_t process_id = below(3) == 0 ? 0 : 70 + number + below(2);
      starter.builder->started(context, process_id, name);
    }
    const Recorded recorded{name, shard.get(), 70 + number, contexts};
    recorded_.push_back(recorded);
    shards_.push_back(std::move(shard));
    if (below(3) == 0) add_child(recorded, 20 + number, next);
  }

  void add_overlap() {
    const auto any = [this]() -> const Recorded& {
      return recorded_[below(static_cast<uint32_t>(recorded_.size()))];
    };
    const Recorded& user = any();
    const Recorded& used = any();
    any().builder->overlap(user.shard, context_of(user), used.shard);
  }

  std::mt19937 random_;
  std::vector<std::unique_ptr<ShardBuilder>> shards_;
  std::vector<Recorded> recorded_;
  std::vector<uint32_t> modules_;
  std::vector<uint32_t> functions_;
  std::vector<uint32_t> names_;
};

NaiveEvidence flattened(const SessionCoverage& coverage, const Evidence& evidence) {
  NaiveEvidence flat;
  for (const auto& [file, lines] : lines_by_file(coverage, evidence)) {
    for (uint32_t line : lines) flat.lines.insert({coverage.files[file].path, line});
  }
  std::set<uint32_t> units(evidence.units.begin(), evidence.units.end());
  for (uint32_t index : evidence.statements) {
    units.insert(coverage.statements[index].units.begin(), coverage.statements[index].units.end());
  }
  for (uint32_t unit : units) {
    flat.units.insert(coverage.files[coverage.units[unit].file].path + ":" +
                      coverage.units[unit].qualified_name);
  }
  const auto add_names = [&](const std::vector<uint32_t>& names) {
    for (uint32_t name : names) flat.names.insert(coverage.names[name].name);
  };
  add_names(evidence.names);
  for (uint32_t index : evidence.statements) add_names(coverage.statements[index].names);
  for (uint32_t index : evidence.inputs) {
    const Input& input = coverage.inputs[index];
    flat.inputs.insert(input.detail.empty() ? input.subject : input.subject + " " + input.detail);
  }
  return flat;
}

void expect_equal(const NaiveEvidence& found, const NaiveEvidence& expected, const std::string& what) {
  EXPECT_EQ(found.lines, expected.lines) << what;
  EXPECT_EQ(found.units, expected.units) << what;
  EXPECT_EQ(found.inputs, expected.inputs) << what;
  EXPECT_EQ(found.names, expected.names) << what;
}

TEST(MergeProperty, EqualsTheNaiveMerger) {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    const RandomSession session(seed);
    NaiveCoverage expected = testing::merge_naively(session.contents());
    const SessionCoverage coverage = merge_listed(session.contents());
    ASSERT_EQ(coverage.tests.size(), expected.tests.size()) << "seed " << seed;
    for (const TestCoverage& test : coverage.tests) {
      expect_equal(flattened(coverage, test.evidence), expected.tests.at(test.id),
                   test.id + ", seed " + std::to_string(seed));
      EXPECT_TRUE(test.complete);
      std::set<std::string> collections;
      for (uint32_t index : test.collections) collections.insert(coverage.collections[index].name);
      EXPECT_EQ(collections, expected.collections_of[test.id]) << test.id << ", seed " << seed;
    }
    ASSERT_EQ(coverage.collections.size(), expected.collections.size()) << "seed " << seed;
    for (const Collection& collection : coverage.collections) {
      const testing::NaiveCollection& naive = expected.collections.at(collection.name);
      expect_equal(flattened(coverage, collection.evidence), naive.evidence,
                   collection.name + ", seed " + std::to_string(seed));
      EXPECT_EQ(collection.complete, naive.complete) << collection.name << ", seed " << seed;
      EXPECT_EQ(std::set(collection.tests.begin(), collection.tests.end()), naive.tests);
    }
    expect_equal(flattened(coverage, coverage.session), expected.session,
                 "session, seed " + std::to_string(seed));
    std::map<LineOfFile, std::set<std::string>> imports;
    for (const Statement& each : coverage.statements) {
      for (uint32_t file : each.imports) {
        imports[{coverage.files[each.file].path, each.line}].insert(coverage.files[file].path);
      }
    }
    EXPECT_EQ(imports, expected.imports) << "seed " << seed;
    if (HasFailure()) break;
  }
}

TEST(MergeProperty, TheOrderOfShardsDoesNotShowInASingleByte) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    const RandomSession session(seed);
    std::vector<ShardContent> shards = session.contents();
    const Result<std::string> expected = store::encode_evidence(merge_listed(shards));
    std::mt19937 random(seed);
    for (int round = 0; round < 4; ++round) {
      std::shuffle(shards.begin(), shards.end(), random);
      ASSERT_TRUE(*store::encode_evidence(merge_listed(shards)) == *expected) << "seed " << seed;
    }
  }
}

// The same tests with the same hits, by one process or dealt to several whose numbers differ.
SessionCoverage recorded_by(uint32_t processes) {
  std::vector<std::unique_ptr<ShardBuilder>> shards;
  for (uint32_t process = 0; process < processes; ++process) {
    auto shard = std::make_unique<ShardBuilder>("w" + std::to_string(process) + ".shard");
    const uint32_t shift = process * 1000;
    shard->role(model::Role::kWorker, 10 + process).file(1, "/p/a.py");
    shard->module(1 + shift, 100, 1).function(101 + shift, 400, 1, 200, "f").names(101 + shift, {"x", "y"});
    shard->hits({to_context(0), statement(1 + shift), 101 + shift, to_context(0)});
    uint32_t number = 1;
    for (uint32_t test = process; test < 40; test += processes, ++number) {
      shard->test(number, "t" + std::to_string(test));
      shard->hits({to_context(number), 102 + shift + test, 103 + shift + test * 7, to_context(0)});
      shard->input(number, model::InputKind::kFile, "/p/data" + std::to_string(test % 5))
          .end(number, Outcome::kPassed, test);
    }
    shards.push_back(std::move(shard));
  }
  std::vector<ShardContent> contents;
  for (const auto& shard : shards) contents.push_back(shard->content());
  SessionCoverage coverage = merge_listed(std::move(contents));
  coverage.processes.clear();  // the only thing that may tell
  return coverage;
}

TEST(MergeProperty, TheNumberOfWorkersDoesNotShowInASingleByte) {
  const Result<std::string> alone = store::encode_evidence(recorded_by(1));
  ASSERT_TRUE(alone);
  for (uint32_t processes : {2U, 3U, 8U, 40U}) {
    EXPECT_TRUE(*store::encode_evidence(recorded_by(processes)) == *alone) << processes << " workers";
  }
}

}  // namespace
}  // namespace alibi::collector
