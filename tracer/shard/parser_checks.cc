// Which numbers a record may name. Numbers count upwards in each shard; a child's go on after its parent's,
// whose own definitions are not at hand here: what lies below the child's first number is taken for
// inherited.
#include <algorithm>

#include "tracer/shard/parser.h"

namespace alibi::shard {

bool ShardParser::is_file(model::FileId file) const {
  const auto& files = shard_.files;
  if (file.value == 0) return false;
  if (inherits() && (files.empty() || file < files.front().file)) return true;
  return std::binary_search(files.begin(), files.end(), model::FileRecord{file},
                            [](const auto& left, const auto& right) { return left.file < right.file; });
}

bool ShardParser::is_probe(uint32_t probe) const {
  const auto& codes = shard_.codes;
  if (probe < kFirstProbe) return false;
  if (inherits() && (codes.empty() || probe < codes.front().base.value)) return true;
  const auto after =
      std::upper_bound(codes.begin(), codes.end(), probe,
                       [](uint32_t value, const auto& code) { return value < code.base.value; });
  return after != codes.begin() && probe - (after - 1)->base.value < (after - 1)->span;
}

bool ShardParser::is_context(uint32_t context) const {
  const auto& contexts = shard_.contexts;
  if (context == kSessionContext) return true;
  if (inherits() && (contexts.empty() || context < contexts.front().context.value)) return true;
  return std::binary_search(contexts.begin(), contexts.end(), model::ContextRecord{{context}},
                            [](const auto& left, const auto& right) { return left.context < right.context; });
}

bool ShardParser::is_valid(const model::FileRecord& record) const {
  return shard_.files.empty() || shard_.files.back().file < record.file;
}

bool ShardParser::is_valid(const model::CodeRecord& record) const {
  const auto& codes = shard_.codes;
  return (model::is_name(record.kind) || is_file(record.file)) &&
         (codes.empty() || record.base.value >= codes.back().base.value + codes.back().span);
}

bool ShardParser::is_valid(const model::NamesRecord& record) const {
  return is_probe(record.base.value);
}

bool ShardParser::is_valid(const model::OutlineRecord& record) const {
  return is_file(record.file);
}

bool ShardParser::is_valid(const model::ContextRecord& record) const {
  return is_context(record.parent.value) &&
         (shard_.contexts.empty() || shard_.contexts.back().context < record.context);
}

bool ShardParser::is_valid(const model::InputRecord& record) const {
  return is_context(record.context.value);
}

bool ShardParser::is_valid(const model::ChargeRecord& record) const {
  return is_context(record.user.value) && is_context(record.used.value);
}

bool ShardParser::is_valid(const model::TestEndRecord& record) const {
  return is_context(record.context.value);
}

// Its file may be one of no project (0).
bool ShardParser::is_valid(const model::StateWriteRecord& record) const {
  return is_context(record.context.value) && (record.file.value == 0 || is_file(record.file));
}

bool ShardParser::is_valid(const model::DropRecord& record) const {
  return record.context == model::kWholeProcess || is_context(record.context.value);
}

bool ShardParser::is_valid(const model::ImportedRecord&) const {
  return true;
}

bool ShardParser::is_valid(const model::CollectedRecord& record) const {
  return is_context(record.context.value);
}

bool ShardParser::is_valid(const model::NoteRecord& record) const {
  return is_context(record.context.value);
}

bool ShardParser::is_valid(const model::StartedRecord& record) const {
  return is_context(record.context.value);
}

// A context of another shard is the merger's to look up.
bool ShardParser::is_valid(const model::OverlapRecord& record) const {
  return !record.user_shard.empty() || is_context(record.user.value);
}

uint64_t ShardParser::undefined_in(std::span<const uint32_t> entries) const {
  // In a sound shard the probes of code units follow each other without a hole: then one comparison decides.
  const auto& codes = shard_.codes;
  uint32_t end = codes.empty() ? kFirstProbe : codes.front().base.value;
  const uint32_t first = inherits() ? kFirstProbe : end;
  for (const model::CodeRecord& code : codes) {
    if (code.base.value != end) {
      end = first;
      break;
    }
    end += code.span;
  }
  uint64_t undefined = 0;
  for (const uint32_t entry : entries) {
    const uint32_t number = entry & kNumberMask;
    const bool control = (entry & kControlBit) != 0;
    const bool second_bit = (entry & kStatementBit) != 0;
    if (control && !second_bit) {
      if (entry != kConcurrentImport && !is_context(number)) ++undefined;
    } else if (!control && second_bit) {
      ++undefined;  // above all probe numbers
    } else if (number - first >= end - first && !is_probe(number)) {
      ++undefined;
    }
  }
  return undefined;
}

}  // namespace alibi::shard
