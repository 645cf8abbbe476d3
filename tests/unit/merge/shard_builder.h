// Shards made by hand, in memory: definitions, a hit stream and records, in the words of FORMAT.md. Owns
// every text, so that the ShardContent can be handed to merge.
#ifndef ALIBI_TESTS_UNIT_MERGE_SHARD_BUILDER_H_
#define ALIBI_TESTS_UNIT_MERGE_SHARD_BUILDER_H_

#include <deque>
#include <string>
#include <vector>

#include "collector/merge/merger.h"
#include "collector/merge/shard_source.h"

namespace alibi::testing {

class ShardBuilder {
 public:
  explicit ShardBuilder(const std::string& name) {
    content_.name = name;
    content_.process_id = 100;
    content_.process.root = "/p";
    content_.process.interpreter = "cpython 3.12.1";
    content_.closed = true;
  }

  ShardBuilder& role(model::Role role, uint32_t process_id, uint32_t parent_pid = 0) {
    content_.process.role = role;
    content_.process_id = process_id;
    content_.process.parent_pid = parent_pid;
    return *this;
  }
  ShardBuilder& forked_from(const std::string& parent, uint64_t parent_bytes) {
    content_.process.role = model::Role::kChild;
    content_.process.parent_shard = keep(parent);
    content_.process.parent_bytes = parent_bytes;
    return *this;
  }
  ShardBuilder& file(uint32_t number, const std::string& path, uint64_t hash = 1) {
    content_.files.push_back({model::FileId{number}, false, 10, {hash, hash}, keep(path), next_offset()});
    return *this;
  }
  ShardBuilder& code(uint32_t base, uint32_t span, uint32_t file, uint32_t first_line, model::CodeKind kind,
                     const std::string& name) {
    content_.codes.push_back({model::ProbeId{base},
                              span,
                              model::FileId{file},
                              first_line,
                              kind,
                              first_line,
                              {first_line, name.size()},
                              keep(name),
                              next_offset()});
    return *this;
  }
  ShardBuilder& function(uint32_t base, uint32_t span, uint32_t file, uint32_t first_line,
                         const std::string& name) {
    return code(base, span, file, first_line, model::CodeKind::kFunction, name);
  }
  ShardBuilder& module(uint32_t base, uint32_t span, uint32_t file) {
    return code(base, span, file, 1, model::CodeKind::kModule, "<module>");
  }
  ShardBuilder& looked_up(uint32_t probe, const std::string& name) {
    content_.codes.push_back(
        {model::ProbeId{probe}, 1, {}, 0, model::CodeKind::kLookedUpName, 0, {}, keep(name), next_offset()});
    return *this;
  }
  ShardBuilder& note(uint32_t context, const std::string& text) {
    content_.notes.push_back({model::ContextId{context}, keep(text)});
    return *this;
  }
  ShardBuilder& names(uint32_t base, const std::vector<std::string>& globals) {
    model::NamesRecord record{model::ProbeId{base}, {}, next_offset()};
    for (const std::string& name : globals) record.names.push_back({model::NameKind::kGlobal, 0, keep(name)});
    content_.names.push_back(std::move(record));
    return *this;
  }
  ShardBuilder& outline(uint32_t file, uint32_t first_line, const std::string& bits,
                        const std::vector<std::pair<uint32_t, std::string>>& functions = {}) {
    model::OutlineRecord record{model::FileId{file}, first_line, keep(bits), {}};
    for (const auto& [line, name] : functions) record.functions.push_back({line, keep(name)});
    content_.outlines.push_back(std::move(record));
    return *this;
  }
  ShardBuilder& context(uint32_t number, model::ContextKind kind, const std::string& name,
                        const std::string& scope = "") {
    content_.contexts.push_back(
        {model::ContextId{number}, kind, model::kSession, keep(name), keep(scope), next_offset()});
    return *this;
  }
  ShardBuilder& test(uint32_t number, const std::string& id) {
    return context(number, model::ContextKind::kTest, id);
  }
  ShardBuilder& fixture(uint32_t number, const std::string& name) {
    return context(number, model::ContextKind::kFixture, name, "session");
  }
  ShardBuilder& collection(uint32_t number, const std::string& name, const std::vector<std::string>& tests) {
    context(number, model::ContextKind::kCollection, name);
    for (const std::string& test : tests) {
      content_.collected.push_back({model::ContextId{number}, keep(test)});
    }
    return *this;
  }
  ShardBuilder& hits(const std::vector<uint32_t>& entries) {
    ranges_.push_back(entries);
    return *this;
  }
  ShardBuilder& charge(uint32_t user, uint32_t used) {
    content_.charges.push_back({model::ContextId{user}, model::ContextId{used}});
    return *this;
  }
  ShardBuilder& end(uint32_t context, model::Outcome outcome = model::Outcome::kPassed,
                    uint64_t duration_ns = 1) {
    content_.test_ends.push_back({model::ContextId{context}, outcome, duration_ns, {}});
    return *this;
  }
  ShardBuilder& input(uint32_t context, model::InputKind kind, const std::string& subject,
                      uint64_t hash = 1) {
    content_.inputs.push_back(
        {model::ContextId{context}, kind, model::InputState::kPresent, {hash, 0}, keep(subject), {}});
    return *this;
  }
  ShardBuilder& state_write(uint32_t context, uint32_t file, const std::string& name) {
    content_.state_writes.push_back(
        {model::ContextId{context}, model::FileId{file}, model::StateKind::kGlobal, keep(name), {}});
    return *this;
  }
  ShardBuilder& drop(uint32_t context, uint32_t reason, uint64_t count) {
    content_.drops.push_back({model::ContextId{context}, reason, count});
    return *this;
  }
  ShardBuilder& started_for(const std::string& shard, uint32_t context) {
    content_.process.role = model::Role::kChild;
    content_.origin = model::OriginRecord{model::ContextId{context}, keep(shard), "python", "python x.py"};
    return *this;
  }
  ShardBuilder& started(uint32_t context, uint32_t process_id, const std::string& command,
                        model::Recording recording = model::Recording::kExpected) {
    content_.started.push_back({model::ContextId{context}, process_id, recording, "python", keep(command)});
    return *this;
  }
  ShardBuilder& overlap(const std::string& user_shard, uint32_t user, const std::string& used_shard) {
    content_.overlaps.push_back({keep(user_shard), model::ContextId{user}, keep(used_shard)});
    return *this;
  }
  ShardBuilder& damaged() {
    content_.damaged = true;
    return *this;
  }

