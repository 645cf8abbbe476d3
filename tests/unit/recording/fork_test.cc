// Forked children: each makes a shard of its own, at its first record, and never touches its parent's.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "tests/support/child_process.h"
#include "tests/unit/recording/session_fixture.h"

namespace alibi::recording {
namespace {

using testing::run_in_child;

class Fork : public SessionFixture {
 protected:
  void SetUp() override {
    open();
    define();
    context_ = begin_test("t::parent");
    hit(1);
    parent_ = listed().shards.at(0);
  }
  // The one shard that is not the parent's.
  shard::Shard child_shard() const {
    for (const std::string& name : listed().shards) {
      if (name != parent_) return read(name);
    }
    ADD_FAILURE() << "the child made no shard";
    return read(parent_);
  }

  uint32_t context_ = 0;
  std::string parent_;
};

TEST_F(Fork, AChildMakesAShardOfItsOwnAndKeepsEverythingOverExit) {
  const auto before = testing::read_bytes(shards() + "/" + parent_);
  ASSERT_EQ(run_in_child([&] {
              hit(2);
              hit(3);
              return 0;
            }),
            0);
  EXPECT_EQ(testing::read_bytes(shards() + "/" + parent_), before);
  const shard::Shard child = child_shard();
  EXPECT_FALSE(child.losses.damaged());
  EXPECT_EQ(child.process.role, model::Role::kChild);
  EXPECT_EQ(child.process.parent_pid, static_cast<uint32_t>(::getpid()));
  EXPECT_EQ(child.process.parent_shard, parent_);
  EXPECT_EQ(child.process.root, "/project");
  EXPECT_EQ(child.header.session_id, 77u);
  EXPECT_EQ(entries_of(child), (std::vector<uint32_t>{switch_to(context_), 2, 3}));
}

TEST_F(Fork, AChildThatRecordsNothingMakesNoShard) {
  EXPECT_EQ(run_in_child([&] { return 0; }), 0);
  EXPECT_EQ(run_in_child([&] { return session_->close().ok() ? 0 : 1; }), 0);
  EXPECT_EQ(testing::names_in(shards()), (std::vector<std::string>{parent_, "board"}));
}

TEST_F(Fork, AChildInheritsExactlyTheDefinitionsOfBefore) {
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char byte = 0;
    if (::read(go[0], &byte, 1) != 1) ::_exit(1);  // the parent goes on defining first
    const uint32_t own = begin_test("t::child");
    hit(4);
    ::_exit(own == context_ + 1 && end_test(own).ok() && session_->close().ok() ? 0 : 2);
  }
  const uint32_t later = begin_test("t::parent later");
  EXPECT_EQ(later, context_ + 1);  // the same number: each shard counts for itself
  ASSERT_EQ(::write(go[1], "x", 1), 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);

