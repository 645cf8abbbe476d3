#include "collector/change/units_pack.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tracer/base/hash.h"

namespace alibi::change {
namespace {

constexpr uint32_t kFormat = 5;

// What both directions agree on: each field of each unit, in order. A stream writes or reads them.

template <typename Stream, typename Value>
void import_fields(Stream* stream, Value* read) {
  stream->number(&read->level);
  stream->name(&read->module);
  stream->names(&read->names);
}

template <typename Stream, typename Value>
void read_fields(Stream* stream, Value* reads) {
  stream->names(&reads->globals);
  stream->names(&reads->attributes);
  stream->names(&reads->dotted);
  stream->names(&reads->stores);
  stream->list(&reads->imports, [&](auto* read) { import_fields(stream, read); });
  stream->truth(&reads->dynamic_imports);
}

template <typename Stream, typename Value>
void exposure_fields(Stream* stream, Value* exposures) {
  stream->names(&exposures->names);
  stream->truth(&exposures->any);
  stream->truth(&exposures->own);
  stream->truth(&exposures->self);
  stream->names(&exposures->self_loads);
  stream->list(&exposures->aliases, [&](auto* pair) {
    stream->name(&pair->first);
    stream->name(&pair->second);
  });
}

template <typename Stream, typename Value>
void function_fields(Stream* stream, Value* unit) {
  stream->name(&unit->name);
  stream->name(&unit->last_name);
  stream->name(&unit->class_name);
  stream->number(&unit->ordinal);
  stream->number(&unit->line);
  stream->number(&unit->end);
  stream->hash(&unit->fingerprint);
  stream->hash(&unit->positions);
  stream->hash(&unit->signature);
  stream->truth(&unit->lazy);
  stream->truth(&unit->keeps_parameter);
  stream->truth(&unit->calls_values);
  stream->names(&unit->passes_to);
  stream->names(&unit->gives_to);
  stream->truth(&unit->writes_unknown);
  stream->truth(&unit->writes_parameter);
  stream->truth(&unit->keeps_hidden);
  stream->names(&unit->arguments);
  stream->names(&unit->writes);
  read_fields(stream, &unit->reads);
  exposure_fields(stream, &unit->exposures);
}

template <typename Stream, typename Value>
void statement_fields(Stream* stream, Value* unit) {
  stream->name(&unit->class_name);
  stream->name(&unit->head);
  stream->number(&unit->line);
  stream->number(&unit->end);
  stream->number(&unit->kind);
  stream->hash(&unit->fingerprint);
  stream->truth(&unit->has_effect);
  stream->truth(&unit->effect_unknown);
  stream->truth(&unit->order_free);
  stream->truth(&unit->may_raise);
  stream->truth(&unit->annotations_may_raise);
  stream->truth(&unit->special);
  stream->truth(&unit->autouse);
  stream->truth(&unit->is_hook);
  stream->names(&unit->binds);
  stream->names(&unit->effect_roots);
  stream->names(&unit->calls);
  stream->names(&unit->decorators);
  stream->names(&unit->bases);
  stream->list(&unit->stars, [&](auto* star) {
    stream->number(&star->first);
    stream->name(&star->second);
  });
  read_fields(stream, &unit->reads);
  read_fields(stream, &unit->annotations);
  exposure_fields(stream, &unit->exposures);
}

template <typename Stream, typename Value>
void file_fields(Stream* stream, Value* file) {
  stream->text(&file->error);
  stream->list(&file->functions, [&](auto* unit) { function_fields(stream, unit); });
  stream->list(&file->statements, [&](auto* unit) { statement_fields(stream, unit); });
  const auto hashes = [&](auto* named) {
    stream->name(&named->first);
    stream->hash(&named->second);
  };
  stream->list(&file->docs, hashes);
  stream->list(&file->annotations, hashes);
}

class Packer {
 public:
  explicit Packer(const NameTable& names) : names_(names) {}

  template <typename Value>
  void number(const Value* value) {
    put(static_cast<uint32_t>(*value));
  }
  void truth(const bool* value) { bytes_.push_back(*value ? 1 : 0); }
  void hash(const Hash128* value) { append(value, sizeof *value); }
  void name(const NameId* value) {
    const auto [place, is_new] = numbers_.try_emplace(*value, static_cast<uint32_t>(numbers_.size()));
    if (is_new) {
      const std::string& spelled = names_.text(*value);
      text_.append(spelled).push_back('\0');
    }
    put(place->second);
  }
  void names(const Names* values) {
    put(static_cast<uint32_t>(values->size()));
    for (const NameId& value : *values) name(&value);
  }
  void text(const std::string* value) {
    put(static_cast<uint32_t>(value->size()));
    bytes_ += *value;
  }
  template <typename Value, typename Each>
  void list(const std::vector<Value>* values, const Each& each) {
    put(static_cast<uint32_t>(values->size()));
    for (const Value& value : *values) each(&value);
  }

