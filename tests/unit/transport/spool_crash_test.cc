// A process that ends between any two steps of the spool, a disk that refuses any of them, and two shippers
// at once: nothing acknowledged by put() is lost, nothing delivered comes back, nothing half is ever sent.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "collector/model/error_codes.h"
#include "collector/transport/spool.h"
#include "collector/transport/spool_delivery.h"
#include "tests/unit/transport/spool_fixture.h"

namespace alibi::transport {
namespace {

using Bodies = std::vector<std::string>;

enum class Ending { kCrash, kOneRefusal };

// Lets `steps` changes happen. Then it refuses one, or is gone for good as after a crash: a write leaves
// half.
class EndingDisk final : public SpoolDisk {
 public:
  EndingDisk(int steps, Ending ending) : steps_(steps), ending_(ending) {}

  Result<void> make_folder(const std::string& path) override {
    return ends() ? refusal() : SpoolDisk::make_folder(path);
  }
  Result<UniqueFd> create(const std::string& path) override {
    if (ends()) return refusal().error();
    return SpoolDisk::create(path);
  }
  Result<void> write(const UniqueFd& file, std::string_view bytes, const std::string& path) override {
    if (!ends()) return SpoolDisk::write(file, bytes, path);
    if (!ended_before_) static_cast<void>(SpoolDisk::write(file, bytes.substr(0, bytes.size() / 2), path));
    return refusal();
  }
  Result<void> sync(const UniqueFd& file, const std::string& path) override {
    return ends() ? refusal() : SpoolDisk::sync(file, path);
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return ends() ? refusal() : SpoolDisk::rename(from, to);
  }
  Result<void> sync_folder(const std::string& path) override {
    return ends() ? refusal() : SpoolDisk::sync_folder(path);
  }
  Result<void> remove(const std::string& path) override {
    return ends() ? refusal() : SpoolDisk::remove(path);
  }
  Result<void> write_number(const UniqueFd& file, uint64_t offset, uint32_t number,
                            const std::string& path) override {
    return ends() ? refusal() : SpoolDisk::write_number(file, offset, number, path);
  }

  bool has_ended() const { return ended_; }

 private:
  bool ends() {
    ended_before_ = ended_;
    if (ended_ && ending_ == Ending::kCrash) return true;
    if (ended_ || steps_-- > 0) return false;
    ended_ = true;
    return true;
  }
  static Result<void> refusal() { return os_error(collector::kCannotWrite, EIO, "the disk refused"); }

