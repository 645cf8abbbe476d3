#include "collector/framework/python/ini_file.h"

#include <algorithm>
#include <utility>

#include "collector/model/plan_errors.h"

namespace alibi::framework {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  Result<void> read(std::string_view line) {
    ++line_;
    std::string_view content = trimmed(line);
    if (content.empty() || content.front() == '#' || content.front() == ';') return {};
    if (line.front() == '[' && is_section(content)) return begin_section(content);
    const bool continues = line.front() == '[' || kBlanks.find(line.front()) != std::string_view::npos;
    return continues ? go_on(content) : add(content);
  }
  IniFile take() { return std::move(file_); }

 private:
  // "[name]  # why"; the comment is taken off.
  static bool is_section(std::string_view& content) {
    const std::string_view named = trimmed(content.substr(0, content.find_first_of("#;")));
    if (named.back() != ']') return false;
    content = named;
    return true;
  }

  Result<void> begin_section(std::string_view content) {
    const std::string name(content.substr(1, content.size() - 2));
    if (name.empty()) return fault("empty section name");
    if (file_.contains(name)) return fault("duplicate section '" + name + "'");
    section_ = &file_[name];
    last_ = nullptr;
    return {};
  }

  Result<void> go_on(std::string_view content) {
    if (last_ == nullptr) return fault("unexpected value continuation");
    if (!last_->empty()) last_->push_back('\n');
    last_->append(content);
    return {};
  }

  Result<void> add(std::string_view content) {
    size_t separator = content.find('=');
    if (separator == std::string_view::npos ||
        content.substr(0, separator).find(':') != std::string_view::npos)
      separator = content.find(':');
    if (separator == std::string_view::npos)
      return fault("unexpected line: '" + std::string(content.substr(0, 100)) + "'");
    if (section_ == nullptr) return fault("no section header defined");
    const std::string name(trimmed(content.substr(0, separator)));
    if (section_->contains(name)) return fault("duplicate name '" + name + "'");
    last_ = &(*section_)[name];
    *last_ = trimmed(content.substr(separator + 1));
    return {};
  }

  Error fault(const std::string& what) const {
    return Error{collector::kPlanFastDiscovery, 0, path_ + ":" + std::to_string(line_) + ": " + what};
  }

  std::string path_;
  size_t line_ = 0;
  IniFile file_;
  IniSection* section_ = nullptr;
  std::string* last_ = nullptr;
};

}  // namespace

Result<IniFile> parse_ini(std::string_view text, const std::string& path) {
  Reader reader(path);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (const Result<void> read = reader.read(line); !read.ok()) return read.error();
  }
  return reader.take();
}

}  // namespace alibi::framework
