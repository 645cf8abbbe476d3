#include "collector/merge/definition_path.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "tracer/shard/format.h"

namespace alibi::collector {
namespace {

NameKind name_kind_of(CodeKind kind) {
  return kind == CodeKind::kLookedUpName ? NameKind::kLookedUp : NameKind::kCompiled;
}

}  // namespace

template <typename Definition>
const Definition* DefinitionRun<Definition>::find(const Frame& frame, uint32_t number, size_t* hint) const {
  const auto holds = [&](size_t place) {
    return items_[place].number() <= number && number < items_[place].end();
  };
  if (*hint >= frame.visible && *hint < items_.size() && holds(*hint)) return &items_[*hint];
  const auto begin = items_.begin() + static_cast<ptrdiff_t>(frame.visible);
  const auto next = std::upper_bound(begin, items_.end(), number, [](uint32_t wanted, const Definition& one) {
    return wanted < one.number();
  });
  if (next == begin) return nullptr;
  const auto place = static_cast<size_t>(next - items_.begin()) - 1;
  if (!holds(place)) return nullptr;
  *hint = place;
  return &items_[place];
}

template <typename Definition>
bool DefinitionRun<Definition>::add(const Frame& frame, const Definition& definition) {
  if (items_.size() > frame.visible && definition.number() < items_.back().end()) return false;
  if (items_.size() > frame.own && definition.offset < items_.back().offset) return false;
  items_.push_back(definition);
  return true;
}

template <typename Definition>
void DefinitionRun<Definition>::forget_from(const Frame& frame, uint64_t offset) {
  const auto own = items_.begin() + static_cast<ptrdiff_t>(frame.own);
  items_.erase(std::partition_point(own, items_.end(),
                                    [offset](const Definition& one) { return one.offset < offset; }),
               items_.end());
}

void DefinitionPath::leave() {
  const Frame& last = frames_.back();
  probes_.drop_frame(last.probes);
  contexts_.drop_frame(last.contexts);
  files_.drop_frame(last.files);
  frames_.pop_back();
}

void DefinitionPath::enter_alone(uint32_t home) {
  frames_.push_back(Frame{probes_.empty(), contexts_.empty(), files_.empty(), home});
}

void DefinitionPath::enter_forked(uint64_t parent_bytes) {
  const Frame parent = frames_.back();
  probes_.forget_from(parent.probes, parent_bytes);
  contexts_.forget_from(parent.contexts, parent_bytes);
  files_.forget_from(parent.files, parent_bytes);
  frames_.push_back(Frame{probes_.inheriting(parent.probes), contexts_.inheriting(parent.contexts),
                          files_.inheriting(parent.files), parent.home});
}

uint64_t DefinitionPath::define(const ShardContent& shard, EvidenceTables* tables) {
  const Frame& frame = frames_.back();
  uint64_t refused = 0;
  for (const model::FileRecord& record : shard.files) {
    const NumberedFile file{record.file.value, tables->file(record), record.offset};
    if (!files_.add(frame.files, file)) ++refused;
  }
  for (const model::OutlineRecord& record : shard.outlines) {
    if (const auto file = file_of(record.file.value)) tables->outline(record, *file);
  }
  absl::flat_hash_map<uint32_t, std::vector<model::NameReference>> names;
  for (const model::NamesRecord& record : shard.names) {
    auto& known = names[record.base.value];
    known.insert(known.end(), record.names.begin(), record.names.end());
  }
  static const std::vector<model::NameReference> kNoNames;
  for (const model::CodeRecord& record : shard.codes) {
    ProbeRange range{record.base.value, 1, 0, 0, kNoFile, record.offset};
    if (model::is_name(record.kind)) {
      range.unit = tables->name({name_kind_of(record.kind), 0, record.qualified_name});
    } else {
      const auto file = file_of(record.file.value);
      if (!file) continue;  // its file's definition is torn: hits of it count as torn
      const auto known = names.find(record.base.value);
      range.span = record.span;
      range.first_line = record.first_line;
      range.unit = tables->unit(record, *file, known == names.end() ? kNoNames : known->second);
      range.file = *file;
    }
    if (!probes_.add(frame.probes, range)) ++refused;
  }
  return refused;
}

bool DefinitionPath::define_context(const model::ContextRecord& record, uint32_t index) {
  if (record.context.value == shard::kSessionContext) return false;
  return contexts_.add(frames_.back().contexts, {record.context.value, index, record.offset});
}

const ProbeRange* DefinitionPath::range_of(uint32_t probe, size_t* hint) const {
  return probes_.find(frames_.back().probes, probe, hint);
}

std::optional<uint32_t> DefinitionPath::context_of(uint32_t number) const {
  if (number == shard::kSessionContext) return home();
  const NumberedContext* found = contexts_.find(frames_.back().contexts, number);
  return found == nullptr ? std::nullopt : std::optional(found->index);
}

std::optional<uint32_t> DefinitionPath::file_of(uint32_t number) const {
  const NumberedFile* found = files_.find(frames_.back().files, number);
  return found == nullptr ? std::nullopt : std::optional(found->index);
}

}  // namespace alibi::collector
