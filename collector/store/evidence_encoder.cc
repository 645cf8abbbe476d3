#include "collector/store/evidence_encoder.h"

#include <msgpack.h>
#include <zstd.h>

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "collector/model/error_codes.h"
#include "collector/store/evidence_format.h"
#include "tracer/base/hash.h"

namespace alibi::store {
namespace {

using collector::DropCounts;
using collector::Evidence;
using collector::FileLines;
using collector::SessionCoverage;

// zstd's default: 500,000 lines pack in 10 ms; level 9 saves 8 % for five times the time.
constexpr int kCompressionLevel = 3;

class Packer {
 public:
  Packer() {
    msgpack_sbuffer_init(&buffer_);
    msgpack_packer_init(&packer_, &buffer_, msgpack_sbuffer_write);
  }
  ~Packer() { msgpack_sbuffer_destroy(&buffer_); }
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  void array(size_t count) { check(msgpack_pack_array(&packer_, count)); }
  void number(uint64_t value) { check(msgpack_pack_uint64(&packer_, value)); }
  void signed_number(int64_t value) { check(msgpack_pack_int64(&packer_, value)); }
  void boolean(bool value) { check(value ? msgpack_pack_true(&packer_) : msgpack_pack_false(&packer_)); }
  void text(std::string_view value) {
    check(msgpack_pack_str(&packer_, value.size()));
    check(msgpack_pack_str_body(&packer_, value.data(), value.size()));
  }
  void hash(const Hash128& value) {
    char bytes[16];
    std::memcpy(bytes, &value.low, 8);
    std::memcpy(bytes + 8, &value.high, 8);
    check(msgpack_pack_bin(&packer_, sizeof bytes));
    check(msgpack_pack_bin_body(&packer_, bytes, sizeof bytes));
  }
  void set(const std::vector<uint32_t>& indices) {
    array(indices.size());
    uint32_t last = 0;
    for (uint32_t index : indices) {
      number(index - last);
      last = index;
    }
  }

  bool ok() const { return ok_; }
  std::string_view bytes() const { return {buffer_.data, buffer_.size}; }

 private:
  void check(int status) { ok_ = ok_ && status == 0; }

