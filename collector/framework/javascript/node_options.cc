#include "collector/framework/javascript/node_options.h"

#include <utility>
#include <vector>

namespace alibi::framework::javascript {
namespace {

struct Word {
  std::string value;  // without quotation marks
  std::string text;   // as written
};

// Node's own rules: blanks divide, double quotation marks hold together, '\' inside them takes the next as
// is.
std::vector<Word> words_of(const std::string& options) {
  std::vector<Word> words;
  bool quoted = false, open = false;
  for (size_t at = 0; at < options.size(); ++at) {
    const char c = options[at];
    if (c == ' ' && !quoted) {
      open = false;
      continue;
    }
    if (!open) words.emplace_back();
    open = true;
    words.back().text.push_back(c);
    if (c == '"') {
      quoted = !quoted;
    } else if (c == '\\' && quoted && at + 1 < options.size()) {
      words.back().text.push_back(options[++at]);
      words.back().value.push_back(options[at]);
    } else {
      words.back().value.push_back(c);
    }
  }
  return words;
}

bool loads(const std::string& option, std::string_view what) {
  if (what == kTracer) return option == "-r" || option == "--require";
  return option == "--import";
}

// "--require=dd-trace/ci/init", or of two words; how many words it takes, 0: it is something else.
size_t entry_at(const std::vector<Word>& words, size_t at, std::string_view what) {
  const std::string& word = words[at].value;
  if (loads(word, what)) return at + 1 < words.size() && words[at + 1].value == what ? 2 : 0;
  const size_t equals = word.find('=');
  if (equals == std::string::npos) return 0;
  return loads(word.substr(0, equals), what) && word.substr(equals + 1) == what ? 1 : 0;
}

std::string before(std::string first, const std::string& options) {
  if (!options.empty()) first.append(" ").append(options);
  return first;
}

}  // namespace

std::string without_tracer(const std::string& options) {
  const std::vector<Word> words = words_of(options);
  std::string kept;
  bool changed = false;
  for (size_t at = 0; at < words.size(); ++at) {
    const size_t entry = entry_at(words, at, kTracer) + entry_at(words, at, kTracerLoader);
    if (entry > 0) {
      changed = true;
      at += entry - 1;
      continue;
    }
    if (!kept.empty()) kept.push_back(' ');
    kept += words[at].text;
  }
  return changed ? kept : options;
}

std::string with_tracer(const std::string& options, bool loader) {
  std::string made = options;
  if (made.find(kTracer) == std::string::npos) made = before("-r " + std::string(kTracer), made);
  if (loader && made.find(kTracerLoader) == std::string::npos)
    made = before("--import " + std::string(kTracerLoader), made);
  return made;
}

std::string with_preload(const std::string& options, const std::string& file) {
  if (file.find_first_of(" \"\\") == std::string::npos) return before("--require " + file, options);
  std::string quoted;
  for (const char c : file) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return before("--require \"" + quoted + "\"", options);
}

}  // namespace alibi::framework::javascript
