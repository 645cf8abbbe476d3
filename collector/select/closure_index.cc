#include "collector/select/closure_index.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tracer/base/hash.h"

namespace alibi::select {
namespace {

using change::NameTable;

constexpr char kMagic[8] = {'a', 'l', 'i', 'b', 'i', 'C', 'I', '1'};

struct Header {
  char magic[8];
  uint64_t key;
  uint64_t subjects;
  uint64_t facts;
  uint64_t checksum;  // of all others
};

uint64_t checksum_of(Header header, std::string_view rest) {
  header.checksum = hash64(rest.data(), rest.size());
  return hash64(&header, sizeof header);
}

uint64_t hash_of(const NameTable& names, uint32_t name) {
  const std::string& text = names.text(name);
  return hash64(text.data(), text.size());
}

// Name numbers are of one process; texts stay.
uint64_t key_of(const NameTable& names, const Fact& fact) {
  uint64_t parts[3] = {static_cast<uint64_t>(fact.kind), fact.a, fact.b};
  switch (fact.kind) {
    case FactKind::kGlobal:
      parts[2] = hash_of(names, fact.b);
      break;
    case FactKind::kAttribute:
    case FactKind::kNamed:
    case FactKind::kImport:
    case FactKind::kStem:
      parts[1] = hash_of(names, fact.a);
      break;
    default:
      break;
  }
  return hash64(parts, sizeof parts);
}

// What only leads to other facts is not kept.
bool is_asked_for(FactKind kind) {
  switch (kind) {
    case FactKind::kRan:
    case FactKind::kMayHaveRun:
    case FactKind::kVisit:
    case FactKind::kVisitNow:
    case FactKind::kGlobalNow:
    case FactKind::kAttributeNow:
    case FactKind::kAllReachable:
    case FactKind::kDynamicName:
    case FactKind::kState:
    case FactKind::kSupplier:
    case FactKind::kGiver:
    case FactKind::kOrigin:
    case FactKind::kEvidence:
      return false;
    default:
      return true;
  }
}

void put_number(uint64_t number, std::string* bytes) {
  while (number >= 0x80) {
    bytes->push_back(static_cast<char>(number | 0x80));
    number >>= 7;
  }
  bytes->push_back(static_cast<char>(number));
}

bool take_number(std::string_view* bytes, uint64_t* number) {
  *number = 0;
  for (unsigned shift = 0; shift < 64 && !bytes->empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes->front());
    bytes->remove_prefix(1);
    *number |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

void append_bytes(const void* from, size_t size, std::string* bytes) {
  bytes->append(static_cast<const char*>(from), size);
}

}  // namespace

void ClosureIndexWriter::append(uint64_t subject, Runs* runs) {
  if (runs->open != 0 && subject == runs->begin + runs->open) {
    ++runs->open;
    return;
  }
  if (runs->open != 0) {
    put_number(runs->begin - runs->end, &runs->bytes);
    put_number(runs->open, &runs->bytes);
    runs->end = runs->begin + runs->open;
  }
  runs->begin = subject;
  runs->open = 1;
}

void ClosureIndexWriter::add_batch(const Closure& closure, uint64_t first) {
  closure.each_held([&](const Fact& fact, const TestSet& tests) {
    if (!is_asked_for(fact.kind)) return;
    Runs& runs = facts_[key_of(names_, fact)];
    tests.each([&](size_t test) { append(first + test, &runs); });
  });
}

std::string ClosureIndexWriter::finish(uint64_t key, const std::vector<Hash128>& subjects) const {
  std::vector<std::pair<uint64_t, const Runs*>> sorted;
  sorted.reserve(facts_.size());
  for (const auto& [fact, runs] : facts_) sorted.emplace_back(fact, &runs);
  std::sort(sorted.begin(), sorted.end());
  std::string names, keys, places, all_runs;
  append_bytes(subjects.data(), subjects.size() * sizeof(Hash128), &names);
  // Most facts share their tests with many others.
  absl::flat_hash_map<std::string, uint32_t> known;
  for (const auto& [fact, runs] : sorted) {
    std::string bytes = runs->bytes;
    put_number(runs->begin - runs->end, &bytes);
    put_number(runs->open, &bytes);
    const auto [place, is_new] = known.try_emplace(std::move(bytes), static_cast<uint32_t>(all_runs.size()));
    if (is_new) {
      put_number(place->first.size(), &all_runs);
      all_runs += place->first;
    }
    append_bytes(&fact, sizeof fact, &keys);
    append_bytes(&place->second, sizeof place->second, &places);
  }
  const std::string rest = names + keys + places + all_runs;
  Header header{{}, key, subjects.size(), sorted.size(), 0};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.checksum = checksum_of(header, rest);
  std::string bytes;
  append_bytes(&header, sizeof header, &bytes);
  return bytes + rest;
}

std::unique_ptr<ClosureIndex> ClosureIndex::open(std::string bytes, uint64_t key, const NameTable& names) {
  Header header;
  if (bytes.size() < sizeof header) return nullptr;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0 || header.key != key) return nullptr;
  const std::string_view rest = std::string_view(bytes).substr(sizeof header);
  constexpr uint64_t kPerFact = sizeof(uint64_t) + sizeof(uint32_t);
  if (header.checksum != checksum_of(header, rest) || header.subjects > rest.size() / sizeof(Hash128) ||
      header.facts > (rest.size() - header.subjects * sizeof(Hash128)) / kPerFact)
    return nullptr;
  std::unique_ptr<ClosureIndex> index(new ClosureIndex(std::move(bytes), names));
  const char* begin = index->bytes_.data() + sizeof header;
  index->subjects_ = header.subjects;
  index->subject_by_name_.reserve(header.subjects);
  for (uint32_t i = 0; i < header.subjects; ++i) {
    Hash128 name;
    std::memcpy(&name, begin, sizeof name);
    begin += sizeof name;
    index->subject_by_name_.emplace(name, i);
  }
  index->facts_ = header.facts;
  index->keys_ = reinterpret_cast<const uint64_t*>(begin);
  index->places_ = reinterpret_cast<const uint32_t*>(index->keys_ + header.facts);
  index->runs_ = std::string_view(index->bytes_)
                     .substr(sizeof header + header.subjects * sizeof(Hash128) + header.facts * kPerFact);
  return index;
}

bool ClosureIndex::find(const Hash128& name, size_t* subject) const {
  const auto known = subject_by_name_.find(name);
  if (known == subject_by_name_.end()) return false;
  *subject = known->second;
  return true;
}

const TestSet& ClosureIndex::tests(const Fact& fact, size_t batch) const {
  static const TestSet kNobody;
  const uint64_t key = key_of(names_, fact);
  auto known = known_.find(key);
  if (known == known_.end()) known = known_.emplace(key, read(key)).first;
  return batch < known->second.size() ? known->second[batch] : kNobody;
}

std::vector<TestSet> ClosureIndex::read(uint64_t fact_key) const {
  const uint64_t* found = std::lower_bound(keys_, keys_ + facts_, fact_key);
  if (found == keys_ + facts_ || *found != fact_key) return {};
  const size_t place = std::min<size_t>(places_[found - keys_], runs_.size());
  std::string_view bytes = runs_.substr(place);
  uint64_t size = 0;
  if (!take_number(&bytes, &size)) return {};
  bytes = bytes.substr(0, size);
  std::vector<TestSet> sets((subjects_ + TestSet::kSize - 1) / TestSet::kSize);
  uint64_t subject = 0, gap = 0, length = 0;
  while (take_number(&bytes, &gap) && take_number(&bytes, &length)) {
    subject += gap;
    for (const uint64_t end = std::min(subject + length, subjects_); subject < end; ++subject)
      sets[subject / TestSet::kSize].add(subject % TestSet::kSize);
  }
  return sets;
}

}  // namespace alibi::select
