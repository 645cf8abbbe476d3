#include "tests/support/example_shards.h"

#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>

#include "tests/support/doors.h"
#include "tests/support/temporary_directory.h"
#include "tracer/shard/nursery.h"

namespace alibi::testing {
namespace {

using namespace alibi::model;  // NOLINT: the records are all this file is about

constexpr uint64_t kSessionId = 0x5e551014a11b1;

void require(bool done) {
  if (!done) std::abort();
}

void define_project(shard::ShardWriter* writer) {
  FileRecord file;
  file.file = FileId{1};
  file.size = 120;
  file.hash = {0x1111, 0x2222};
  file.path = "/project/module.py";
  require(put(writer, file));
  file.file = FileId{2};
  file.unreadable = true;
  file.size = 0;
  file.hash = {};
  file.path = "/project/na\xc3\xafve \xff.py";  // a name that is no UTF-8 is kept as it is
  require(put(writer, file));

  require(put(writer, CodeRecord{{1}, 10, {1}, 1, CodeKind::kModule, 1, {3, 4}, "<module>"}));
  require(put(writer, CodeRecord{{11}, 3, {1}, 4, CodeKind::kFunction, 3, {5, 6}, "Shape.area"}));
  require(put(writer, NamesRecord{{11},
                                  {{NameKind::kGlobal, 0, "PI"},
                                   {NameKind::kAttribute, 0, "radius"},
                                   {NameKind::kImport, 2, "shapes.base"},
                                   {NameKind::kDotted, 0, "pkg.mod"}}}));
  require(put(writer,
              ContextRecord{{1}, ContextKind::kTest, kSession, "test_shape.py::test_area[\xce\xb1]", ""}));
  require(put(writer, ContextRecord{{2}, ContextKind::kFixture, {1}, "database", "session"}));
}

enum class Size { kMain, kChild, kPlace };

std::vector<std::byte> shard_of(const ProcessRecord& process,
                                const std::function<void(shard::ShardWriter*)>& fill, Size size = Size::kMain,
                                const model::OriginRecord* origin = nullptr) {
  const TemporaryDirectory directory;
  const FixedClock clock;
  Stream stream;
  shard::WriterOptions options;
  options.directory = directory.path();
  options.session_id = kSessionId;
  options.segment_bytes = kSmallSegment;
  options.clock = &clock;
  ProcessIdentity identity = FixedProcess().identity;
  std::unique_ptr<shard::Nursery> nursery;
  std::optional<shard::Place> place;
  if (size == Size::kPlace) {
    auto made = shard::Nursery::create(FileSystem::real(), directory.path(), 0x1234'5678'9abc'0000, 1);
    require(made.ok());
    nursery = std::move(made).value();
    place = nursery->claim();
    identity.start_ticks = 0;
    identity.random = place->random;
  }
  if (size != Size::kMain) {
    options.first_segment_bytes = shard::kChildSegmentBytes;
    options.first_block_entries = shard::kChildHitBlockEntries;
  }
  auto writer = shard::ShardWriter::create(options, identity, stream.cursor(), process, origin,
                                           place ? &*place : nullptr);
  require(writer.ok());
  fill(writer->get());
  if (auto bytes = shard::read_place((*writer)->path());
      bytes.ok() && !FileSystem::real().status((*writer)->path()).ok())
    return *bytes;
  return read_bytes((*writer)->path());
}

ProcessRecord main_process() {
  ProcessRecord process;
  process.parent_pid = 1000;
  process.interpreter = "cpython 3.12.1";
  process.root = "/project";
  return process;
}

ProcessRecord forked_process() {
  ProcessRecord process = main_process();
  process.role = Role::kChild;
  process.parent_shard = "1000-56780-00000000000000aa.shard";
  process.parent_bytes = 9000;
  return process;
}

void hit(shard::ShardWriter* writer, uint32_t entry) {
  require(writer->append_hit(entry).ok());
}

}  // namespace

std::vector<std::byte> main_shard() {
  return shard_of(main_process(), [](shard::ShardWriter* writer) {
    ProcessRecord process = main_process();
    process.role = Role::kWorker;
    process.worker = "gw0";
    process.strategy = "self";
    require(put(writer, process));
    define_project(writer);
    hit(writer, 0xC0000001);  // collection: the module's first statement
    hit(writer, 0x80000001);
    for (uint32_t i = 0; i < shard::kHitBlockEntries; ++i) hit(writer, 11 + i % 3);
    hit(writer, 0xBFFFFFFF);
    require(put(writer, ChargeRecord{{1}, {2}}));
    require(put(writer, InputRecord{{1}, InputKind::kEnvironment, InputState::kPresent, {7, 8}, "HOME", ""}));
    require(
        put(writer, InputRecord{{2}, InputKind::kFile, InputState::kAbsent, {}, "/project/a.json", "open"}));
    require(put(writer, StateWriteRecord{{1}, {1}, StateKind::kClassAttribute, "Shape", "count"}));
    require(put(writer, DropRecord{{1}, 4, 17}));
    require(put(writer, ImportedRecord{"numpy", "/usr/lib/python3/dist-packages/numpy/__init__.py"}));
    require(writer->commit_hits().ok());
    require(put(writer, TestEndRecord{{1}, Outcome::kSkipped, 1'500'000, "no network"}));
    require(writer->close(2).ok());
  });
}

std::vector<std::byte> killed_shard() {
  uint64_t end = 0;
  std::vector<std::byte> bytes = shard_of(main_process(), [&end](shard::ShardWriter* writer) {
    define_project(writer);
    hit(writer, 0x80000001);
    hit(writer, 12);
    require(writer->commit_hits().ok());
    require(put(writer, TestEndRecord{{1}, Outcome::kPassed, 1000, ""}));
    hit(writer, 0x80000002);
    hit(writer, 13);
    end = writer->bytes_written();
  });
  // What a kill leaves in the middle of a store: a payload whose header words are still zero.
  for (size_t i = 0; i < 20; ++i) bytes[end + sizeof(uint64_t) + i] = std::byte{0x5a};
  return bytes;
}

std::vector<std::byte> child_shard() {
  ProcessRecord process = main_process();
  process.role = Role::kChild;
  process.strategy = "self";
  process.parent_shard = "1000-56780-00000000000000aa.shard";
  process.parent_bytes = 12345;
  return shard_of(process, [](shard::ShardWriter* writer) {
    for (const uint32_t entry : {0x80000001u, 0xBFFFFFFFu, 0xC0000002u, 3u}) hit(writer, entry);
    require(put(writer, FileRecord{{3}, false, 1, {1, 1}, "/project/late.py", 0}));
    require(put(writer, CodeRecord{{50}, 5, {3}, 1, CodeKind::kAnonymous, 1, {9, 9}, "f.<locals>.<lambda>"}));
    hit(writer, 54);
  });
}

std::vector<std::byte> outlined_shard() {
  return shard_of(main_process(), [](shard::ShardWriter* writer) {
    define_project(writer);
    require(put(writer, OutlineRecord{{1}, 0, "\x7e\x04", {{4, "Shape.area"}, {10, "Shape.never_called"}}}));
    require(put(writer, OutlineRecord{{2}, 9, "", {}}));
    require(writer->close(2).ok());
  });
}

std::vector<std::byte> collected_shard() {
  return shard_of(main_process(), [](shard::ShardWriter* writer) {
    define_project(writer);
    require(put(writer, ContextRecord{{3}, ContextKind::kCollection, kSession, "test_shape.py", ""}));
    hit(writer, 0x80000003);
    hit(writer, 0xC0000001);
    require(put(writer, CollectedRecord{{3}, "test_shape.py::test_area[\xce\xb1]"}));
    require(put(writer, CollectedRecord{{3}, "test_shape.py::test_deselected"}));
    require(put(writer, ChargeRecord{{1}, {3}}));
    require(writer->commit_hits().ok());
    require(put(writer, TestEndRecord{{3}, Outcome::kPassed, 0, ""}));
    require(writer->close(3).ok());
  });
}

std::vector<std::byte> noted_shard() {
  return shard_of(main_process(), [](shard::ShardWriter* writer) {
    define_project(writer);
    require(put(writer, NoteRecord{kSession, R"({"skipped":"test_shape.py::test_other"})"}));
    require(put(writer, NoteRecord{{1}, R"({"start_ns":1000})"}));
    require(put(writer, NoteRecord{{1}, R"({"start_ns":1000,"status":"pass"})"}));
    require(writer->close(2).ok());
  });
}

std::vector<std::byte> started_shard() {
  ProcessRecord process = main_process();
  process.role = Role::kChild;
  const model::OriginRecord origin{
      {7}, "1000-56780-00000000000000aa.shard", "/usr/bin/python3", "python -m shape"};
  const auto fill = [](shard::ShardWriter* writer) {
    require(put(writer, FileRecord{{1}, false, 1, {1, 1}, "/project/shape.py", 0}));
    require(put(writer, CodeRecord{{1}, 5, {1}, 1, CodeKind::kModule, 1, {9, 9}, "<module>"}));
    for (const uint32_t entry : {0xC0000001u, 2u, 5u}) hit(writer, entry);
    require(put(writer, model::StartedRecord{kSession, 4321, model::Recording::kExpected, "/usr/bin/python3",
                                             "python a"}));
    require(put(writer,
                model::StartedRecord{kSession, 0, model::Recording::kNone, "/usr/bin/git", "git status"}));
    require(put(writer, model::OverlapRecord{"", kSession, "1001-56781-00000000000000ab.shard"}));
    require(put(writer, model::OverlapRecord{"1000-56780-00000000000000aa.shard", {9}, ""}));
    require(writer->close(0).ok());
  };
  return shard_of(process, fill, Size::kChild, &origin);
}

std::vector<std::byte> placed_shard() {
  return shard_of(
      forked_process(),
      [](shard::ShardWriter* writer) {
        hit(writer, 0x80000001);
        hit(writer, 12);
        require(
            put(writer, ContextRecord{{3}, ContextKind::kTest, kSession, "test_shape.py::test_child", ""}));
        hit(writer, 0x80000003);
        hit(writer, 11);
        require(writer->commit_hits().ok());
        require(put(writer, TestEndRecord{{3}, Outcome::kPassed, 1000, ""}));
        require(writer->close(1).ok());
      },
      Size::kPlace);
}

std::vector<std::byte> outgrown_shard() {
  return shard_of(
      forked_process(),
      [](shard::ShardWriter* writer) {
        hit(writer, 0x80000001);
        const std::string path(1500, 'p');
        for (int i = 0; i < 8; ++i) {
          hit(writer, 11 + static_cast<uint32_t>(i) % 3);
          require(put(writer, ImportedRecord{"module" + std::to_string(i), path}));
        }
        require(writer->commit_hits().ok());
        require(put(writer, TestEndRecord{{1}, Outcome::kPassed, 1000, ""}));
      },
      Size::kPlace);
}

std::vector<NamedShard> example_shards() {
  return {{"shard/v2-main.shard", main_shard()},           {"shard/v2-killed.shard", killed_shard()},
          {"shard/v2-child.shard", child_shard()},         {"shard/v2-outlined.shard", outlined_shard()},
          {"shard/v2-collected.shard", collected_shard()}, {"shard/v2-started.shard", started_shard()},
          {"shard/v3-placed.shard", placed_shard()},       {"shard/v3-outgrown.shard", outgrown_shard()}};
}

}  // namespace alibi::testing
