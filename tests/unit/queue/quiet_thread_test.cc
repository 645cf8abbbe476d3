#include "collector/queue/quiet_thread.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <future>

namespace alibi::queue {
namespace {

TEST(QuietThread, TakesNoSignalAndLeavesThoseOfItsStarterAlone) {
  sigset_t before, after;
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &before), 0);
  std::promise<sigset_t> mask;
  ASSERT_TRUE(start_quiet_thread([&mask] {
    sigset_t own;
    pthread_sigmask(SIG_SETMASK, nullptr, &own);
    mask.set_value(own);
  }));
  const sigset_t blocked = mask.get_future().get();
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &after), 0);
  for (const int number : {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) {
    EXPECT_EQ(sigismember(&blocked, number), 1) << number;
    EXPECT_EQ(sigismember(&after, number), sigismember(&before, number)) << number;
  }
}

}  // namespace
}  // namespace alibi::queue