  const shard::Shard shard = child_shard();
  const shard::DefinitionCounts inherited = read(parent_).definitions_before(shard.process.parent_bytes);
  EXPECT_EQ(inherited.files, 1u);
  EXPECT_EQ(inherited.codes, 1u);
  EXPECT_EQ(inherited.contexts, 1u);
  ASSERT_EQ(shard.contexts.size(), 1u);
  EXPECT_EQ(shard.contexts[0].name, "t::child");
  EXPECT_EQ(entries_of(shard), (std::vector<uint32_t>{switch_to(context_), switch_to(context_ + 1), 4}));
  EXPECT_TRUE(shard.closed.has_value());
  EXPECT_FALSE(shard.losses.damaged());
}

TEST_F(Fork, AChildOfAChildNamesTheNearestShard) {
  ASSERT_EQ(run_in_child([&] {
              hit(2);
              return run_in_child([&] {
                hit(3);
                return 0;
              });
            }),
            0);
  const shard::SessionFiles files = listed();
  ASSERT_EQ(files.shards.size(), 3u);
  std::string middle;
  for (const std::string& name : files.shards) {
    if (read(name).process.parent_shard == parent_) middle = name;
  }
  int grandchildren = 0;
  for (const std::string& name : files.shards) {
    const shard::Shard shard = read(name);
    if (shard.process.parent_shard != middle) continue;
    ++grandchildren;
    EXPECT_EQ(entries_of(shard), (std::vector<uint32_t>{switch_to(context_), 3}));
  }
  EXPECT_EQ(grandchildren, 1);
}

TEST_F(Fork, AChildOfASilentChildNamesTheGrandparent) {
  ASSERT_EQ(run_in_child([&] {
              return run_in_child([&] {
                hit(3);
                return 0;
              });
            }),
            0);
  EXPECT_EQ(listed().shards.size(), 2u);
  EXPECT_EQ(child_shard().process.parent_shard, parent_);
  EXPECT_EQ(entries_of(child_shard()), (std::vector<uint32_t>{switch_to(context_), 3}));
}

TEST_F(Fork, WithinAnImportTheChildGoesOnWithTheStatement) {
  hit(shard::kConcurrentImport);
  hit(statement(7));
  hit(8);
  ASSERT_EQ(run_in_child([&] {
              hit(9);
              return 0;
            }),
            0);
  EXPECT_EQ(entries_of(child_shard()),
            (std::vector<uint32_t>{switch_to(context_), shard::kConcurrentImport, statement(7), 9}));
}

TEST_F(Fork, TheContextIsKnownEvenWhenItsSwitchLiesBlocksBack) {
  for (uint32_t i = 0; i < 3 * shard::kHitBlockEntries; ++i) hit(1 + i % 100);
  ASSERT_EQ(run_in_child([&] {
              hit(9);
              return 0;
            }),
            0);
  EXPECT_EQ(entries_of(child_shard()), (std::vector<uint32_t>{switch_to(context_), 9}));
}

TEST_F(Fork, TheContextIsThatOfTheForkWhateverTheParentDoesNext) {
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char byte = 0;
    if (::read(go[0], &byte, 1) != 1) ::_exit(1);
    hit(9);
    ::_exit(0);
  }
  for (uint32_t i = 0; i < 2 * shard::kHitBlockEntries; ++i)
    hit(switch_to(0));  // fills the inherited block too
  ASSERT_EQ(::write(go[1], "x", 1), 1);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(entries_of(child_shard()), (std::vector<uint32_t>{switch_to(context_), 9}));
}

TEST_F(Fork, InAThreadMakesAShardToo) {
  std::thread([&] {
    EXPECT_EQ(run_in_child([&] {
                hit(2);
                return 0;
              }),
              0);
  }).join();
  EXPECT_EQ(entries_of(child_shard()), (std::vector<uint32_t>{switch_to(context_), 2}));
}

TEST_F(Fork, AnyRecordOpensTheChildsShard) {
  ASSERT_EQ(run_in_child([&] {
              session_->drop({context_}, static_cast<uint32_t>(model::DropReason::kInput), 3);
              return 0;
            }),
            0);
  ASSERT_EQ(child_shard().drops.size(), 1u);
  EXPECT_EQ(child_shard().drops[0].count, 3u);
}

TEST_F(Fork, AStrategyChosenInTheChildIsInItsFirstRecord) {
  ASSERT_EQ(run_in_child([&] { return session_->set_strategy("trace").ok() ? 0 : 1; }), 0);
  EXPECT_EQ(listed().shards.size(), 1u);
  ASSERT_EQ(run_in_child([&] {
              if (!session_->set_strategy("trace").ok()) return 1;
              return session_->after_fork().ok() ? 0 : 2;
            }),
            0);
  EXPECT_EQ(child_shard().process.strategy, "trace");
}

