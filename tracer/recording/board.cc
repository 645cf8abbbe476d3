#include "tracer/recording/board.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <new>

namespace alibi::recording {
namespace {

constexpr size_t kLongestName = 63;

enum State : uint32_t { kFree = 0, kBeingMade = 1, kTests = 2, kProgram = 3 };

}  // namespace

struct Board::Slot {
  pthread_mutex_t alive;
  std::atomic<uint32_t> state;
  // Written before the state says what the slot is.
  char shard[kLongestName + 1];
  char cause_shard[kLongestName + 1];
  uint32_t cause_slot;
  uint32_t cause_context;
  std::atomic<uint32_t> open_count;
  std::atomic<uint32_t> open[kMostOpen];
};

struct Board::Page {
  shard::BoardHeader header;
  Slot slots[kSlots];
  std::atomic_ref<uint64_t> magic() { return std::atomic_ref(header.magic); }
  std::atomic_ref<uint32_t> used() { return std::atomic_ref(header.used); }  // slots from here on are unused
};

namespace {

bool prepare(pthread_mutex_t* mutex) {
  pthread_mutexattr_t attributes;
  if (::pthread_mutexattr_init(&attributes) != 0) return false;
  const bool made = ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0 &&
                    ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0 &&
                    ::pthread_mutex_init(mutex, &attributes) == 0;
  ::pthread_mutexattr_destroy(&attributes);
  return made;
}

// Without waiting: somebody who looked whether it is held may be stopped while he holds it.
bool lock(pthread_mutex_t* mutex) {
  const int locked = ::pthread_mutex_trylock(mutex);
  return locked == 0 || (locked == EOWNERDEAD && ::pthread_mutex_consistent(mutex) == 0);
}

bool copy_name(const std::string& name, char* into) {
  if (name.size() > kLongestName) return false;
  std::memcpy(into, name.c_str(), name.size() + 1);
  return true;
}

}  // namespace

Board::Board(MappedFile memory) : memory_(std::move(memory)) {}

Board::~Board() {
  leave();
}

Board::Page& Board::page() const {
  return *reinterpret_cast<Page*>(memory_.bytes());
}

std::unique_ptr<Board> Board::open(const FileSystem& files, const std::string& directory, Access access) {
  const std::string path = directory + "/" + shard::kBoardName;
  Result<UniqueFd> file = access == Access::kCreate ? files.create(path) : files.open_to_write(path);
  if (!file.ok()) return nullptr;
  if (access == Access::kCreate && !files.allocate(*file, 0, sizeof(Page)).ok()) return nullptr;
  const Result<FileStatus> status = files.status(*file);
  if (!status.ok() || status->size < sizeof(Page)) return nullptr;
  Result<MappedFile> memory = files.map(*file, 0, sizeof(Page));
  if (!memory.ok()) return nullptr;
  std::unique_ptr<Board> board(new (std::nothrow) Board(std::move(memory).value()));
  if (board == nullptr) return nullptr;
  if (access == Access::kJoin)
    return board->page().magic().load() == shard::kBoardMagic ? std::move(board) : nullptr;
  // Once for all: a mutex must not be made anew while anybody may look at it.
  for (Slot& slot : board->page().slots) {
    if (!prepare(&slot.alive)) return nullptr;
  }
  board->page().magic().store(shard::kBoardMagic);
  return board;
}

// A process that is killed here costs the slot, no more.
Board::Slot* Board::claim() {
  Page& all = page();
  for (uint32_t i = 0; i < kSlots; ++i) {
    Slot& slot = all.slots[i];
    if (slot.state.load() != kFree && is_alive(&slot)) continue;
    uint32_t expected = kFree;
    if (!slot.state.compare_exchange_strong(expected, kBeingMade)) continue;
    uint32_t used = all.used().load();
    while (used <= i && !all.used().compare_exchange_weak(used, i + 1)) {
    }
    if (lock(&slot.alive)) {
      slot.open_count.store(0);
      return &slot;
    }
    slot.state.store(kFree);
  }
  return nullptr;
}

bool Board::enter_test_process(const std::string& shard) {
  own_ = claim();
  if (own_ == nullptr || !copy_name(shard, own_->shard)) return false;
  open_.clear();
  own_->state.store(kTests);
  return true;
}

bool Board::enter_program(const std::string& shard, const Cause& cause, std::vector<Meeting>* met) {
  own_ = claim();
  if (own_ == nullptr || !copy_name(shard, own_->shard) || !copy_name(cause.shard, own_->cause_shard))
    return false;
  own_->cause_context = cause.context.value;
  own_->cause_slot = kSlots;
  Page& all = page();
  const uint32_t used = std::min<uint32_t>(all.used().load(), kSlots);
  for (uint32_t i = 0; i < used; ++i) {
    const Slot& slot = all.slots[i];
    if (slot.state.load() == kTests && cause.shard == slot.shard) own_->cause_slot = i;
  }
  own_->state.store(kProgram);
  // Born late: by a process that was there before its test, as a server of processes is.
  if (has_outlived_cause(*own_)) meet_all_open(shard, met);
  return true;
}

void Board::leave() {
  if (own_ == nullptr) return;
  own_->state.store(kBeingMade);
  ::pthread_mutex_unlock(&own_->alive);
  own_->state.store(kFree);
  own_ = nullptr;
}

void Board::forget() {
  own_ = nullptr;
}

void Board::count_lost_child() {
  std::atomic_ref(page().header.lost).fetch_add(1);
}

// The slot of a dead process is free again.
bool Board::is_alive(Slot* slot) const {
  const uint32_t state = slot->state.load();
  if (state == kFree) return false;
  if (state == kBeingMade || slot == own_) return true;
  if (!lock(&slot->alive)) return true;
  uint32_t expected = state;
  const bool freed = slot->state.compare_exchange_strong(expected, kBeingMade);
  ::pthread_mutex_unlock(&slot->alive);
  if (freed) slot->state.store(kFree);
  return false;
}

bool Board::is_open(const Slot& of, model::ContextId context) const {
  const uint32_t count = of.open_count.load();
  if (count > kMostOpen) return false;  // not known: whoever asks takes it for over
  for (uint32_t i = 0; i < count; ++i) {
    if (of.open[i].load() == context.value) return true;
  }
  return false;
}

// What runs for the session as a whole is charged to every test as it is.
bool Board::has_outlived_cause(const Slot& program) const {
  const model::ContextId context{program.cause_context};
  if (context == model::kSession || context == model::kUnknownContext) return false;
  if (program.cause_slot >= kSlots) return true;
  Slot& cause = page().slots[program.cause_slot];
  return cause.state.load() != kTests || std::strcmp(cause.shard, program.cause_shard) != 0 ||
         !is_alive(&cause) || !is_open(cause, context);
}

void Board::meet_all_open(const std::string& used_shard, std::vector<Meeting>* met) const {
  Page& all = page();
  const uint32_t used = std::min<uint32_t>(all.used().load(), kSlots);
  for (uint32_t i = 0; i < used; ++i) {
    const Slot& slot = all.slots[i];
    if (slot.state.load() != kTests) continue;
    const uint32_t count = slot.open_count.load();
    if (count > kMostOpen) met->push_back({slot.shard, model::kSession, used_shard});
    for (uint32_t each = 0; each < std::min<uint32_t>(count, kMostOpen); ++each) {
      const model::ContextId context{slot.open[each].load()};
      if (context != model::kSession) met->push_back({slot.shard, context, used_shard});
    }
  }
}

std::vector<uint32_t> Board::processes() const {
  std::vector<uint32_t> found;
  Page& all = page();
  const uint32_t used = std::min<uint32_t>(all.used().load(), kSlots);
  for (uint32_t i = 0; i < used; ++i) {
    Slot& slot = all.slots[i];
    const uint32_t state = slot.state.load();
    if (state != kTests && state != kProgram) continue;
    uint32_t process = 0;  // a shard's name begins with it
    std::from_chars(slot.shard, slot.shard + kLongestName, process);
    if (process != 0 && is_alive(&slot)) found.push_back(process);
  }
  return found;
}

template <typename Visit>
void Board::each_program(Visit visit) const {
  Page& all = page();
  const uint32_t used = std::min<uint32_t>(all.used().load(), kSlots);
  for (uint32_t i = 0; i < used; ++i) {
    Slot& slot = all.slots[i];
    if (slot.state.load() == kProgram) visit(&slot);
  }
}

// First the new contexts are there to be seen, then the others are looked at: of two processes that change at
// the same time, one sees the other (sequentially consistent stores and loads).
void Board::set_contexts(std::span<const uint32_t> open, std::vector<Meeting>* met) {
  if (own_ == nullptr || own_->state.load(std::memory_order_relaxed) != kTests) return;
  std::vector<uint32_t> before(open.begin(), open.end());
  before.swap(open_);
  const auto kept = static_cast<uint32_t>(std::min(open.size(), kMostOpen));
  for (uint32_t i = 0; i < kept; ++i) own_->open[i].store(open[i], std::memory_order_relaxed);
  own_->open_count.store(static_cast<uint32_t>(open.size()));
  const auto has = [](std::span<const uint32_t> list, uint32_t context) {
    return std::find(list.begin(), list.end(), context) != list.end();
  };
  each_program([&](Slot* slot) {
    const bool is_mine = std::strcmp(slot->cause_shard, own_->shard) == 0;
    const bool is_over = is_mine && has(before, slot->cause_context) && !has(open, slot->cause_context);
    if (is_over) {
      if (is_alive(slot)) meet_all_open(slot->shard, met);
      return;
    }
    for (const uint32_t context : open) {
      if (context == model::kSession.value || has(before, context)) continue;
      if (!has_outlived_cause(*slot) || !is_alive(slot)) return;
      met->push_back({own_->shard, model::ContextId{context}, slot->shard});
    }
  });
}

}  // namespace alibi::recording