  msgpack_sbuffer buffer_;
  msgpack_packer packer_;
  bool ok_ = true;  // false: out of memory
};

// Replaces what `runs` holds.
void find_runs(const std::vector<uint32_t>& lines, std::vector<uint32_t>* runs) {
  runs->clear();
  uint32_t last = 0;
  for (size_t begin = 0; begin < lines.size();) {
    size_t end = begin + 1;
    while (end < lines.size() && lines[end] == lines[end - 1] + 1) ++end;
    runs->push_back(lines[begin] - last);
    runs->push_back(static_cast<uint32_t>(end - begin));
    last = lines[end - 1];
    begin = end;
  }
}

void pack_lines(const std::vector<FileLines>& files, Packer* out) {
  out->array(files.size());
  std::vector<uint32_t> runs;
  for (const FileLines& file : files) {
    find_runs(file.lines, &runs);
    out->array(1 + runs.size());
    out->number(file.file);
    for (uint32_t run : runs) out->number(run);
  }
}

void pack_file(const collector::SourceFile& file, Packer* out) {
  out->array(6);
  out->text(file.path);
  out->number(file.size);
  out->hash(file.hash);
  out->number((file.unreadable ? 1U : 0U) | (file.edited ? 2U : 0U));
  std::vector<uint32_t> runs;
  find_runs(file.lines, &runs);
  out->array(runs.size());
  for (uint32_t run : runs) out->number(run);
  out->array(file.functions.size());
  for (const collector::Function& function : file.functions) {
    out->array(2);
    out->number(function.line);
    out->text(function.name);
  }
}

void pack_drops(const DropCounts& drops, Packer* out) {
  out->array(drops.size());
  for (const collector::DropCount& drop : drops) {
    out->array(2);
    out->number(drop.reason);
    out->number(drop.count);
  }
}

void pack_evidence(const Evidence& evidence, Packer* out) {
  out->array(7);
  pack_lines(evidence.files, out);
  out->set(evidence.units);
  out->set(evidence.inputs);
  out->set(evidence.statements);
  out->array(evidence.state_writes.size());
  for (const collector::StateWrite& write : evidence.state_writes) {
    out->array(4);
    out->number(write.file);
    out->number(static_cast<uint8_t>(write.kind));
    out->text(write.name);
    out->text(write.attribute);
  }
  pack_drops(evidence.drops, out);
  out->set(evidence.names);
}

void pack_session(const SessionCoverage& coverage, Packer* out) {
  const collector::SessionDescription& description = coverage.description;
  out->array(12);
  out->text(description.id);
  out->number(description.started_unix_ns);
  out->text(description.root);
  out->text(description.environment_name);
  out->text(description.command);
  out->text(description.interpreter);
  out->boolean(description.complete);
  out->signed_number(description.exit_status);
  out->text(description.document);
  out->array(coverage.processes.size());
  for (const collector::Process& process : coverage.processes) {
    out->array(9);
    out->text(process.shard);
    out->number(static_cast<uint8_t>(process.role));
    out->number(process.process_id);
    out->text(process.worker);
    out->text(process.interpreter);
    out->text(process.strategy);
    out->boolean(process.closed);
    out->number(process.hit_entries);
    out->number(process.uncommitted_entries);
  }
  pack_drops(coverage.losses.drops, out);
  out->array(coverage.losses.damaged.size());
  for (const collector::DamagedShard& shard : coverage.losses.damaged) {
    out->array(4);
    out->text(shard.shard);
    out->text(shard.cause);
    out->number(shard.torn_bytes);
    out->boolean(shard.lost);
  }
}

void pack_code(const SessionCoverage& coverage, Packer* out) {
  out->array(coverage.files.size());
  for (const collector::SourceFile& file : coverage.files) pack_file(file, out);
  out->array(coverage.names.size());
  for (const collector::NameReference& name : coverage.names) {
    out->array(3);
    out->number(static_cast<uint8_t>(name.kind));
    out->number(name.level);
    out->text(name.name);
  }
  out->array(coverage.units.size());
  for (const collector::CodeUnit& unit : coverage.units) {
    out->array(8);
    out->number(unit.file);
    out->number(unit.first_line);
    out->number(unit.span);
    out->number(static_cast<uint8_t>(unit.kind));
    out->number(unit.scope_line);
    out->hash(unit.fingerprint);
    out->text(unit.qualified_name);
    out->set(unit.names);
  }
}

void pack_tables(const SessionCoverage& coverage, Packer* out) {
  out->array(7);
  pack_code(coverage, out);
  out->array(coverage.inputs.size());
  for (const collector::Input& input : coverage.inputs) {
    out->array(5);
    out->number(static_cast<uint8_t>(input.kind));
    out->number(static_cast<uint8_t>(input.state));
    out->hash(input.hash);
    out->text(input.subject);
    out->text(input.detail);
  }
  out->array(coverage.fixtures.size());
  for (const collector::Fixture& fixture : coverage.fixtures) {
    out->array(3);
    out->number(static_cast<uint8_t>(fixture.kind));
    out->text(fixture.name);
    out->text(fixture.scope);
  }
  out->array(coverage.imported.size());
  for (const collector::ImportedModule& module : coverage.imported) {
    out->array(2);
    out->text(module.module);
    out->text(module.path);
  }
  out->array(coverage.distributions.size());
  for (const collector::Distribution& distribution : coverage.distributions) {
    out->array(4);
    out->text(distribution.name);
    out->text(distribution.version);
    out->boolean(distribution.editable);
    out->array(distribution.modules.size());
    for (const std::string& module : distribution.modules) out->text(module);
  }
}

void pack_statements(const SessionCoverage& coverage, Packer* out) {
  out->array(2);
  out->array(coverage.statements.size());
  for (const collector::Statement& statement : coverage.statements) {
    out->array(6);
    out->number(statement.file);
    out->number(statement.line);
    pack_lines(statement.files, out);
    out->set(statement.units);
    out->set(statement.imports);
    out->set(statement.names);
  }
  pack_evidence(coverage.session, out);
}

void pack_test(const collector::TestCoverage& test, Packer* out) {
  out->array(10);
  out->text(test.id);
  out->number(static_cast<uint8_t>(test.outcome));
  out->text(test.reason);
  out->number(test.duration_ns);
  out->number(test.processes);
  out->number(test.attempts);
  out->boolean(test.complete);
  out->set(test.fixtures);
  pack_evidence(test.evidence, out);
  out->set(test.collections);
}

void pack_collection(const collector::Collection& collection, Packer* out) {
  out->array(4);
  out->text(collection.name);
  out->boolean(collection.complete);
  out->array(collection.tests.size());
  for (const std::string& test : collection.tests) out->text(test);
  pack_evidence(collection.evidence, out);
}

uint64_t count_lines(const Evidence& evidence) {
  uint64_t lines = 0;
  for (const FileLines& file : evidence.files) lines += file.lines.size();
  return lines;
}

class FileBuilder {
 public:
  FileBuilder() : compressor_(ZSTD_createCCtx(), ZSTD_freeCCtx) { bytes_.resize(sizeof(EvidenceHeader)); }

