// A look-up with an answer where there is nothing. Pure.
#ifndef ALIBI_COLLECTOR_SELECT_FOUND_OR_H_
#define ALIBI_COLLECTOR_SELECT_FOUND_OR_H_

namespace alibi::select {

// `nothing` outlives the answer.
template <typename Map, typename Key, typename Value>
const Value& found_or(const Map& map, const Key& key, const Value& nothing) {
  const auto place = map.find(key);
  return place == map.end() ? nothing : place->second;
}

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_FOUND_OR_H_