  std::string finish() const {
    const uint32_t header[3] = {kFormat, static_cast<uint32_t>(numbers_.size()),
                                static_cast<uint32_t>(text_.size())};
    std::string rest(reinterpret_cast<const char*>(header), sizeof header);
    rest += text_ + bytes_;
    const uint64_t checksum = hash64(rest.data(), rest.size());
    return std::string(reinterpret_cast<const char*>(&checksum), sizeof checksum) + rest;
  }

 private:
  void put(uint32_t number) {
    for (; number >= 0x80; number >>= 7) bytes_.push_back(static_cast<char>(number | 0x80));
    bytes_.push_back(static_cast<char>(number));
  }
  void append(const void* from, size_t size) { bytes_.append(static_cast<const char*>(from), size); }

  const NameTable& names_;
  absl::flat_hash_map<NameId, uint32_t> numbers_;
  std::string text_;  // of the names, each ended by a zero byte
  std::string bytes_;
};

// Reads zeroes behind the end; `failed` says so.
class Unpacker {
 public:
  Unpacker(std::vector<NameId> names, std::string_view bytes) : names_(std::move(names)), bytes_(bytes) {}

  bool failed() const { return failed_; }
  bool at_end() const { return bytes_.empty(); }

  template <typename Value>
  void number(Value* value) {
    *value = static_cast<Value>(take());
  }
  void truth(bool* value) {
    char byte = 0;
    copy(&byte, 1);
    *value = byte != 0;
  }
  void hash(Hash128* value) { copy(value, sizeof *value); }
  void name(NameId* value) {
    const uint32_t number = take();
    if (number >= names_.size()) failed_ = true;
    *value = failed_ ? kNoName : names_[number];
  }
  void names(Names* values) {
    values->resize(count());
    for (NameId& value : *values) name(&value);
    if (!std::is_sorted(values->begin(), values->end())) std::sort(values->begin(), values->end());
  }
  void text(std::string* value) {
    value->resize(count());
    copy(value->data(), value->size());
  }
  template <typename Value, typename Each>
  void list(std::vector<Value>* values, const Each& each) {
    values->resize(count());
    for (Value& value : *values) each(&value);
  }

 private:
  // Of something that takes a byte at least.
  uint32_t count() {
    const uint32_t number = take();
    if (number > bytes_.size()) failed_ = true;
    return failed_ ? 0 : number;
  }
  uint32_t take() {
    uint32_t number = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      if (bytes_.empty()) break;
      const auto byte = static_cast<uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
      number |= static_cast<uint32_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return number;
    }
    failed_ = true;
    return 0;
  }
  void copy(void* to, size_t size) {
    if (size > bytes_.size()) {
      failed_ = true;
      return;
    }
    std::memcpy(to, bytes_.data(), size);
    bytes_.remove_prefix(size);
  }

  std::vector<NameId> names_;
  std::string_view bytes_;
  bool failed_ = false;
};

bool read_names(std::string_view text, uint32_t count, NameTable* table, std::vector<NameId>* names) {
  names->reserve(count);
  while (!text.empty()) {
    const size_t end = text.find('\0');
    if (end == std::string_view::npos) return false;
    names->push_back(table->id_of(text.substr(0, end)));
    text.remove_prefix(end + 1);
  }
  return names->size() == count;
}

}  // namespace

std::string pack_units(const UnitsList& units, const NameTable& names) {
  Packer packer(names);
  packer.list(&units, [&](const std::shared_ptr<const FileUnits>* file) {
    const bool known = *file != nullptr;
    packer.truth(&known);
    if (known) file_fields(&packer, file->get());
  });
  return packer.finish();
}

bool unpack_units(std::string_view bytes, NameTable* names, UnitsList* units) {
  uint64_t checksum = 0;
  uint32_t header[3];
  if (bytes.size() < sizeof checksum + sizeof header) return false;
  std::memcpy(&checksum, bytes.data(), sizeof checksum);
  bytes.remove_prefix(sizeof checksum);
  if (checksum != hash64(bytes.data(), bytes.size())) return false;
  std::memcpy(header, bytes.data(), sizeof header);
  bytes.remove_prefix(sizeof header);
  std::vector<NameId> known;
  if (header[0] != kFormat || header[2] > bytes.size() ||
      !read_names(bytes.substr(0, header[2]), header[1], names, &known))
    return false;
  Unpacker unpacker(std::move(known), bytes.substr(header[2]));
  unpacker.list(units, [&](std::shared_ptr<const FileUnits>* file) {
    bool is_known = false;
    unpacker.truth(&is_known);
    if (!is_known || unpacker.failed()) return;
    auto made = std::make_shared<FileUnits>();
    file_fields(&unpacker, made.get());
    *file = std::move(made);
  });
  return !unpacker.failed() && unpacker.at_end();
}

}  // namespace alibi::change
