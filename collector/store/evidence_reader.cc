#include "collector/store/evidence_reader.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/store/evidence_unpacker.h"
#include "tracer/base/hash.h"

namespace alibi::store {
namespace {

Error damaged(std::string what) {
  return Error{collector::kNotEvidence, 0, std::move(what)};
}

}  // namespace

Result<std::vector<EvidenceReader::Section>> EvidenceReader::read_frame() {
  EvidenceHeader header{};
  if (bytes_.size() < sizeof header) return damaged("not an evidence file: too short");
  std::memcpy(&header, bytes_.data(), sizeof header);
  if (header.magic != kEvidenceMagic) return damaged("not an evidence file: wrong magic number");
  if (hash64(&header, offsetof(EvidenceHeader, checksum)) != header.checksum)
    return damaged("the header is damaged");
  if (header.version != kEvidenceVersion) {
    return Error{collector::kEvidenceVersion, 0,
                 "made by another version of alibi (format " + std::to_string(header.version) +
                     "; this one reads " + std::to_string(kEvidenceVersion) + ")"};
  }
  std::vector<Section> sections;
  size_t offset = sizeof header;
  for (uint32_t index = 0; index < header.sections && !cut_short_; ++index) {
    SectionHeader section{};
    cut_short_ = bytes_.size() - offset < sizeof section;
    if (cut_short_) break;
    std::memcpy(&section, bytes_.data() + offset, sizeof section);
    offset += sizeof section;
    cut_short_ = hash64(&section, offsetof(SectionHeader, checksum), index) != section.checksum ||
                 section.compressed_bytes > bytes_.size() - offset || section.raw_bytes > kMostRawBytes;
    if (cut_short_) break;
    sections.push_back(Section{offset, section.compressed_bytes, section.raw_bytes, section.body_checksum,
                               SectionKind{section.kind}, section.items});
    const size_t padded =
        (section.compressed_bytes + kSectionAlignment - 1) / kSectionAlignment * kSectionAlignment;
    cut_short_ = padded > bytes_.size() - offset;
    offset += padded;
  }
  if (!cut_short_ && offset != bytes_.size()) return damaged("bytes behind the last section");
  return sections;
}

Result<std::string> EvidenceReader::unpack(const Section& section) const {
  const char* packed = bytes_.data() + section.offset;
  if (hash64(packed, section.compressed_bytes, static_cast<uint32_t>(section.kind)) != section.checksum) {
    return damaged("a section's checksum does not hold");
  }
  // The frame states the size too; a liar would make us reserve for nothing.
  if (ZSTD_getFrameContentSize(packed, section.compressed_bytes) != section.raw_bytes) {
    return damaged("a section's size does not hold");
  }
  std::string raw(section.raw_bytes, '\0');
  const size_t unpacked = ZSTD_decompress(raw.data(), raw.size(), packed, section.compressed_bytes);
  if (ZSTD_isError(unpacked) != 0 || unpacked != raw.size())
    return damaged("a section cannot be decompressed");
  return raw;
}

Result<void> EvidenceReader::read_tables(const std::vector<Section>& sections) {
  constexpr SectionKind kOrder[] = {SectionKind::kSession, SectionKind::kTables, SectionKind::kStatements};
  if (sections.size() < std::size(kOrder)) return damaged("its tables are missing");
  Bounds bounds;
  bounds.lines_left = kMostLinesPerSection;
  for (size_t index = 0; index < std::size(kOrder); ++index) {
    if (sections[index].kind != kOrder[index]) return damaged("its sections are out of order");
    Result<std::string> raw = unpack(sections[index]);
    if (!raw) return std::move(raw).error();
    const UnpackedValue value(*raw);
    bool holds = false;
    switch (kOrder[index]) {
      case SectionKind::kSession:
        holds = unpack_session(value.root(), &coverage_);
        break;
      case SectionKind::kTables:
        holds = unpack_tables(value.root(), &bounds, &coverage_);
        break;
      default:
        holds = unpack_statements(value.root(), &bounds, &coverage_);
        break;
    }
    if (!holds) return damaged("section " + std::to_string(index + 1) + " holds impossible values");
  }
  return read_collections(sections, &bounds);
}

// Between the statements and the tests. Tests name them by their place, so that none may be missing.
Result<void> EvidenceReader::read_collections(const std::vector<Section>& sections, Bounds* bounds) {
  for (size_t index = 3; index < sections.size(); ++index) {
    const Section& section = sections[index];
    if (section.kind != SectionKind::kCollections) continue;
    const size_t before = coverage_.collections.size();
    Result<std::string> raw = unpack(section);
    if (!raw) return std::move(raw).error();
    bounds->lines_left = kMostLinesPerSection;
    const UnpackedValue value(*raw);
    const bool holds = unpack_collections(value.root(), bounds, &coverage_);
    if (!holds || coverage_.collections.size() - before != section.items)
      return damaged("a section of collections holds impossible values");
  }
  return {};
}

Result<EvidenceReader> EvidenceReader::open(std::string bytes) {
  EvidenceReader reader;
  reader.bytes_ = std::move(bytes);
  Result<std::vector<Section>> sections = reader.read_frame();
  if (!sections) return std::move(sections).error();
  if (Result<void> read = reader.read_tables(*sections); !read) return std::move(read).error();
  for (const Section& section : *sections) reader.raw_bytes_ += section.raw_bytes;
  for (size_t index = 3; index < sections->size(); ++index) {
    if ((*sections)[index].kind == SectionKind::kTests) reader.tests_.push_back((*sections)[index]);
  }
  return reader;
}

Result<collector::SessionDescription> EvidenceReader::describe(std::string bytes) {
  EvidenceReader reader;
  reader.bytes_ = std::move(bytes);
  Result<std::vector<Section>> sections = reader.read_frame();
  if (!sections) return std::move(sections).error();
  if (sections->empty() || sections->front().kind != SectionKind::kSession)
    return damaged("its tables are missing");
  const Result<std::string> raw = reader.unpack(sections->front());
  if (!raw) return raw.error();
  const UnpackedValue value(*raw);
  if (!unpack_session(value.root(), &reader.coverage_)) return damaged("section 1 holds impossible values");
  return std::move(reader.coverage_.description);
}

size_t EvidenceReader::section_of(uint64_t position, uint64_t* first) const {
  *first = 0;
  for (size_t section = 0; section < tests_.size(); ++section) {
    if (position - *first < tests_[section].items) return section;
    *first += tests_[section].items;
  }
  return tests_.size();
}

Result<std::vector<collector::TestCoverage>> EvidenceReader::read_tests(size_t section) const {
  Result<std::string> raw = unpack(tests_[section]);
  if (!raw) return std::move(raw).error();
  const UnpackedValue value(*raw);
  Bounds bounds{coverage_.files.size(),       coverage_.names.size(),    coverage_.units.size(),
                coverage_.inputs.size(),      coverage_.fixtures.size(), coverage_.statements.size(),
                coverage_.collections.size(), kMostLinesPerSection};
  std::vector<collector::TestCoverage> tests;
  if (!unpack_tests(value.root(), &bounds, &tests))
    return damaged("a section of tests holds impossible values");
  if (tests.size() != tests_[section].items)
    return damaged("a section of tests holds another number of tests");
  return tests;
}

Result<std::vector<TestSummary>> EvidenceReader::summarize(size_t section) const {
  const Result<std::string> raw = unpack(tests_[section]);
  if (!raw) return raw.error();
  std::vector<TestSummary> tests;
  tests.reserve(std::min<size_t>(tests_[section].items, kTestsPerSection));
  if (!summarize_tests(*raw, &tests) || tests.size() != tests_[section].items)
    return damaged("a section of tests holds impossible values");
  return tests;
}

Result<DecodedEvidence> decode_evidence(std::string bytes) {
  Result<EvidenceReader> reader = EvidenceReader::open(std::move(bytes));
  if (!reader) return std::move(reader).error();
  DecodedEvidence decoded;
  decoded.cut_short = reader->cut_short();
  std::vector<collector::TestCoverage> all;
  for (size_t section = 0; section < reader->test_sections(); ++section) {
    Result<std::vector<collector::TestCoverage>> tests = reader->read_tests(section);
    if (!tests) {
      decoded.lost_tests += reader->items(section);
      continue;
    }
    for (collector::TestCoverage& test : *tests) all.push_back(std::move(test));
  }
  decoded.coverage = std::move(reader->coverage());
  decoded.coverage.tests = std::move(all);
  return decoded;
}

}  // namespace alibi::store
