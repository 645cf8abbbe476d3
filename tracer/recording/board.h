// Which processes of a session are alive, and what its test processes are at: one small file in the session
// directory that all of them map. With it a process that outlives the test (or fixture) it was started in can
// be charged to the tests it meets later: a daemon, a server of a fixture, the workers of a pool.
//
// Used by Session, under its caller's lock; other processes read and write the same memory at any time, so
// all of it is atomic, or written before its slot is published. A slot's process holds a robust mutex: the
// kernel says when it is gone, whatever way it ended, also across process-id namespaces and when its id is
// used again. Never blocks, keeps no descriptor open, calls nobody after fork() in the child but forget().
#ifndef ALIBI_TRACER_RECORDING_BOARD_H_
#define ALIBI_TRACER_RECORDING_BOARD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tracer/base/file_system.h"
#include "tracer/base/mapped_file.h"
#include "tracer/model/ids.h"
#include "tracer/shard/format.h"

namespace alibi::recording {

// The evidence of the process that writes shard `used` belongs to a context of shard `user` too.
struct Meeting {
  std::string user_shard;
  model::ContextId user;
  std::string used_shard;
};

class Board {
 public:
  // Which context of which test process a program (or a forked child) runs for.
  struct Cause {
    std::string shard;
    model::ContextId context;
  };

  // `create`: this process opens the session. Null: there is none, and no way to tell what a process met.
  enum class Access : bool { kCreate, kJoin };
  static std::unique_ptr<Board> open(const FileSystem& files, const std::string& directory, Access access);
  ~Board();
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  // This process writes `shard`. False: no slot is free.
  bool enter_test_process(const std::string& shard);
  bool enter_program(const std::string& shard, const Cause& cause, std::vector<Meeting>* met);
  void leave();   // idempotent
  void forget();  // in a forked child: the slot is the parent's
  // Ids, as they name themselves, of the processes that are alive.
  std::vector<uint32_t> processes() const;
  void count_lost_child();  // any process that has it mapped, whatever it may not do to files

  // Of a test process: the contexts that are open now, in place of those of the last call. Meetings with
  // processes that outlived their cause are added to `met`.
  void set_contexts(std::span<const uint32_t> open, std::vector<Meeting>* met);

  static constexpr size_t kSlots = 512;
  static constexpr size_t kMostOpen = 24;  // contexts of one process; beyond, all of the session is meant

 private:
  struct Slot;
  struct Page;

  explicit Board(MappedFile memory);
  Page& page() const;
  Slot* claim();
  bool is_alive(Slot* slot) const;
  bool is_open(const Slot& of, model::ContextId context) const;
  bool has_outlived_cause(const Slot& program) const;
  void meet_all_open(const std::string& used_shard, std::vector<Meeting>* met) const;
  template <typename Visit>
  void each_program(Visit visit) const;

  MappedFile memory_;
  Slot* own_ = nullptr;
  std::vector<uint32_t> open_;
};

}  // namespace alibi::recording

#endif  // ALIBI_TRACER_RECORDING_BOARD_H_
