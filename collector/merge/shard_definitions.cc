#include "collector/merge/shard_definitions.h"

#include <algorithm>

namespace alibi::collector {
namespace {

NameKind name_kind_of(CodeKind kind) {
  return kind == CodeKind::kLookedUpName ? NameKind::kLookedUp : NameKind::kCompiled;
}

}  // namespace

const ProbeRange* ShardDefinitions::range_of(uint32_t probe, size_t* hint) const {
  if (*hint < probes.size() && probes[*hint].holds(probe)) return &probes[*hint];
  auto next = std::upper_bound(probes.begin(), probes.end(), probe,
                               [](uint32_t wanted, const ProbeRange& range) { return wanted < range.base; });
  if (next == probes.begin()) return nullptr;
  --next;
  if (!next->holds(probe)) return nullptr;
  *hint = static_cast<size_t>(next - probes.begin());
  return &*next;
}

void ShardDefinitions::add_own(const ShardContent& shard, EvidenceTables* tables) {
  for (const model::FileRecord& record : shard.files) {
    files.insert_or_assign(record.file.value, tables->file(record));
  }
  for (const model::OutlineRecord& record : shard.outlines) {
    const auto file = files.find(record.file.value);
    if (file != files.end()) tables->outline(record, file->second);
  }
  absl::flat_hash_map<uint32_t, std::vector<model::NameReference>> names;
  for (const model::NamesRecord& record : shard.names) {
    auto& known = names[record.base.value];
    known.insert(known.end(), record.names.begin(), record.names.end());
  }
  static const std::vector<model::NameReference> kNoNames;
  for (const model::CodeRecord& record : shard.codes) {
    if (model::is_name(record.kind)) {
      const uint32_t name = tables->name({name_kind_of(record.kind), 0, record.qualified_name});
      probes.push_back(ProbeRange{record.base.value, 1, 0, name, kNoFile, record.offset});
      continue;
    }
    const auto file = files.find(record.file.value);
    if (file == files.end()) continue;  // its file's definition is torn: hits of it count as torn
    const auto known = names.find(record.base.value);
    const uint32_t unit = tables->unit(record, file->second, known == names.end() ? kNoNames : known->second);
    probes.push_back(
        ProbeRange{record.base.value, record.span, record.first_line, unit, file->second, record.offset});
  }
  std::sort(probes.begin(), probes.end(),
            [](const ProbeRange& left, const ProbeRange& right) { return left.base < right.base; });
}

void ShardDefinitions::inherit(const ShardDefinitions& parent, uint64_t parent_bytes) {
  // What the parent itself inherited has offset 0 in its table: it was there before the parent's first byte.
  for (const ProbeRange& range : parent.probes) {
    if (range.offset >= parent_bytes) continue;
    probes.push_back(range);
    probes.back().offset = 0;
  }
  for (const auto& [number, context] : parent.contexts) {
    if (context.offset < parent_bytes) contexts.emplace(number, NumberedContext{context.index, 0});
  }
  // A file record is as old as the first code of that file, so a later one of the parent can only be a number
  // that the child defines itself: its own definitions win.
  for (const auto& [number, file] : parent.files) files.emplace(number, file);
}

}  // namespace alibi::collector
