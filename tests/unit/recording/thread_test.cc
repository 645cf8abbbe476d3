// Threads that take turns under a lock, as under the GIL, while one of them forks: what TSan watches.
#include <sys/wait.h>
#include <unistd.h>

#include <mutex>
#include <thread>

#include "tests/unit/recording/session_fixture.h"

namespace alibi::recording {
namespace {

class Threads : public SessionFixture {};

TEST_F(Threads, AppendUnderALockWhileAnotherForks) {
  constexpr int kThreads = 4;
  constexpr uint32_t kHits = 20'000;
  constexpr int kForks = 8;
  open();
  define();
  const uint32_t context = begin_test("t");
  std::mutex lock;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (uint32_t j = 0; j < kHits; ++j) {
        const std::lock_guard guard(lock);
        hit(static_cast<uint32_t>(1 + i));
      }
    });
  }
  std::vector<pid_t> children;
  threads.emplace_back([&] {
    for (int i = 0; i < kForks; ++i) {
      const std::lock_guard guard(lock);
      const pid_t child = ::fork();
      if (child == 0) {
        hit(50);
        ::_exit(0);
      }
      children.push_back(child);
    }
  });
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(end_test(context).ok());
  ASSERT_TRUE(session_->close().ok());

  const auto parent = shard_of(::getpid());
  ASSERT_TRUE(parent.has_value());
  EXPECT_FALSE(parent->losses.damaged());
  EXPECT_EQ(entries_of(*parent).size(), 1 + kThreads * kHits);
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    const auto shard = shard_of(child);
    ASSERT_TRUE(shard.has_value());
    EXPECT_FALSE(shard->losses.damaged());
    EXPECT_EQ(entries_of(*shard), (std::vector<uint32_t>{switch_to(context), 50}));
  }
}

}  // namespace
}  // namespace alibi::recording
