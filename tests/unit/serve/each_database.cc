#include "tests/unit/serve/each_database.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "collector/serve/postgres_database.h"
#include "collector/serve/sqlite_database.h"
#include "tracer/base/unique_fd.h"

namespace alibi::serve {
namespace {

class Cluster {
 public:
  Cluster() {
    int to_child[2], from_child[2];
    if (::pipe(to_child) != 0 || ::pipe(from_child) != 0) return;
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(to_child[0], STDIN_FILENO);
      ::dup2(from_child[1], STDOUT_FILENO);
      for (const int fd : {to_child[0], to_child[1], from_child[0], from_child[1]}) ::close(fd);
      ::execlp("python3", "python3", ALIBI_SOURCE_ROOT "/tests/support/private_postgres.py", nullptr);
      ::_exit(127);
    }
    ::close(to_child[0]);
    ::close(from_child[1]);
    asking_ = UniqueFd(to_child[1]);
    answers_ = ::fdopen(from_child[0], "r");
    next_ = line();
  }
  ~Cluster() {
    asking_ = UniqueFd();
    if (answers_ != nullptr) std::fclose(answers_);
    ::waitpid(process_, nullptr, 0);
  }

  std::string new_url() {
    std::string url = next_;
    if (!url.empty()) next_ = ::write(asking_.fd(), "\n", 1) == 1 ? line() : "";
    return url;
  }

 private:
  std::string line() {
    char text[1024];
    if (std::fgets(text, sizeof text, answers_) == nullptr) return "";
    std::string result = text;
    result.pop_back();
    return result;
  }

  pid_t process_ = -1;
  UniqueFd asking_;
  std::FILE* answers_ = nullptr;
  std::string next_;
};

std::optional<Cluster> cluster;

class ClusterEnd : public ::testing::Environment {
 public:
  void TearDown() override { cluster.reset(); }
};
const ::testing::Environment* const kEnd = ::testing::AddGlobalTestEnvironment(new ClusterEnd);

}  // namespace

std::string new_postgres_url() {
  if (!cluster) cluster.emplace();
  return cluster->new_url();
}

void EachDatabase::SetUp() {
  if (GetParam() == Kind::kPostgres) {
    url_ = new_postgres_url();
    if (url_.empty()) GTEST_SKIP() << "PostgreSQL is not installed (package postgresql)";
  }
  reopen();
}

Result<std::unique_ptr<Database>> EachDatabase::open() const {
  const UnixClock clock = [this] { return now_ns_; };
  return url_.empty() ? open_sqlite(folder_ / "x.sqlite", clock) : open_postgres(url_, clock);
}

void EachDatabase::reopen() {
  database_.reset();
  Result<std::unique_ptr<Database>> opened = open();
  ASSERT_TRUE(opened) << opened.error().message;
  database_ = std::move(*opened);
}

void EachDatabase::store(const Intake& what) {
  const Result<void> stored = database_->store(what);
  ASSERT_TRUE(stored) << stored.error().message;
}

TestRow EachDatabase::only_test() {
  const Result<std::vector<TestRow>> tests = database_->tests({}, 10);
  EXPECT_TRUE(tests && tests->size() == 1);
  return tests && !tests->empty() ? tests->front() : TestRow();
}

std::vector<Evidence> EachDatabase::evidence() {
  const auto context = database_->context({"demo", "ci", "os.platform=Linux\n"});
  const auto commits = database_->recent_commits(context->value_or(0), 10);
  if (!commits || commits->empty()) return {};
  return *database_->evidence(**context, commits->front().id);
}

}  // namespace alibi::serve