  int steps_;
  Ending ending_;
  bool ended_ = false;
  bool ended_before_ = false;
};

class SpoolCrashTest : public SpoolFixture {
 protected:
  // Every payload that is there, by any later process, is one that was put, and whole.
  Bodies sound_bodies(const std::set<std::string>& possible) {
    Spool later = spool_of();
    Bodies found = bodies(&later);
    for (const std::string& body : found) EXPECT_TRUE(possible.count(body)) << body.size();
    EXPECT_EQ(later.survey()->set_aside, 0U);  // a crash leaves nothing damaged
    return found;
  }
};

class SpoolEnding : public SpoolCrashTest, public ::testing::WithParamInterface<Ending> {};

TEST_P(SpoolEnding, BetweenAnyTwoStepsOfPutLosesNothingThatWasPromised) {
  bool reached_the_end = false;
  for (int steps = 0; !reached_the_end; ++steps) {
    ASSERT_LT(steps, 50);
    const testing::TemporaryDirectory fresh;
    const std::string folder = fresh / "spool";
    EndingDisk disk(steps, GetParam());
    Spool spool(folder, {}, pace_, disk);
    Bodies promised;
    for (const char* body : {"the first body", "the second body"})
      if (spool.put(payload_of(body)).ok()) promised.emplace_back(body);
    reached_the_end = !disk.has_ended();
    Spool later(folder, {}, pace_);
    Bodies found = bodies(&later);
    std::sort(found.begin(), found.end());
    EXPECT_TRUE(std::includes(found.begin(), found.end(), promised.begin(), promised.end())) << steps;
    EXPECT_EQ(later.survey()->set_aside, 0U);
    // A refusal, unlike a crash, leaves nothing of what was not promised.
    if (GetParam() == Ending::kOneRefusal) {
      EXPECT_EQ(found, promised) << steps;
    }
  }
}

TEST_P(SpoolEnding, BetweenAnyTwoStepsOfADeliveryKeepsOrRemovesButNeverHalves) {
  bool reached_the_end = false;
  for (int steps = 0; !reached_the_end; ++steps) {
    ASSERT_LT(steps, 50);
    const testing::TemporaryDirectory fresh;
    const std::string folder = fresh / "spool";
    Spool before(folder, {}, pace_);
    put(&before, "delivered");
    put(&before, "refused");
    put(&before, "kept");
    EndingDisk disk(steps, GetParam());
    Spool spool(folder, {}, pace_, disk);
    const Bodies waiting = names(&spool);
    const bool done = spool.claim(waiting[0])->claim->delivered().ok();
    const bool aside = spool.claim(waiting[1])->claim->set_aside("status 400").ok();
    static_cast<void>(spool.claim(waiting[2])->claim->failed());
    reached_the_end = !disk.has_ended();
    Spool later(folder, {}, pace_);
    const Bodies found = bodies(&later);
    EXPECT_TRUE(std::count(found.begin(), found.end(), "kept") == 1) << steps;
    const auto refused = static_cast<uint64_t>(std::count(found.begin(), found.end(), "refused"));
    EXPECT_EQ(refused + later.survey()->set_aside, 1U) << steps;  // in one place, and only in one
    if (done) {
      EXPECT_EQ(std::count(found.begin(), found.end(), "delivered"), 0) << steps;
    }
    if (aside) {
      EXPECT_EQ(refused, 0U) << steps;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Endings, SpoolEnding, ::testing::Values(Ending::kCrash, Ending::kOneRefusal),
                         [](const auto& ending) {
                           return ending.param == Ending::kCrash ? "Crash" : "OneRefusal";
                         });

std::string numbered_body(int number) {
  return std::to_string(number) + ":" + std::string(20'000, static_cast<char>('a' + number % 26));
}

TEST_F(SpoolCrashTest, WritersKilledAtRandomPointsLoseNothingThatTheyPromised) {
  std::minstd_rand random(20'250'101);
  std::set<std::string> possible;
  std::set<std::string> promised;
  for (int round = 0; round < 40; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      Spool spool = spool_of();
      for (int number = round * 100;; ++number) {
        if (!spool.put(payload_of(numbered_body(number))).ok()) ::_exit(1);
        if (::write(pipe[1], &number, sizeof number) != static_cast<ssize_t>(sizeof number)) ::_exit(1);
        if (number == round * 100 + 99) ::pause();
      }
    }
    ::close(pipe[1]);
    int first = 0;  // every other writer is killed only after it has promised something
    if (round % 2 == 1 && ::read(pipe[0], &first, sizeof first) == static_cast<ssize_t>(sizeof first))
      promised.insert(numbered_body(first));
    ::usleep(random() % 4000);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    for (int number = round * 100; number < round * 100 + 100; ++number)
      possible.insert(numbered_body(number));
    for (int number = 0; ::read(pipe[0], &number, sizeof number) == static_cast<ssize_t>(sizeof number);)
      promised.insert(numbered_body(number));
    ::close(pipe[0]);
  }
  const Bodies found = sound_bodies(possible);
  for (const std::string& body : promised) EXPECT_EQ(std::count(found.begin(), found.end(), body), 1);
  EXPECT_GE(promised.size(), 20U);
}

// What an intake has taken, of all processes: the numbers at the beginnings of bodies, in a file.
class TakingHttp final : public HttpClient {
 public:
  explicit TakingHttp(const std::string& path)
      : file_(::open(path.c_str(), O_CREAT | O_APPEND | O_WRONLY, 0600)) {}
  ~TakingHttp() override { ::close(file_); }
  HttpAnswer perform(const HttpRequest& request) override {
    const std::string line = std::string(request.body.substr(0, request.body.find(':'))) + "\n";
    HttpAnswer answer;
    answer.status = ::write(file_, line.data(), line.size()) > 0 ? 202 : 500;
    return answer;
  }

 private:
  int file_;
};

std::map<std::string, int> taken_of(const std::string& path) {
  std::map<std::string, int> taken;
  const std::vector<std::byte> bytes = testing::read_bytes(path);
  std::string line;
  for (const std::byte byte : bytes) {
    if (static_cast<char>(byte) == '\n') {
      ++taken[line];
      line.clear();
    } else {
      line += static_cast<char>(byte);
    }
  }
  return taken;
}

IntakeAddress some_intake() {
  IntakeAddress address;
  address.mode = IntakeMode::kAgentless;
  address.base_url = "http://127.0.0.1:1";
  return address;
}

Payload plain_route(int number) {
  // This route's bodies are never packed.
  return {Route::kPackfile, "multipart/form-data; boundary=x", Encoding::kPlain, numbered_body(number)};
}

void ship_all(const std::string& folder, const Clock& clock, const std::string& log) {
  TakingHttp http(log);
  FakePace pace;
  IntakeClient client(some_intake(), *ApiKey::from("0123456789"), &http, &pace);
  Spool spool(folder, {}, clock);
  static_cast<void>(ship_waiting(&client, &spool));
}

TEST_F(SpoolCrashTest, TwoShippersAtOnceSendEachPayloadOnce) {
  Spool spool = spool_of();
  for (int number = 0; number < 80; ++number) ASSERT_TRUE(spool.put(plain_route(number)).ok());
  const std::string log = directory_ / "taken";
  std::vector<pid_t> children;
  for (int shipper = 0; shipper < 4; ++shipper) {
    children.push_back(::fork());
    if (children.back() == 0) {
      ship_all(folder(), pace_, log);
      ::_exit(0);
    }
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  const std::map<std::string, int> taken = taken_of(log);
  EXPECT_EQ(taken.size(), 80U);
  for (const auto& [number, times] : taken) EXPECT_EQ(times, 1) << number;
  EXPECT_EQ(names(&spool), Bodies{});
}

TEST_F(SpoolCrashTest, AShipperKilledAtARandomPointLeavesTheRestToTheNext) {
  std::minstd_rand random(7);
  Spool spool = spool_of();
  for (int number = 0; number < 120; ++number) ASSERT_TRUE(spool.put(plain_route(number)).ok());
  const std::string log = directory_ / "taken";
  constexpr int kKills = 20;
  for (int round = 0; round < kKills; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      ship_all(folder(), pace_, log);
      ::_exit(0);
    }
    ::usleep(random() % 2000);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  ship_all(folder(), pace_, log);
  const std::map<std::string, int> taken = taken_of(log);
  EXPECT_EQ(taken.size(), 120U);
  int twice = 0;
  for (const auto& [number, times] : taken) twice += times - 1;
  EXPECT_LE(twice,
            kKills * 3);  // those whose acknowledgement a killed process had not noted: one per connection
  EXPECT_EQ(names(&spool), Bodies{});
}

}  // namespace
}  // namespace alibi::transport
