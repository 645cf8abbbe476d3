// Identifiers as numbers: every name that source units speak of, once. Used by change and select, by one
// thread; numbers are valid for one table and never stored.
#ifndef ALIBI_COLLECTOR_CHANGE_NAME_TABLE_H_
#define ALIBI_COLLECTOR_CHANGE_NAME_TABLE_H_

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace alibi::change {

using NameId = uint32_t;

class NameTable {
 public:
  NameTable() { id_of(""); }  // 0 is the empty name

  NameId id_of(std::string_view name) {
    if (const auto known = ids_.find(name); known != ids_.end()) return known->second;
    const std::string& kept = names_.emplace_back(name);
    const auto id = static_cast<NameId>(names_.size() - 1);
    ids_.emplace(kept, id);
    return id;
  }
  // Does not add the name.
  bool find(std::string_view name, NameId* id) const {
    const auto known = ids_.find(name);
    if (known == ids_.end()) return false;
    *id = known->second;
    return true;
  }
  const std::string& text(NameId id) const { return names_[id]; }
  size_t size() const { return names_.size(); }

 private:
  std::deque<std::string> names_;  // addresses stay
  absl::flat_hash_map<std::string_view, NameId> ids_;
};

inline constexpr NameId kNoName = 0;

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_NAME_TABLE_H_
