// Fields of foreign JSON objects: each with its type and its bounds, the first fault kept. Used by the
// readers of the plan folder, one thread; after a fault all values are empty, so that a reader checks once at
// its end.
#ifndef ALIBI_COLLECTOR_PLAN_FOLDER_JSON_FIELDS_H_
#define ALIBI_COLLECTOR_PLAN_FOLDER_JSON_FIELDS_H_

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace alibi::plan_folder {

// A text of any bytes: as itself where it is UTF-8, else {"bytes": "<hex>"}.
nlohmann::ordered_json json_text(const std::string& text);

class JsonFields {
 public:
  // `where`: for faults, "units[3]". `fault` outlives this.
  JsonFields(const nlohmann::json& object, std::string where, std::string* fault);

  std::string text(const char* key) const;
  std::vector<std::string> texts(const char* key) const;
  std::map<std::string, std::string> pairs(const char* key) const;  // of a list of [name, value]
  uint64_t number(const char* key, uint64_t most) const;
  double real(const char* key) const;  // finite
  bool flag(const char* key) const;
  bool has(const char* key) const;
  JsonFields object(const char* key) const;
  const nlohmann::json& object_value(const char* key) const;  // {} after a fault
  const nlohmann::json& list(const char* key) const;          // [] after a fault
  // Of an element of a list.
  JsonFields element(const nlohmann::json& value, const char* list, size_t index) const;
  void blame(const std::string& key, const std::string& wanted) const;

 private:
  const nlohmann::json* find(const char* key) const;
  std::string text_value(const nlohmann::json& value, const char* key) const;

  const nlohmann::json* object_;
  std::string where_;
  std::string* fault_;
};

}  // namespace alibi::plan_folder

#endif  // ALIBI_COLLECTOR_PLAN_FOLDER_JSON_FIELDS_H_
