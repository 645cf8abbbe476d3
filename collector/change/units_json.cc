#include "collector/change/units_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "collector/model/error_codes.h"

namespace alibi::change {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;

// Remembers the first thing that was wrong, so that the readers below stay plain.
class UnitsReader {
 public:
  explicit UnitsReader(NameTable* names) : names_(names) {}

  FileUnits file(const Json& json);
  const std::string& problem() const { return problem_; }

 private:
  FunctionUnit function(const Json& json);
  StatementUnit statement(const Json& json);
  Reads reads(const Json& json, const char* key);
  ImportRead import(const Json& json);
  Exposures exposures(const Json& json);
  std::vector<std::pair<NameId, Hash128>> hashes(const Json& json, const char* key);

  const Json* member(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() ? nullptr : &*found;
  }
  void fail(const char* what) {
    if (problem_.empty()) problem_ = what;
  }
  uint32_t number(const Json& json, const char* key) {
    const Json* value = member(json, key);
    if (value != nullptr && value->is_number_unsigned() && value->get<uint64_t>() < UINT32_MAX)
      return value->get<uint32_t>();
    fail(key);
    return 0;
  }
  // Left out when false.
  bool truth(const Json& json, const char* key) {
    const Json* value = member(json, key);
    if (value == nullptr) return false;
    if (!value->is_boolean()) fail(key);
    return value->is_boolean() && value->get<bool>();
  }
  NameId name(const Json* value, const char* key) {
    if (value != nullptr && value->is_string()) return names_->id_of(value->get_ref<const std::string&>());
    fail(key);
    return kNoName;
  }
  // Left out when empty. Sorted by number, for comparisons of sets.
  Names name_list(const Json& json, const char* key) {
    Names list;
    const Json* values = member(json, key);
    if (values == nullptr) return list;
    if (!values->is_array()) fail(key);
    for (const Json& value : *values) list.push_back(name(&value, key));
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    return list;
  }
  Hash128 hash(const Json* value, const char* key);

