#include "collector/store/evidence_unpacker.h"

#include <cstring>
#include <utility>

#include "collector/store/msgpack_counts.h"

namespace alibi::store {
namespace {

using collector::DropCounts;
using collector::Evidence;
using collector::FileLines;
using collector::SessionCoverage;

constexpr uint64_t kAnyNumber = UINT64_MAX;

class Cursor {
 public:
  explicit Cursor(const msgpack_object* array) {
    if (array == nullptr || array->type != MSGPACK_OBJECT_ARRAY) return;
    items_ = array->via.array.ptr;
    count_ = array->via.array.size;
    ok_ = true;
  }

  size_t left() const { return ok_ ? count_ - next_ : 0; }
  bool ok() const { return ok_; }
  bool fail() { return ok_ = false; }

  const msgpack_object* any() {
    if (!ok_ || next_ == count_) {
      ok_ = false;
      return nullptr;
    }
    return &items_[next_++];
  }
  uint64_t number(uint64_t most = kAnyNumber) {
    const msgpack_object* item = any();
    if (item == nullptr || item->type != MSGPACK_OBJECT_POSITIVE_INTEGER || item->via.u64 > most) {
      ok_ = false;
      return 0;
    }
    return item->via.u64;
  }
  uint32_t number32() { return static_cast<uint32_t>(number(UINT32_MAX)); }
  uint8_t number8() { return static_cast<uint8_t>(number(UINT8_MAX)); }
  uint32_t index(size_t size) {
    const uint64_t value = number(UINT32_MAX);
    if (value >= size) ok_ = false;
    return ok_ ? static_cast<uint32_t>(value) : 0;
  }
  int32_t signed_number() {
    const msgpack_object* item = any();
    if (item == nullptr) return 0;
    if (item->type == MSGPACK_OBJECT_POSITIVE_INTEGER && item->via.u64 <= INT32_MAX) {
      return static_cast<int32_t>(item->via.u64);
    }
    if (item->type == MSGPACK_OBJECT_NEGATIVE_INTEGER && item->via.i64 >= INT32_MIN) {
      return static_cast<int32_t>(item->via.i64);
    }
    ok_ = false;
    return 0;
  }
  bool boolean() {
    const msgpack_object* item = any();
    if (item == nullptr || item->type != MSGPACK_OBJECT_BOOLEAN) {
      ok_ = false;
      return false;
    }
    return item->via.boolean;
  }
  std::string text() {
    const msgpack_object* item = any();
    if (item == nullptr || item->type != MSGPACK_OBJECT_STR) {
      ok_ = false;
      return {};
    }
    return {item->via.str.ptr, item->via.str.size};
  }
  Hash128 hash() {
    Hash128 value;
    const msgpack_object* item = any();
    if (item == nullptr || item->type != MSGPACK_OBJECT_BIN || item->via.bin.size != 16) {
      ok_ = false;
      return value;
    }
    std::memcpy(&value.low, item->via.bin.ptr, 8);
    std::memcpy(&value.high, item->via.bin.ptr + 8, 8);
    return value;
  }

  // Calls `read` with a cursor over each array in the next array.
  template <typename Read>
  void each(const Read& read) {
    Cursor list(any());
    if (!list.ok()) ok_ = false;
    while (list.left() != 0) {
      Cursor item(list.any());
      if (item.ok()) read(&item);
      if (!item.ok()) {
        ok_ = false;
        return;
      }
    }
  }
  std::vector<uint32_t> set(size_t size) {
    std::vector<uint32_t> indices;
    Cursor list(any());
    if (!list.ok()) ok_ = false;
    indices.reserve(list.left());
    uint64_t last = 0;
    while (list.left() != 0) {
      const uint64_t step = list.number(UINT32_MAX);
      if (!list.ok() || (step == 0 && !indices.empty()) || last + step >= size) {
        ok_ = false;
        return {};
      }
      last += step;
      indices.push_back(static_cast<uint32_t>(last));
    }
    return indices;
  }