TEST_F(Fork, AfterForkIsHarmlessElsewhere) {
  EXPECT_TRUE(session_->after_fork().ok());
  EXPECT_EQ(listed().shards.size(), 1u);
  hit(2);
  EXPECT_EQ(entries_of(read(parent_)), (std::vector<uint32_t>{switch_to(context_), 1, 2}));
}

TEST_F(Fork, ATestMayEndInTheChildThatItBecame) {
  ASSERT_EQ(run_in_child([&] {
              hit(2);
              return end_test(context_).ok() && session_->close().ok() ? 0 : 1;
            }),
            0);
  const shard::Shard child = child_shard();
  ASSERT_EQ(child.test_ends.size(), 1u);
  EXPECT_EQ(child.test_ends[0].context.value, context_);
  EXPECT_FALSE(child.losses.damaged());
}

TEST_F(Fork, AChildThatCannotMakeItsShardLeavesWord) {
  ASSERT_EQ(run_in_child([&] {
              files_.refuse_create = true;
              for (int i = 0; i < 100; ++i) hit(2);
              return session_->drop_count(static_cast<uint32_t>(model::DropReason::kFork)) == 1 ? 0 : 1;
            }),
            0);
  const shard::SessionFiles files = listed();
  EXPECT_EQ(files.shards, (std::vector<std::string>{parent_}));
  ASSERT_EQ(files.lost.size(), 1u);
  hit(5);
  EXPECT_EQ(entries_of(read(parent_)), (std::vector<uint32_t>{switch_to(context_), 1, 5}));
}

TEST_F(Fork, ChildrenOfAForeseenForkWriteIntoOneFile) {
  for (uint32_t i = 0; i < 5; ++i) {
    session_->before_fork();
    ASSERT_EQ(run_in_child([&] {
                hit(2 + i);
                return 0;
              }),
              0);
  }
  const shard::SessionFiles files = listed();
  ASSERT_EQ(files.shards.size(), 6u);
  std::set<uint32_t> hits;
  for (const std::string& name : files.shards) {
    if (name == parent_) continue;
    const shard::Shard child = read(name);
    EXPECT_FALSE(child.losses.damaged());
    EXPECT_EQ(child.process.parent_shard, parent_);
    EXPECT_EQ(name.substr(0, name.find('-')), std::to_string(child.header.process_id));
    hits.insert(entries_of(child).at(1));
  }
  EXPECT_EQ(hits, (std::set<uint32_t>{2, 3, 4, 5, 6}));
  // Parent, board, the first child, and the nursery of all others.
  EXPECT_EQ(testing::names_in(shards()).size(), 4u);
}

TEST_F(Fork, OneForkMakesNoNursery) {
  session_->before_fork();
  ASSERT_EQ(run_in_child([&] { return 0; }), 0);
  EXPECT_EQ(testing::names_in(shards()), (std::vector<std::string>{parent_, "board"}));
}

TEST_F(Fork, ANurseryThatIsFullIsFollowedByAnother) {
  for (uint32_t i = 0; i < 100; ++i) {
    session_->before_fork();
    ASSERT_EQ(run_in_child([&] {
                hit(2);
                return 0;
              }),
              0);
  }
  EXPECT_EQ(listed().shards.size(), 101u);
  EXPECT_EQ(testing::names_in(shards()).size(), 3u + 3u);  // of 31, 62 and 124 places
}

TEST_F(Fork, WhereNoNurseryCanBeMadeChildrenMakeFiles) {
  files_.refuse_create = true;
  for (int i = 0; i < 3; ++i) session_->before_fork();
  files_.refuse_create = false;
  session_->before_fork();  // not tried again
  ASSERT_EQ(run_in_child([&] {
              hit(2);
              return 0;
            }),
            0);
  EXPECT_EQ(entries_of(child_shard()), (std::vector<uint32_t>{switch_to(context_), 2}));
  EXPECT_EQ(testing::names_in(shards()).size(), 3u);
}

