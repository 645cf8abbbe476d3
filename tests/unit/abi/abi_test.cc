#include "tracer/abi/alibi.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "tests/support/temporary_directory.h"
#include "tracer/base/unique_fd.h"
#include "tracer/shard/reader.h"

namespace alibi {
namespace {

alibi_text text(std::string_view from) {
  return {from.data(), from.size()};
}

class Abi : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.directory = text(directory_.path());
    options_.role = ALIBI_MAIN;
    ASSERT_EQ(alibi_session_open(&options_, &session_, &error_), ALIBI_OK) << error_.message;
    path_ = std::string(alibi_shard_path(session_).bytes);
  }
  void TearDown() override { alibi_session_close(session_, nullptr); }
  shard::Shard close_and_read() {
    EXPECT_EQ(alibi_session_close(session_, &error_), ALIBI_OK);
    session_ = nullptr;
    auto shard = shard::Shard::read(path_);
    EXPECT_TRUE(shard.ok());
    EXPECT_FALSE(shard->losses.damaged());
    return std::move(shard).value();
  }
  uint32_t define_test() {
    uint32_t context = 0;
    EXPECT_EQ(alibi_define_context(session_, ALIBI_CONTEXT_TEST, 0, text("t"), {}, &context, &error_),
              ALIBI_OK);
    return context;
  }

  const testing::TemporaryDirectory directory_;
  alibi_session_options options_{};
  alibi_session* session_ = nullptr;
  alibi_error error_{};
  std::string path_;
};

TEST_F(Abi, TranslatesEveryKindOfRecord) {
  ASSERT_EQ(alibi_set_strategy(session_, text("slots")), ALIBI_OK);
  uint32_t file = 0;
  ASSERT_EQ(alibi_define_file(session_, text("/p/a.py"), &file, nullptr), ALIBI_OK);
  const alibi_code code{file, 7, 3, 6, ALIBI_CODE_CLASS_BODY, {11, 12}, text("C")};
  uint32_t base = 0;
  ASSERT_EQ(alibi_define_code(session_, &code, &base, nullptr), ALIBI_OK);
  const alibi_name name{ALIBI_NAME_IMPORT, 2, text("sibling")};
  ASSERT_EQ(alibi_define_names(session_, base, &name, 1), ALIBI_OK);
  const alibi_function function{5, text("C.f")};
  ASSERT_EQ(alibi_define_outline(session_, file, 8, text("\x05"), &function, 1), ALIBI_OK);
  const uint32_t test = define_test();
  ASSERT_EQ(alibi_charge(session_, test, 0), ALIBI_OK);
  const alibi_input input{test,   ALIBI_INPUT_SOCKET,     ALIBI_NO_VALUE,
                          {1, 2}, text("example.org:80"), text("connect")};
  ASSERT_EQ(alibi_record_input(session_, &input), ALIBI_OK);
  ASSERT_EQ(alibi_record_state_write(session_, test, file, ALIBI_STATE_CACHED_FUNCTION, text("f"), text("g")),
            ALIBI_OK);
  ASSERT_EQ(alibi_record_collected(session_, test, text("t")), ALIBI_OK);
  ASSERT_EQ(alibi_record_note(session_, test, text("{}")), ALIBI_OK);
  ASSERT_EQ(alibi_record_imported(session_, text("m"), text("/m.py")), ALIBI_OK);
  alibi_hit_stream* const stream = alibi_hit_stream_of(session_);
  alibi_append_hit(session_, stream, ALIBI_CONTEXT_SWITCH(test));
  alibi_append_hit(session_, stream, ALIBI_STATEMENT(base));
  alibi_append_hit(session_, stream, base + 2);
  ASSERT_EQ(alibi_end_test(session_, test, ALIBI_XPASSED, 12, text("why")), ALIBI_OK);

  const shard::Shard shard = close_and_read();
  EXPECT_EQ(shard.process.strategy, "slots");
  ASSERT_EQ(shard.codes.size(), 1u);
  EXPECT_EQ(shard.codes[0].first_line, 7u);
  EXPECT_EQ(shard.codes[0].scope_line, 6u);
  EXPECT_EQ(shard.codes[0].kind, model::CodeKind::kClassBody);
  EXPECT_EQ(shard.codes[0].fingerprint, (Hash128{11, 12}));
  EXPECT_EQ(shard.names.at(0).names.at(0).level, 2);
  EXPECT_EQ(shard.outlines.at(0).first_line, 8u);
  EXPECT_EQ(shard.outlines.at(0).lines, "\x05");
  EXPECT_EQ(shard.outlines.at(0).functions.at(0).name, "C.f");
  EXPECT_EQ(shard.outlines.at(0).functions.at(0).line, 5u);
  EXPECT_EQ(shard.inputs.at(0).kind, model::InputKind::kSocket);
  EXPECT_EQ(shard.inputs.at(0).detail, "connect");
  EXPECT_EQ(shard.state_writes.at(0).kind, model::StateKind::kCachedFunction);
  EXPECT_EQ(shard.imported.at(0).path, "/m.py");
  EXPECT_EQ(shard.test_ends.at(0).outcome, model::Outcome::kXpassed);
  ASSERT_EQ(shard.hits.size(), 1u);
  EXPECT_EQ(shard.hits[0].entries[2], base + 2);
}