  Result<void> add(SectionKind kind, size_t items, const Packer& body) {
    const std::string_view raw = body.bytes();
    if (!body.ok() || compressor_ == nullptr)
      return Error{ErrorCode::kOutOfMemory, 0, "memory ran out while packing evidence"};
    if (raw.size() > kMostRawBytes) {
      return Error{collector::kCannotWrite, 0, "evidence of one section is larger than 1 GiB"};
    }
    const size_t start = bytes_.size();
    bytes_.resize(start + sizeof(SectionHeader) + ZSTD_compressBound(raw.size()));
    char* into = bytes_.data() + start + sizeof(SectionHeader);
    const size_t packed = ZSTD_compressCCtx(compressor_.get(), into, ZSTD_compressBound(raw.size()),
                                            raw.data(), raw.size(), kCompressionLevel);
    if (ZSTD_isError(packed) != 0) {
      return Error{collector::kCannotWrite, 0,
                   std::string("cannot compress evidence: ") + ZSTD_getErrorName(packed)};
    }
    SectionHeader header{static_cast<uint32_t>(kind),
                         static_cast<uint32_t>(items),
                         packed,
                         raw.size(),
                         hash64(into, packed, static_cast<uint32_t>(kind)),
                         0};
    header.checksum = hash64(&header, offsetof(SectionHeader, checksum), sections_);
    std::memcpy(bytes_.data() + start, &header, sizeof header);
    bytes_.resize(start + sizeof header + packed);
    bytes_.resize((bytes_.size() + kSectionAlignment - 1) / kSectionAlignment * kSectionAlignment);
    ++sections_;
    return {};
  }

  std::string finish() {
    EvidenceHeader header{kEvidenceMagic, kEvidenceVersion, sections_, 0, 0};
    header.checksum = hash64(&header, offsetof(EvidenceHeader, checksum));
    std::memcpy(bytes_.data(), &header, sizeof header);
    return std::move(bytes_);
  }

 private:
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> compressor_;
  std::string bytes_;
  uint32_t sections_ = 0;
};

// Tests or collections, as many sections as they need.
template <typename Item>
Result<void> add_all(SectionKind kind, const std::vector<Item>& items, void (*pack)(const Item&, Packer*),
                     FileBuilder* file) {
  for (size_t begin = 0; begin < items.size();) {
    size_t end = begin;
    for (uint64_t lines = 0; end < items.size() && end - begin < kTestsPerSection; ++end) {
      lines += count_lines(items[end].evidence);
      if (lines > kLinesPerSection && end != begin) break;
    }
    Packer body;
    body.array(end - begin);
    for (size_t index = begin; index < end; ++index) pack(items[index], &body);
    if (Result<void> added = file->add(kind, end - begin, body); !added) return added;
    begin = end;
  }
  return {};
}

}  // namespace

Result<std::string> encode_evidence(const SessionCoverage& coverage) {
  FileBuilder file;
  Packer session;
  pack_session(coverage, &session);
  Result<void> added = file.add(SectionKind::kSession, coverage.processes.size(), session);
  if (!added) return std::move(added).error();
  Packer tables;
  pack_tables(coverage, &tables);
  added = file.add(SectionKind::kTables, coverage.files.size(), tables);
  if (!added) return std::move(added).error();
  Packer statements;
  pack_statements(coverage, &statements);
  added = file.add(SectionKind::kStatements, coverage.statements.size(), statements);
  if (!added) return std::move(added).error();
  added = add_all(SectionKind::kCollections, coverage.collections, &pack_collection, &file);
  if (!added) return std::move(added).error();
  added = add_all(SectionKind::kTests, coverage.tests, &pack_test, &file);
  if (!added) return std::move(added).error();
  return file.finish();
}

}  // namespace alibi::store
