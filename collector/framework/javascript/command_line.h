// Command lines of the tools of Node: where the tool stands in the user's command, what of it is kept, and
// what is appended. Pure; any thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_JAVASCRIPT_COMMAND_LINE_H_
#define ALIBI_COLLECTOR_FRAMEWORK_JAVASCRIPT_COMMAND_LINE_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alibi::framework::javascript {

using Words = std::vector<std::string>;

// The word that is the tool itself: "node_modules/.bin/jest", "jest", "node_modules/jest/bin/jest.js".
std::optional<size_t> tool_position(const Words& command, std::string_view tool);

// npm keeps options to itself unless they stand behind "--".
Words with_arguments(Words command, const Words& more);

// How many words after an option belong to it.
enum class Takes : uint8_t { kNothing, kValue, kMaybeValue, kValues };
using OptionTable = std::map<std::string, Takes, std::less<>>;

struct SortedWords {
  Words kept;        // options with their values, in their order
  Words positional;  // all others
  Words dropped;     // options that were to be left out, without their values
};
// The words behind the tool. `dropped`: options (with their values) that are not kept.
SortedWords sorted_words(const Words& words, const OptionTable& table,
                         const std::vector<std::string_view>& dropped);

// "--name VALUE", "--name=VALUE", the last one; nothing: not given.
std::optional<std::string> value_of(const Words& words, const std::vector<std::string_view>& names);

// So many bytes of arguments fit into one command line of this command.
size_t argument_room(const Words& command, const std::map<std::string, std::string>& environment);
// In order; each batch has one file at least and, where it can be, no more bytes than there is room for.
std::vector<Words> batches(const Words& files, size_t room, size_t extra_per_file);

// What a shell would have to be told: for messages.
std::string shown(const Words& command);

}  // namespace alibi::framework::javascript

#endif  // ALIBI_COLLECTOR_FRAMEWORK_JAVASCRIPT_COMMAND_LINE_H_