TEST_F(Abi, RefusesNumbersOutsideTheirEnumerations) {
  const uint32_t test = define_test();
  uint32_t number = 0;
  for (const int32_t kind : {-1, 0, 1000}) {
    EXPECT_EQ(alibi_define_context(session_, kind, 0, text("x"), {}, &number, &error_),
              ALIBI_INVALID_ARGUMENT);
    EXPECT_EQ(alibi_end_test(session_, test, kind, 0, {}), ALIBI_INVALID_ARGUMENT);
    const alibi_input input{test, kind, ALIBI_PRESENT, {}, text("x"), {}};
    EXPECT_EQ(alibi_record_input(session_, &input), ALIBI_INVALID_ARGUMENT);
    const alibi_input state{test, ALIBI_INPUT_FILE, kind, {}, text("x"), {}};
    EXPECT_EQ(alibi_record_input(session_, &state), ALIBI_INVALID_ARGUMENT);
    EXPECT_EQ(alibi_record_state_write(session_, test, 0, kind, text("x"), {}), ALIBI_INVALID_ARGUMENT);
    const alibi_code code{1, 1, 1, 1, kind, {}, {}};
    EXPECT_EQ(alibi_define_code(session_, &code, &number, &error_), ALIBI_INVALID_ARGUMENT);
    alibi_drop(session_, test, kind, 1);
  }
  const alibi_name level{ALIBI_NAME_IMPORT, 70'000, text("x")};
  EXPECT_EQ(alibi_define_names(session_, 1, &level, 1), ALIBI_INVALID_ARGUMENT);
  EXPECT_TRUE(close_and_read().drops.empty());
}

TEST_F(Abi, RefusesPointersThatAreNotThere) {
  uint32_t number = 0;
  const alibi_text nothing_of_five{nullptr, 5};
  EXPECT_EQ(alibi_define_file(session_, nothing_of_five, &number, &error_), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_define_file(session_, text("/x"), nullptr, &error_), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_define_code(session_, nullptr, &number, &error_), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_define_names(session_, 1, nullptr, 3), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_record_input(session_, nullptr), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_set_strategy(session_, nothing_of_five), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_record_collected(session_, 99, text("t")), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_record_collected(session_, 0, nothing_of_five), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_record_note(session_, 99, text("{}")), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_record_note(session_, 0, nothing_of_five), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_record_imported(session_, nothing_of_five, {}), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_hash_file(session_, nothing_of_five, nullptr), ALIBI_OTHER_STATE);
  alibi_session* second = nullptr;
  EXPECT_EQ(alibi_session_open(nullptr, &second, &error_), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_session_open(&options_, nullptr, &error_), ALIBI_INVALID_ARGUMENT);
}

TEST_F(Abi, KnowsWhereItsProcessesListen) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(socket.fd(), reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  const uint32_t port = ntohs(address.sin_port);
  EXPECT_EQ(alibi_session_listens_at_port(session_, SOCK_STREAM, port), 0);
  ASSERT_EQ(::listen(socket.fd(), 1), 0);
  EXPECT_EQ(alibi_session_listens_at_port(session_, SOCK_STREAM, port), 1);
  EXPECT_EQ(alibi_session_listens_at_port(nullptr, SOCK_STREAM, port), 0);

  const UniqueFd local(::socket(AF_UNIX, SOCK_STREAM, 0));
  const std::string path = directory_.path() + "/socket";
  sockaddr_un named{};
  named.sun_family = AF_UNIX;
  path.copy(named.sun_path, sizeof named.sun_path - 1);
  ASSERT_EQ(::bind(local.fd(), reinterpret_cast<sockaddr*>(&named), sizeof named), 0);
  EXPECT_EQ(alibi_session_listens_at_path(session_, text(path)), 0);
  ASSERT_EQ(::listen(local.fd(), 1), 0);
  EXPECT_EQ(alibi_session_listens_at_path(session_, text(path)), 1);
  EXPECT_EQ(alibi_session_listens_at_path(session_, {}), 0);
}

TEST_F(Abi, CallsWithoutASessionDoNothing) {
  uint32_t number = 0;
  EXPECT_EQ(alibi_session_close(nullptr, nullptr), ALIBI_OK);
  EXPECT_EQ(alibi_session_after_fork(nullptr, &error_), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_hit_stream_of(nullptr), nullptr);
  alibi_hits_full(nullptr, 1);
  alibi_drop(nullptr, 0, ALIBI_DROP_DISK, 1);
  EXPECT_EQ(alibi_drop_count(nullptr, ALIBI_DROP_DISK), 0u);
  EXPECT_EQ(alibi_set_strategy(nullptr, {}), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_define_file(nullptr, text("/x"), &number, &error_), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_charge(nullptr, 0, 0), ALIBI_INVALID_ARGUMENT);
  EXPECT_EQ(alibi_shard_path(nullptr).length, 0u);
}

TEST_F(Abi, ErrorsAreOneLineThatFits) {
  const std::string long_path = "/" + std::string(5000, 'x');
  ASSERT_EQ(alibi_session_close(session_, nullptr), ALIBI_OK);
  session_ = nullptr;
  options_.directory = text(long_path);
  EXPECT_EQ(alibi_session_open(&options_, &session_, &error_), ALIBI_CANNOT_CREATE);
  EXPECT_EQ(session_, nullptr);
  EXPECT_NE(error_.os_error, 0);
  EXPECT_EQ(std::string(error_.message).size(), sizeof error_.message - 1);
}

TEST_F(Abi, TheStreamStaysAtOneAddress) {
  alibi_hit_stream* const before = alibi_hit_stream_of(session_);
  for (uint32_t i = 0; i < 50'000; ++i) alibi_append_hit(session_, before, ALIBI_CONTEXT_SWITCH(0));
  EXPECT_EQ(alibi_hit_stream_of(session_), before);
  EXPECT_EQ(close_and_read().closed->hit_entries, 50'000u);
}

}  // namespace
}  // namespace alibi