  NameTable* names_;
  std::string problem_;
};

bool add_digit(char digit, uint64_t* number) {
  const bool is_number = digit >= '0' && digit <= '9';
  if (!is_number && (digit < 'a' || digit > 'f')) return false;
  *number = *number << 4 | static_cast<uint64_t>(is_number ? digit - '0' : digit - 'a' + 10);
  return true;
}

Hash128 UnitsReader::hash(const Json* value, const char* key) {
  Hash128 hash;
  constexpr size_t kDigits = 32;
  const std::string* text =
      value != nullptr && value->is_string() ? &value->get_ref<const std::string&>() : nullptr;
  bool good = text != nullptr && text->size() == kDigits;
  for (size_t i = 0; good && i < kDigits; ++i)
    good = add_digit((*text)[i], i < kDigits / 2 ? &hash.high : &hash.low);
  if (!good) fail(key);
  return hash;
}

ImportRead UnitsReader::import(const Json& json) {
  ImportRead read;
  const bool shaped = json.is_array() && json.size() == 3 && json[0].is_number_unsigned() &&
                      json[1].is_string() && json[2].is_array();
  if (!shaped) {
    fail("i");
    return read;
  }
  read.level = static_cast<uint16_t>(std::min<uint64_t>(json[0].get<uint64_t>(), UINT16_MAX));
  read.module = name(&json[1], "i");
  for (const Json& each : json[2]) read.names.push_back(name(&each, "i"));
  return read;
}

Reads UnitsReader::reads(const Json& json, const char* key) {
  Reads reads;
  const Json* given = member(json, key);
  if (given == nullptr) return reads;
  if (!given->is_object()) {
    fail(key);
    return reads;
  }
  reads.globals = name_list(*given, "g");
  reads.attributes = name_list(*given, "a");
  reads.dotted = name_list(*given, "d");
  reads.stores = name_list(*given, "w");
  reads.dynamic_imports = truth(*given, "s");
  if (const Json* imports = member(*given, "i"); imports != nullptr) {
    if (!imports->is_array()) fail("i");
    for (const Json& each : *imports) reads.imports.push_back(import(each));
  }
  return reads;
}

Exposures UnitsReader::exposures(const Json& json) {
  Exposures exposures;
  const NameId any = names_->id_of("*");
  exposures.names = name_list(json, "exposes");
  exposures.any = std::erase(exposures.names, any) != 0;
  exposures.own = truth(json, "reaches_own");
  exposures.self = truth(json, "lets_own_out");
  exposures.self_loads = name_list(json, "own_loads");
  if (const Json* aliases = member(json, "aliases"); aliases != nullptr) {
    for (const Json& pair : *aliases) {
      if (!pair.is_array() || pair.size() != 2)
        fail("aliases");
      else
        exposures.aliases.emplace_back(name(&pair[0], "aliases"), name(&pair[1], "aliases"));
    }
  }
  return exposures;
}

FunctionUnit UnitsReader::function(const Json& json) {
  FunctionUnit unit;
  if (!json.is_object()) {
    fail("functions");
    return unit;
  }
  unit.name = name(member(json, "name"), "name");
  const std::string& qualified = names_->text(unit.name);
  unit.last_name = names_->id_of(std::string(qualified.substr(qualified.rfind('.') + 1)));
  unit.class_name = name(member(json, "class"), "class");
  unit.ordinal = number(json, "ordinal");
  unit.line = number(json, "line");
  unit.end = number(json, "end");
  unit.fingerprint = hash(member(json, "fp"), "fp");
  unit.positions = hash(member(json, "pos"), "pos");
  unit.signature = hash(member(json, "sig"), "sig");
  unit.lazy = truth(json, "lazy");
  unit.keeps_parameter = truth(json, "keeps_parameter");
  unit.calls_values = truth(json, "calls_values");
  unit.passes_to = name_list(json, "passes_to");
  unit.gives_to = name_list(json, "gives_to");
  unit.arguments = name_list(json, "args");
  const NameId unknown = names_->id_of("?");
  const NameId parameter = names_->id_of("@param");
  const NameId hidden = names_->id_of("@hidden");
  for (const NameId written : name_list(json, "writes")) {
    if (written == unknown)
      unit.writes_unknown = true;
    else if (written == parameter)
      unit.writes_parameter = true;
    else if (written == hidden)
      unit.keeps_hidden = true;
    else
      unit.writes.push_back(written);
  }
  unit.reads = reads(json, "reads");
  unit.exposures = exposures(json);
  return unit;
}

bool parse_kind(const std::string& word, StatementKind* kind) {
  static constexpr const char* kWords[] = {"def", "class", "import", "assign", "method", "member", "other"};
  const auto* found = std::find(std::begin(kWords), std::end(kWords), word);
  if (found == std::end(kWords)) return false;
  *kind = static_cast<StatementKind>(found - kWords);
  return true;
}

StatementUnit UnitsReader::statement(const Json& json) {
  StatementUnit unit;
  if (!json.is_object()) {
    fail("statements");
    return unit;
  }
  unit.class_name = name(member(json, "class"), "class");
  unit.head = name(member(json, "head"), "head");
  unit.line = number(json, "line");
  unit.end = number(json, "end");
  const Json* kind = member(json, "kind");
  if (kind == nullptr || !kind->is_string() || !parse_kind(kind->get_ref<const std::string&>(), &unit.kind))
    fail("kind");
  unit.fingerprint = hash(member(json, "fp"), "fp");
  unit.order_free = truth(json, "order_free");
  unit.may_raise = truth(json, "may_raise");
  unit.annotations_may_raise = truth(json, "annotations_may_raise");
  unit.special = truth(json, "special");
  unit.autouse = truth(json, "autouse");
  unit.is_hook = truth(json, "hooks");
  unit.binds = name_list(json, "binds");
  unit.calls = name_list(json, "calls");
  unit.decorators = name_list(json, "decorators");
  unit.bases = name_list(json, "bases");
  const Json* effect = member(json, "effect");
  unit.has_effect = effect != nullptr && !effect->is_null();
  if (unit.has_effect) {
    const NameId unknown = names_->id_of("?");
    for (const NameId root : name_list(json, "effect")) {
      if (root == unknown)
        unit.effect_unknown = true;
      else
        unit.effect_roots.push_back(root);
    }
  }
  if (const Json* stars = member(json, "stars"); stars != nullptr) {
    for (const Json& star : *stars) {
      const bool shaped =
          star.is_array() && star.size() == 2 && star[0].is_number_unsigned() && star[1].is_string();
      if (!shaped) {
        fail("stars");
        break;
      }
      unit.stars.emplace_back(star[0].get<uint16_t>(), name(&star[1], "stars"));
    }
  }
  unit.reads = reads(json, "reads");
  unit.annotations = reads(json, "annotations");
  unit.exposures = exposures(json);
  return unit;
}

std::vector<std::pair<NameId, Hash128>> UnitsReader::hashes(const Json& json, const char* key) {
  std::vector<std::pair<NameId, Hash128>> found;
  const Json* given = member(json, key);
  if (given == nullptr) return found;
  if (!given->is_object()) fail(key);
  for (const auto& [qualified, value] : given->items())
    found.emplace_back(names_->id_of(qualified), hash(&value, key));
  std::sort(found.begin(), found.end());
  return found;
}

FileUnits UnitsReader::file(const Json& json) {
  FileUnits units;
  if (const Json* error = member(json, "error"); error != nullptr && error->is_string()) {
    units.error = error->get<std::string>();
    if (units.error.empty()) units.error = "it cannot be parsed";
    return units;
  }
  if (number(json, "version") != kVersion) fail("version");
  const Json* functions = member(json, "functions");
  const Json* statements = member(json, "statements");
  if (functions == nullptr || !functions->is_array()) fail("functions");
  if (statements == nullptr || !statements->is_array()) fail("statements");
  if (!problem_.empty()) return units;
  for (const Json& each : *functions) units.functions.push_back(function(each));
  for (const Json& each : *statements) units.statements.push_back(statement(each));
  units.docs = hashes(json, "docs");
  units.annotations = hashes(json, "annotations");
  return units;
}

}  // namespace

Result<FileUnits> parse_units(std::string_view line, NameTable* names) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return Error{collector::kUnitsUnreadable, 0, "source units are not JSON"};
  UnitsReader reader(names);
  FileUnits units = reader.file(json);
  if (!reader.problem().empty())
    return Error{collector::kUnitsUnreadable, 0, "source units have no good \"" + reader.problem() + "\""};
  return units;
}

}  // namespace alibi::change
