// JSON with the bytes of Go's encoding/json (MarshalIndent with two blanks): the order in which it is
// written, its escapes and its numbers. Pure; used for the files that are compared with the peer's.
#ifndef ALIBI_COLLECTOR_PLAN_FOLDER_GO_JSON_H_
#define ALIBI_COLLECTOR_PLAN_FOLDER_GO_JSON_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace alibi::plan_folder {

// With quotes; '<', '>', '&' and the line separators of Unicode escaped, bytes that are no UTF-8 replaced.
std::string go_quoted(std::string_view text);
std::string go_number(double value);  // "0" for what JSON cannot say

class GoJson {
 public:
  GoJson& open(char bracket);  // '{' or '['
  GoJson& close();
  GoJson& key(std::string_view name);
  GoJson& text(std::string_view value) { return raw(go_quoted(value)); }
  GoJson& number(int64_t value) { return raw(std::to_string(value)); }
  GoJson& real(double value) { return raw(go_number(value)); }
  const std::string& bytes() const { return bytes_; }

 private:
  struct Level {
    char closing;
    bool empty = true;
  };
  GoJson& raw(std::string_view value);
  void begin_value();
  void new_line();

  std::string bytes_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace alibi::plan_folder

#endif  // ALIBI_COLLECTOR_PLAN_FOLDER_GO_JSON_H_