 private:
  const msgpack_object* items_ = nullptr;
  size_t count_ = 0;
  size_t next_ = 0;
  bool ok_ = false;
};

void read_runs(Cursor* runs, Bounds* bounds, std::vector<uint32_t>* lines) {
  uint64_t last = 0;
  while (runs->left() != 0) {
    const uint64_t gap = runs->number(UINT32_MAX);
    const uint64_t length = runs->number(UINT32_MAX);
    const bool overlaps = !lines->empty() && gap < 2;  // a gap of 1 would have been one run
    if (!runs->ok() || overlaps || length == 0 || length > bounds->lines_left ||
        last + gap + length - 1 > UINT32_MAX) {
      runs->fail();
      return;
    }
    bounds->lines_left -= length;
    last += gap;
    for (uint64_t line = last; line < last + length; ++line) lines->push_back(static_cast<uint32_t>(line));
    last += length - 1;
  }
}

std::vector<FileLines> read_lines(Cursor* from, Bounds* bounds) {
  std::vector<FileLines> files;
  from->each([&](Cursor* item) {
    FileLines file;
    file.file = item->index(bounds->files);
    if (!files.empty() && file.file <= files.back().file) item->fail();
    read_runs(item, bounds, &file.lines);
    if (file.lines.empty()) item->fail();
    files.push_back(std::move(file));
  });
  return files;
}

DropCounts read_drops(Cursor* from) {
  DropCounts drops;
  from->each([&](Cursor* item) {
    const uint32_t reason = item->number32();
    collector::add_drop(&drops, reason, item->number());
  });
  return drops;
}

Evidence read_evidence(Cursor* parent, Bounds* bounds) {
  Evidence evidence;
  Cursor from(parent->any());
  evidence.files = read_lines(&from, bounds);
  evidence.units = from.set(bounds->units);
  evidence.inputs = from.set(bounds->inputs);
  evidence.statements = from.set(bounds->statements);
  from.each([&](Cursor* item) {
    collector::StateWrite write;
    write.file = item->index(bounds->files);
    write.kind = collector::StateKind{item->number8()};
    write.name = item->text();
    write.attribute = item->text();
    evidence.state_writes.push_back(std::move(write));
  });
  evidence.drops = read_drops(&from);
  evidence.names = from.set(bounds->names);
  if (!from.ok()) parent->fail();
  return evidence;
}

collector::CodeUnit read_unit(Cursor* item, const Bounds& bounds) {
  collector::CodeUnit unit;
  unit.file = item->index(bounds.files);
  unit.first_line = item->number32();
  unit.span = item->number32();
  unit.kind = collector::CodeKind{item->number8()};
  unit.scope_line = item->number32();
  unit.fingerprint = item->hash();
  unit.qualified_name = item->text();
  unit.names = item->set(bounds.names);
  return unit;
}

collector::SourceFile read_file(Cursor* item, Bounds* bounds) {
  collector::SourceFile file;
  file.path = item->text();
  file.size = item->number();
  file.hash = item->hash();
  const uint64_t flags = item->number(3);
  file.unreadable = (flags & 1) != 0;
  file.edited = (flags & 2) != 0;
  Cursor runs(item->any());
  read_runs(&runs, bounds, &file.lines);
  if (!runs.ok()) item->fail();
  item->each([&](Cursor* entry) {
    const uint32_t line = entry->number32();
    file.functions.push_back(collector::Function{line, entry->text()});
  });
  return file;
}

void read_code_tables(Cursor* from, Bounds* bounds, SessionCoverage* coverage) {
  from->each([&](Cursor* item) { coverage->files.push_back(read_file(item, bounds)); });
  bounds->files = coverage->files.size();
  from->each([&](Cursor* item) {
    collector::NameReference name;
    name.kind = collector::NameKind{item->number8()};
    name.level = static_cast<uint16_t>(item->number(UINT16_MAX));
    name.name = item->text();
    coverage->names.push_back(std::move(name));
  });
  bounds->names = coverage->names.size();
  from->each([&](Cursor* item) { coverage->units.push_back(read_unit(item, *bounds)); });
  bounds->units = coverage->units.size();
}

}  // namespace

UnpackedValue::UnpackedValue(std::string_view raw) {
  msgpack_unpacked_init(&unpacked_);
  if (!counts_hold(raw)) return;
  size_t offset = 0;
  valid_ = msgpack_unpack_next(&unpacked_, raw.data(), raw.size(), &offset) == MSGPACK_UNPACK_SUCCESS;
}

UnpackedValue::~UnpackedValue() {
  msgpack_unpacked_destroy(&unpacked_);
}

bool unpack_session(const msgpack_object* root, SessionCoverage* coverage) {
  Cursor from(root);
  collector::SessionDescription& description = coverage->description;
  description.id = from.text();
  description.started_unix_ns = from.number();
  description.root = from.text();
  description.environment_name = from.text();
  description.command = from.text();
  description.interpreter = from.text();
  description.complete = from.boolean();
  description.exit_status = from.signed_number();
  description.document = from.text();
  from.each([&](Cursor* item) {
    collector::Process process;
    process.shard = item->text();
    process.role = collector::Role{item->number8()};
    process.process_id = item->number32();
    process.worker = item->text();
    process.interpreter = item->text();
    process.strategy = item->text();
    process.closed = item->boolean();
    process.hit_entries = item->number();
    process.uncommitted_entries = item->number();
    coverage->processes.push_back(std::move(process));
  });
  coverage->losses.drops = read_drops(&from);
  from.each([&](Cursor* item) {
    collector::DamagedShard shard;
    shard.shard = item->text();
    shard.cause = item->text();
    shard.torn_bytes = item->number();
    shard.lost = item->boolean();
    coverage->losses.damaged.push_back(std::move(shard));
  });
  return from.ok();
}

bool unpack_tables(const msgpack_object* root, Bounds* bounds, SessionCoverage* coverage) {
  Cursor from(root);
  read_code_tables(&from, bounds, coverage);
  from.each([&](Cursor* item) {
    collector::Input input;
    input.kind = collector::InputKind{item->number8()};
    input.state = collector::InputState{item->number8()};
    input.hash = item->hash();
    input.subject = item->text();
    input.detail = item->text();
    coverage->inputs.push_back(std::move(input));
  });
  bounds->inputs = coverage->inputs.size();
  from.each([&](Cursor* item) {
    collector::Fixture fixture;
    fixture.kind = collector::ContextKind{item->number8()};
    fixture.name = item->text();
    fixture.scope = item->text();
    coverage->fixtures.push_back(std::move(fixture));
  });
  bounds->fixtures = coverage->fixtures.size();
  from.each([&](Cursor* item) {
    collector::ImportedModule module;
    module.module = item->text();
    module.path = item->text();
    coverage->imported.push_back(std::move(module));
  });
  from.each([&](Cursor* item) {
    collector::Distribution distribution;
    distribution.name = item->text();
    distribution.version = item->text();
    distribution.editable = item->boolean();
    Cursor modules(item->any());
    while (modules.left() != 0) distribution.modules.push_back(modules.text());
    if (!modules.ok()) item->fail();
    coverage->distributions.push_back(std::move(distribution));
  });
  return from.ok();
}

bool unpack_statements(const msgpack_object* root, Bounds* bounds, SessionCoverage* coverage) {
  Cursor from(root);
  from.each([&](Cursor* item) {
    collector::Statement statement;
    statement.file = item->index(bounds->files);
    statement.line = item->number32();
    statement.files = read_lines(item, bounds);
    statement.units = item->set(bounds->units);
    statement.imports = item->set(bounds->files);
    statement.names = item->set(bounds->names);
    coverage->statements.push_back(std::move(statement));
  });
  bounds->statements = coverage->statements.size();
  coverage->session = read_evidence(&from, bounds);
  return from.ok();
}

bool unpack_collections(const msgpack_object* root, Bounds* bounds, SessionCoverage* coverage) {
  Cursor from(root);
  while (from.left() != 0) {
    Cursor item(from.any());
    collector::Collection collection;
    collection.name = item.text();
    collection.complete = item.boolean();
    Cursor tests(item.any());
    while (tests.left() != 0) collection.tests.push_back(tests.text());
    collection.evidence = read_evidence(&item, bounds);
    if (!tests.ok() || !item.ok()) return false;
    coverage->collections.push_back(std::move(collection));
  }
  bounds->collections = coverage->collections.size();
  return from.ok();
}

bool unpack_tests(const msgpack_object* root, Bounds* bounds, std::vector<collector::TestCoverage>* tests) {
  Cursor from(root);
  while (from.left() != 0) {
    Cursor item(from.any());
    collector::TestCoverage test;
    test.id = item.text();
    test.outcome = collector::Outcome{item.number8()};
    test.reason = item.text();
    test.duration_ns = item.number();
    test.processes = item.number32();
    test.attempts = item.number32();
    test.complete = item.boolean();
    test.fixtures = item.set(bounds->fixtures);
    test.evidence = read_evidence(&item, bounds);
    if (item.left() != 0) test.collections = item.set(bounds->collections);  // not in the first files
    if (!item.ok()) return false;
    tests->push_back(std::move(test));
  }
  return from.ok();
}

}  // namespace alibi::store
