// A JSON document with each of its members exchanged for one of every other type: what readers must survive.
#ifndef ALIBI_TESTS_UNIT_PAYLOAD_EXCHANGED_MEMBERS_H_
#define ALIBI_TESTS_UNIT_PAYLOAD_EXCHANGED_MEMBERS_H_

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace alibi::testing {

// One of every type, to be put where another is due.
inline std::vector<nlohmann::json> of_every_type() {
  return {nullptr,
          true,
          -5,
          7,
          1.5,
          1e300,
          "text",
          "",
          nlohmann::json::array({1}),
          nlohmann::json{{"a", 1}},
          nlohmann::json::array({nlohmann::json::object()})};
}

// Every member of `document`, however deep, exchanged for one of every type, one at a time.
inline void exchange_each(const nlohmann::json& document,
                          const std::function<void(const std::string&)>& take) {
  using nlohmann::json;
  const json flat = document.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    for (json::json_pointer at(pointer); !at.empty(); at = at.parent_pointer()) {
      for (const json& other : of_every_type()) {
        json changed = document;
        changed[at] = other;
        take(changed.dump());
      }
      json without = document;
      json& parent = without[at.parent_pointer()];
      if (parent.is_object()) parent.erase(at.back());
      take(without.dump());
    }
  }
}

}  // namespace alibi::testing

#endif  // ALIBI_TESTS_UNIT_PAYLOAD_EXCHANGED_MEMBERS_H_
