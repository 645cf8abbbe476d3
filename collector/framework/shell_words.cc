#include "collector/framework/shell_words.h"

#include <algorithm>

namespace alibi::framework {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool is_blank(char c) {
  return kBlanks.find(c) != std::string_view::npos;
}

struct Words {
  std::vector<std::string> words;
  bool good = true;
};

// Reads a quoted piece that begins after its quote; the place after the closing one, npos without it.
size_t read_quoted(std::string_view text, size_t at, char quote, std::string* into) {
  for (; at < text.size(); ++at) {
    if (text[at] == quote) return at + 1;
    const bool escapes = quote == '"' && text[at] == '\\' && at + 1 < text.size() &&
                         std::string_view("\"\\$`\n").find(text[at + 1]) != std::string_view::npos;
    if (escapes) ++at;
    into->push_back(text[at]);
  }
  return std::string_view::npos;
}

Words quoted_words(std::string_view text) {
  Words found;
  std::string word;
  bool open = false;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_blank(c)) {
      if (open) found.words.push_back(std::move(word));
      word.clear();
      open = false;
      ++at;
      continue;
    }
    open = true;
    if (c == '\'' || c == '"') {
      at = read_quoted(text, at + 1, c, &word);
    } else if (c == '\\') {
      if (at + 1 < text.size()) word.push_back(text[at + 1]);
      at = at + 1 < text.size() ? at + 2 : std::string_view::npos;
    } else {
      word.push_back(c);
      ++at;
    }
    if (at == std::string_view::npos) return {{}, false};
  }
  if (open) found.words.push_back(std::move(word));
  return found;
}

std::vector<std::string> blank_words(std::string_view text) {
  std::vector<std::string> words;
  for (size_t at = text.find_first_not_of(kBlanks); at < text.size();
       at = text.find_first_not_of(kBlanks, at)) {
    const size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

}  // namespace

ShellWords split_quoted(std::string_view text) {
  ShellWords split;
  Words quoted = quoted_words(text);
  split.words = std::move(quoted.words);
  if (!quoted.good) {
    split.words = blank_words(text);
    split.warnings.push_back("a quotation mark in the command is not closed: it is split at blanks (" +
                             std::string(text.substr(0, 200)) + ")");
  }
  return split;
}

ShellWords split_command(std::string_view text) {
  ShellWords split = split_quoted(text);
  const auto end = std::ranges::find(split.words, "--");
  if (end != split.words.end()) {
    split.words.erase(end, split.words.end());
    split.warnings.push_back("\"--\" and what follows it in the command are left out: " +
                             std::string("what is appended would not be read as options behind it"));
  }
  return split;
}

}  // namespace alibi::framework
