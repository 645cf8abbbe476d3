// The numbers by which tables name contexts, commits, files and tests. Asked for many at a time, since the
// database may be far away, and remembered.
//
// Owned by the writer, in its transaction; to be thrown away when one is rolled back.
#ifndef ALIBI_COLLECTOR_SERVE_NAME_NUMBERS_H_
#define ALIBI_COLLECTOR_SERVE_NAME_NUMBERS_H_

#include <absl/container/flat_hash_map.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "collector/serve/records.h"
#include "collector/serve/sql_connection.h"

namespace alibi::serve {

class NameNumbers {
 public:
  void forget_if_many();
  void forget() { numbers_.clear(); }

  // To be known after the next find(); what is pointed at must stay until then.
  void want_context(const RunContext& context);
  void want_commit(std::string_view sha);
  void want_file(std::string_view path);
  void want_test(const Attempt& attempt, std::string_view service);

  Result<void> find(SqlConnection* connection);

  uint64_t context(const RunContext& context) const;
  uint64_t commit(std::string_view sha) const;  // 0 of an empty one
  uint64_t file(std::string_view path) const;   // 0 of an empty one
  uint64_t test(const Attempt& attempt, std::string_view service) const;

 private:
  enum Kind : size_t { kContext, kCommit, kFile, kTest, kKinds };
  struct Wanted {
    std::vector<std::string> keys;
    SqlRows by_name, made;  // to be found, and to be inserted where it is not
  };

  void want(Kind kind, std::string key, std::initializer_list<SqlValue> by_name,
            std::initializer_list<SqlValue> made);
  Result<void> find(Kind kind, SqlConnection* connection);
  uint64_t number(const std::string& key) const;

  absl::flat_hash_map<std::string, uint64_t> numbers_;
  std::array<Wanted, kKinds> wanted_;
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_NAME_NUMBERS_H_