  // Of what has been defined so far: what a child forked now inherits.
  uint64_t bytes() const { return offset_; }

  collector::ShardContent content() const {
    collector::ShardContent content = content_;
    for (const std::vector<uint32_t>& range : ranges_) content.hits.emplace_back(range);
    return content;
  }

 private:
  std::string_view keep(const std::string& text) { return texts_.emplace_back(text); }
  uint64_t next_offset() { return std::exchange(offset_, offset_ + 64); }

  std::deque<std::string> texts_;
  std::deque<std::vector<uint32_t>> ranges_;
  collector::ShardContent content_;
  uint64_t offset_ = 4096;
};

// Shards that are in memory already.
class ListedShards : public collector::ShardSource {
 public:
  explicit ListedShards(std::vector<collector::ShardContent> shards) : shards_(std::move(shards)) {}
  size_t size() const override { return shards_.size(); }
  const std::string& name(size_t index) const override { return shards_[index].name; }
  Result<const collector::ShardContent*> read(size_t index) override { return &shards_[index]; }

 private:
  std::vector<collector::ShardContent> shards_;
};

inline collector::SessionCoverage merge_listed(std::vector<collector::ShardContent> shards,
                                               std::vector<collector::DamagedShard> lost = {}) {
  ListedShards source(std::move(shards));
  return collector::merge({}, &source, std::move(lost));
}

inline collector::SessionCoverage merge_built(const std::vector<const ShardBuilder*>& builders,
                                              std::vector<collector::DamagedShard> lost = {}) {
  std::vector<collector::ShardContent> shards;
  for (const ShardBuilder* builder : builders) shards.push_back(builder->content());
  return merge_listed(std::move(shards), std::move(lost));
}

inline uint32_t to_context(uint32_t number) {
  return 0x80000000U | number;
}
inline uint32_t statement(uint32_t probe) {
  return 0xC0000000U | probe;
}

}  // namespace alibi::testing

#endif  // ALIBI_TESTS_UNIT_MERGE_SHARD_BUILDER_H_
