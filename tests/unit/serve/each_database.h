// A test of the server's database runs with each of them. PostgreSQL is a cluster of the test program's own,
// started with its first test (tests/support/private_postgres.py); where it is not installed, the tests say
// so and are skipped.
#ifndef ALIBI_TESTS_UNIT_SERVE_EACH_DATABASE_H_
#define ALIBI_TESTS_UNIT_SERVE_EACH_DATABASE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "collector/serve/database.h"
#include "tests/support/temporary_directory.h"

namespace alibi::serve {

// Of a new, empty database; empty: PostgreSQL is not installed.
std::string new_postgres_url();

enum class Kind { kSqlite, kPostgres };

class EachDatabase : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override;
  Result<std::unique_ptr<Database>> open() const;  // another one on the same store
  void reopen();
  void store(const Intake& what);
  TestRow only_test();
  std::vector<Evidence> evidence();  // at the newest commit

  testing::TemporaryDirectory folder_;
  std::string url_;
  uint64_t now_ns_ = 1'795'000'000'000'000'000;
  std::unique_ptr<Database> database_;
};

}  // namespace alibi::serve

#endif  // ALIBI_TESTS_UNIT_SERVE_EACH_DATABASE_H_