TEST_F(Fork, ChildrenOfChildrenUseTheirNurseryAndMakeTheirOwn) {
  session_->before_fork();
  session_->before_fork();
  ASSERT_EQ(run_in_child([&] {
              hit(2);
              for (uint32_t i = 0; i < 40; ++i) {
                session_->before_fork();
                const int status = run_in_child([&] {
                  hit(3);
                  return 0;
                });
                if (status != 0) return status;
              }
              for (uint32_t i = 0; i < 2000; ++i) hit(4);  // its own shard is as sound as ever
              return session_->close().ok() ? 0 : 1;
            }),
            0);
  const shard::SessionFiles files = listed();
  ASSERT_EQ(files.shards.size(), 42u);
  std::string middle;
  for (const std::string& name : files.shards) {
    if (read(name).process.parent_shard == parent_) middle = name;
  }
  const shard::Shard child = read(middle);
  EXPECT_FALSE(child.losses.damaged());
  EXPECT_EQ(entries_of(child).size(), 2002u);
  for (const std::string& name : files.shards) {
    if (name == middle || name == parent_) continue;
    const shard::Shard grandchild = read(name);
    EXPECT_EQ(grandchild.process.parent_shard, middle);
    EXPECT_EQ(entries_of(grandchild), (std::vector<uint32_t>{switch_to(context_), 3}));
  }
}

TEST_F(Fork, AChildThatIsKilledAtAnyInstantKeepsWhatItSaidItHad) {
  std::mt19937 random(7);
  auto* const said = static_cast<std::atomic<uint32_t>*>(::mmap(
      nullptr, sizeof(std::atomic<uint32_t>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(said, MAP_FAILED);
  session_->before_fork();
  for (int round = 0; round < 150; ++round) {
    said->store(0);
    session_->before_fork();
    const pid_t child = ::fork();
    if (child == 0) {
      for (uint32_t i = 1;; ++i) {
        hit(1 + i % 100);
        said->store(i);
        if (i % 8 == 0) static_cast<void>(session_->record_imported({std::to_string(i), "/m.py"}));
      }
    }
    ::usleep(random() % 1500);
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    const auto shard = shard_of(child);
    if (said->load() == 0) continue;
    ASSERT_TRUE(shard.has_value());
    EXPECT_FALSE(shard->losses.damaged()) << shard->losses.torn_bytes << " bytes torn";
    const std::vector<uint32_t> entries = entries_of(*shard);
    ASSERT_GE(entries.size(), 1 + said->load());
    for (uint32_t i = 1; i < entries.size(); ++i) ASSERT_EQ(entries[i], 1 + i % 100);
    ASSERT_GE(shard->imported.size(), (said->load() - 1) / 8);
  }
  ::munmap(said, sizeof *said);
}

TEST_F(Fork, ManyChildrenAtOnceDoNotMeet) {
  std::vector<pid_t> children;
  for (uint32_t i = 0; i < 20; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (uint32_t j = 0; j < 5000; ++j) hit(1 + i);
      ::_exit(0);
    }
    children.push_back(child);
    session_->before_fork();
  }
  for (const pid_t child : children) {
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    const auto shard = shard_of(child);
    ASSERT_TRUE(shard.has_value());
    EXPECT_FALSE(shard->losses.damaged());
    EXPECT_EQ(entries_of(*shard).size(), 5001u);
  }
}

TEST(Pids, ThatAreUsedAgainMakeOtherNames) {
  const testing::TemporaryDirectory directory;
  testing::FixedProcess process;
  testing::Stream stream;
  SessionOptions options;
  options.directory = directory.path();
  options.process = &process;
  for (uint64_t start = 1; start <= 3; ++start) {
    process.identity.start_ticks = start;
    auto session = Session::open(options, stream.cursor());
    ASSERT_TRUE(session.ok());
    ASSERT_TRUE((*session)->close().ok());
  }
  EXPECT_EQ(shard::list_session(directory.path())->shards.size(), 3u);
}

}  // namespace
}  // namespace alibi::recording
