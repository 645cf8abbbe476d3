#include "collector/serve/name_numbers.h"

#include <utility>

namespace alibi::serve {
namespace {

constexpr size_t kMostNumbers = 400'000;

struct Statements {
  const char* find;
  const char* make;
};
// The last condition of a test is what PostgreSQL has an index for: names may be longer than its others take.
constexpr Statements kStatements[] = {
    {"SELECT id FROM context WHERE service=?1 AND env=?2 AND configurations=?3",
     "INSERT INTO context(service, env, configurations) VALUES(?1,?2,?3) RETURNING id"},
    {"SELECT id FROM git_commit WHERE sha=?1", "INSERT INTO git_commit(sha) VALUES(?1) RETURNING id"},
    {"SELECT id FROM file WHERE path=?1", "INSERT INTO file(path) VALUES(?1) RETURNING id"},
    {"SELECT id FROM test WHERE service=?1 AND suite=?2 AND name=?3 AND parameters=?4 AND module=?5 "
     "AND (suite||name||parameters)=(?2||?3||?4)",
     "INSERT INTO test(service, suite, name, parameters, module, repository, source_file, source_start, "
     "source_end, codeowners) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) RETURNING id"},
};

std::string key_of(char kind, std::initializer_list<std::string_view> words) {
  std::string key(1, kind);
  for (const std::string_view word : words) key.append(word).push_back('\0');
  return key;
}
std::string key_of(const RunContext& context) {
  return key_of('c', {context.service, context.env, context.configurations});
}
std::string key_of(const Attempt& attempt, std::string_view service) {
  return key_of('t', {service, attempt.suite, attempt.name, attempt.parameters, attempt.module});
}

}  // namespace

void NameNumbers::forget_if_many() {
  if (numbers_.size() > kMostNumbers) numbers_.clear();
}

void NameNumbers::want(Kind kind, std::string key, std::initializer_list<SqlValue> by_name,
                       std::initializer_list<SqlValue> made) {
  if (!numbers_.try_emplace(key, 0).second) return;
  Wanted& wanted = wanted_[kind];
  wanted.keys.push_back(std::move(key));
  wanted.by_name.add(by_name);
  wanted.made.add(made);
}

void NameNumbers::want_context(const RunContext& context) {
  const std::initializer_list<SqlValue> names = {context.service, context.env, context.configurations};
  want(kContext, key_of(context), names, names);
}

void NameNumbers::want_commit(std::string_view sha) {
  if (!sha.empty()) want(kCommit, key_of('r', {sha}), {sha}, {sha});
}

void NameNumbers::want_file(std::string_view path) {
  if (!path.empty()) want(kFile, key_of('f', {path}), {path}, {path});
}

void NameNumbers::want_test(const Attempt& attempt, std::string_view service) {
  want(kTest, key_of(attempt, service),
       {service, attempt.suite, attempt.name, attempt.parameters, attempt.module},
       {service, attempt.suite, attempt.name, attempt.parameters, attempt.module, attempt.repository,
        attempt.source_file, uint64_t{attempt.source_start}, uint64_t{attempt.source_end},
        attempt.codeowners});
}

Result<void> NameNumbers::find(SqlConnection* connection) {
  for (size_t kind = 0; kind < kKinds; ++kind) {
    if (const Result<void> found = find(static_cast<Kind>(kind), connection); !found) return found;
    wanted_[kind] = {};
  }
  return {};
}

Result<void> NameNumbers::find(Kind kind, SqlConnection* connection) {
  constexpr const char* kDoing = "looking up what a body names";
  const Wanted& wanted = wanted_[kind];
  if (wanted.keys.empty()) return {};
  const Result<void> found =
      connection->run(kStatements[kind].find, wanted.by_name, kDoing,
                      [&](size_t place, SqlRow* row) { numbers_[wanted.keys[place]] = row->number(); });
  if (!found) return found;
  SqlRows missing;
  std::vector<size_t> places;
  for (size_t i = 0; i < wanted.keys.size(); ++i) {
    if (numbers_[wanted.keys[i]] != 0) continue;
    missing.add(wanted.made.row(i), wanted.made.columns());
    places.push_back(i);
  }
  return connection->run(
      kStatements[kind].make, missing, "storing what a body names",
      [&](size_t place, SqlRow* row) { numbers_[wanted.keys[places[place]]] = row->number(); });
}

uint64_t NameNumbers::number(const std::string& key) const {
  const auto found = numbers_.find(key);
  return found == numbers_.end() ? 0 : found->second;
}

uint64_t NameNumbers::context(const RunContext& context) const {
  return number(key_of(context));
}
uint64_t NameNumbers::commit(std::string_view sha) const {
  return number(key_of('r', {sha}));
}
uint64_t NameNumbers::file(std::string_view path) const {
  return number(key_of('f', {path}));
}
uint64_t NameNumbers::test(const Attempt& attempt, std::string_view service) const {
  return number(key_of(attempt, service));
}

}  // namespace alibi::serve
