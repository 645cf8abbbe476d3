// Which of the known test files a report means: by its path, or by a dotted name such as Python's and Java's
// classes have. What could be two is none. Used within timings; pure.
#ifndef ALIBI_COLLECTOR_TIMINGS_FILE_NAMES_H_
#define ALIBI_COLLECTOR_TIMINGS_FILE_NAMES_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace alibi::timings {

struct NameMatch {
  const std::string* file = nullptr;
  bool ambiguous = false;
};

class FileNames {
 public:
  explicit FileNames(const std::vector<std::string>& files);

  // "./spec/x_spec.rb", "/home/ci/project/spec/x_spec.rb", "spec\\x_spec.rb"; "spec/x_spec.rb" for
  // core/spec/x_spec.rb.
  NameMatch by_path(std::string_view path) const;
  // "tests.unit.test_a.TestClass": tests/unit/test_a.py.
  NameMatch by_dotted_name(std::string_view name) const;

 private:
  using Names = std::map<std::string, const std::string*, std::less<>>;  // nullptr: several files have it

  static void add(const std::string& name, const std::string* file, Names* names);
  static NameMatch find(const Names& names, std::string_view name);

  std::vector<std::string> files_;
  Names paths_, ends_of_paths_;
  Names stems_, ends_of_stems_;  // without what comes after the name's first dot
};

}  // namespace alibi::timings

#endif  // ALIBI_COLLECTOR_TIMINGS_FILE_NAMES_H_
