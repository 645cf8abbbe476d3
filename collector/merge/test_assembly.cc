#include "collector/merge/test_assembly.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <tuple>

#include "absl/container/flat_hash_set.h"

namespace alibi::collector {
namespace {

// A test that failed in one process and passed in another counts as failed.
int severity(Outcome outcome) {
  switch (outcome) {
    case Outcome::kError:
      return 7;
    case Outcome::kFailed:
      return 6;
    case Outcome::kXpassed:
      return 5;
    case Outcome::kXfailed:
      return 4;
    case Outcome::kPassed:
      return 3;
    case Outcome::kSkipped:
      return 2;
  }
  return outcome == kNeverEnded ? 0 : 1;
}

template <typename T>
void unite(std::vector<T>* into, const std::vector<T>& more) {
  if (more.empty()) return;
  if (into->empty()) {
    *into = more;
    return;
  }
  std::vector<T> both;
  both.reserve(into->size() + more.size());
  std::set_union(into->begin(), into->end(), more.begin(), more.end(), std::back_inserter(both));
  into->swap(both);
}

std::vector<uint32_t> charged_to(const std::vector<ContextEvidence>& contexts,
                                 const std::vector<uint32_t>& attempts) {
  std::vector<uint32_t> reached = attempts;
  absl::flat_hash_set<uint32_t> seen(attempts.begin(), attempts.end());
  for (size_t next = 0; next < reached.size(); ++next) {
    for (const std::vector<uint32_t>* more :
         {&contexts[reached[next]].charged, &contexts[reached[next]].included}) {
      for (uint32_t used : *more) {
        if (seen.insert(used).second) reached.push_back(used);
      }
    }
  }
  return reached;
}

// What belongs to these by way of processes alone: mostly they themselves.
std::vector<uint32_t> with_included(const std::vector<ContextEvidence>& contexts,
                                    const std::vector<uint32_t>& indices) {
  std::vector<uint32_t> included;
  for (uint32_t index : indices) {
    const std::vector<uint32_t>& more = contexts[index].included;
    included.insert(included.end(), more.begin(), more.end());
  }
  std::vector<uint32_t> all = charged_to(contexts, included);
  all.insert(all.end(), indices.begin(), indices.end());
  make_set(&all);
  return all;
}

Evidence unite_evidence(const std::vector<ContextEvidence>& contexts, const std::vector<uint32_t>& indices) {
  Evidence evidence;
  std::vector<LineKey> lines;
  for (uint32_t index : indices) {
    const ContextEvidence& context = contexts[index];
    unite(&lines, context.lines);
    unite(&evidence.units, context.units);
    unite(&evidence.inputs, context.inputs);
    unite(&evidence.statements, context.statements);
    unite(&evidence.names, context.names);
    unite(&evidence.state_writes, context.state_writes);
    add_drops(&evidence.drops, context.drops);
  }
  evidence.files = group_by_file(lines);
  return evidence;
}

void judge(const std::vector<ContextEvidence>& contexts, const std::vector<uint32_t>& attempts,
           TestCoverage* test) {
  // A child that repeats the test's id without ever ending it is no attempt of its own. When only children
  // know the test (each test in a process of its own), they count.
  const bool only_children = std::all_of(attempts.begin(), attempts.end(), [&contexts](uint32_t attempt) {
    return contexts[attempt].role == Role::kChild;
  });
  uint64_t unfinished = 0;
  std::map<uint32_t, const ContextEvidence*>
      last;  // per process: a repetition there replaces what came before
  for (uint32_t attempt : attempts) {
    const ContextEvidence& context = contexts[attempt];
    if (!context.ended && context.role == Role::kChild && !only_children) continue;
    test->attempts += 1;
    if (context.ended)
      last[context.owner] = &context;
    else
      ++unfinished;
  }
  const auto rank = [](const auto& ended) {
    return std::make_tuple(severity(ended.outcome), ended.duration_ns, std::string_view(ended.reason));
  };
  for (const auto& [owner, context] : last) {
    if (rank(*context) <= rank(*test)) continue;
    test->outcome = context->outcome;
    test->duration_ns = context->duration_ns;
    test->reason = context->reason;
  }
  add_drop(&test->evidence.drops, CollectorDrop::kUnfinished, unfinished);
}

TestCoverage assemble_test(const std::vector<ContextEvidence>& contexts,
                           const std::vector<uint32_t>& attempts) {
  TestCoverage test;
  test.id = contexts[attempts.front()].name;
  std::vector<uint32_t> all = charged_to(contexts, attempts);
  const auto is_collection = [&](uint32_t index) { return contexts[index].kind == ContextKind::kCollection; };
  DropCounts lost_in_collection;
  for (uint32_t index : all) {
    if (!is_collection(index)) continue;
    test.collections.push_back(contexts[index].collection);
    add_drops(&lost_in_collection, contexts[index].drops);
  }
  make_set(&test.collections);
  std::erase_if(all, is_collection);
  test.evidence = unite_evidence(contexts, all);
  add_drops(&test.evidence.drops, lost_in_collection);
  std::vector<uint32_t> shards;
  for (uint32_t index : all) {
    unite(&shards, contexts[index].shards);
    if (contexts[index].is_fixture()) test.fixtures.push_back(contexts[index].fixture);
  }
  make_set(&test.fixtures);
  test.processes = static_cast<uint32_t>(shards.size());
  judge(contexts, attempts, &test);
  for (uint32_t attempt : attempts) {
    const std::string& note = contexts[attempt].note;
    if (!note.empty()) test.notes.push_back(note);
  }
  std::sort(test.notes.begin(), test.notes.end());
  return test;
}

}  // namespace

Evidence assemble_evidence(const std::vector<ContextEvidence>& contexts,
                           const std::vector<uint32_t>& indices) {
  return unite_evidence(contexts, with_included(contexts, indices));
}

void renumber_context(const Renumbering& renumbering, ContextEvidence* context) {
  renumber_lines(renumbering.files, &context->lines);
  renumber(renumbering.units, &context->units);
  renumber(renumbering.inputs, &context->inputs);
  renumber(renumbering.statements, &context->statements);
  renumber(renumbering.names, &context->names);
  for (StateWrite& write : context->state_writes) write.file = renumbering.files[write.file];
  make_set(&context->state_writes);
  make_set(&context->shards);
  make_set(&context->charged);
  make_set(&context->included);
  // Guarded, because the session's own context counts as one and is in no table.
  if (context->is_fixture() && !renumbering.fixtures.empty())
    context->fixture = renumbering.fixtures[context->fixture];
}

std::vector<Collection> assemble_collections(std::vector<ContextEvidence>* contexts) {
  std::map<std::string_view, std::vector<uint32_t>> by_name;
  for (uint32_t index = kSessionIndex + 1; index < contexts->size(); ++index) {
    if ((*contexts)[index].kind == ContextKind::kCollection)
      by_name[(*contexts)[index].name].push_back(index);
  }
  std::vector<Collection> collections;
  for (const auto& [name, indices] : by_name) {
    Collection collection;
    collection.name = name;
    collection.evidence = assemble_evidence(*contexts, indices);
    collection.complete = true;
    for (uint32_t index : indices) {
      ContextEvidence& context = (*contexts)[index];
      context.collection = static_cast<uint32_t>(collections.size());
      collection.tests.insert(collection.tests.end(), context.collected.begin(), context.collected.end());
      const bool ended_well = context.ended && context.outcome == Outcome::kPassed;
      collection.complete = collection.complete && ended_well;
    }
    make_set(&collection.tests);
    collections.push_back(std::move(collection));
  }
  return collections;
}

std::vector<TestCoverage> assemble_tests(const std::vector<ContextEvidence>& contexts) {
  std::map<std::string_view, std::vector<uint32_t>> attempts;
  for (uint32_t index = kSessionIndex + 1; index < contexts.size(); ++index) {
    if (contexts[index].kind == ContextKind::kTest) attempts[contexts[index].name].push_back(index);
  }
  std::vector<TestCoverage> tests;
  tests.reserve(attempts.size());
  for (const auto& [id, indices] : attempts) tests.push_back(assemble_test(contexts, indices));
  return tests;
}

}  // namespace alibi::collector
