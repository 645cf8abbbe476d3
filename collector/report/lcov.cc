#include <algorithm>

#include "collector/report/exporters.h"

namespace alibi::report {

std::string lcov(const LineTable& table) {
  std::string text;
  for (const auto& [path, file] : table.files()) {
    if (file.tests_by_line.empty() || path.find('\n') != std::string::npos)
      continue;  // the format has no escapes
    text += "TN:\nSF:" + path + '\n';
    uint64_t entered = 0;
    for (const auto& [function, tests] : file.functions) {
      text += "FN:" + std::to_string(function.line) + "," + function.name + '\n';
    }
    for (const auto& [function, tests] : file.functions) {
      text += "FNDA:" + std::to_string(tests) + "," + function.name + '\n';
      entered += tests == 0 ? 0 : 1;
    }
    text += "FNF:" + std::to_string(file.functions.size()) + "\nFNH:" + std::to_string(entered) + '\n';
    for (const auto& [line, tests] : file.tests_by_line) {
      text += "DA:" + std::to_string(line) + "," + std::to_string(std::max<uint64_t>(tests, 1)) + '\n';
    }
    const std::string lines = std::to_string(file.tests_by_line.size());
    text += "LF:" + lines + "\nLH:" + lines + "\nend_of_record\n";
  }
  return text;
}

}  // namespace alibi::report
