#include "collector/report/exporters.h"

namespace alibi::report {

std::string lcov(const LineTable& table, const std::string& root) {
  const std::string above = root.empty() ? std::string() : root + "/";
  std::string text;
  for (const auto& [path, file] : table.files()) {
    if (file.lines.empty() || path.find('\n') != std::string::npos) continue;  // the format has no escapes
    if (!path.starts_with(above)) continue;
    text += "TN:\nSF:" + path.substr(above.size()) + '\n';
    for (const auto& [function, runs] : file.functions) {
      text += "FN:" + std::to_string(function.line) + "," + function.name + '\n';
    }
    for (const auto& [function, runs] : file.functions) {
      text += "FNDA:" + std::to_string(runs.count()) + "," + function.name + '\n';
    }
    const Share functions = share_of(file.functions);
    text += "FNF:" + std::to_string(functions.known) + "\nFNH:" + std::to_string(functions.executed) + '\n';
    for (const auto& [line, runs] : file.lines) {
      text += "DA:" + std::to_string(line) + "," + std::to_string(runs.count()) + '\n';
    }
    const Share lines = share_of(file.lines);
    text +=
        "LF:" + std::to_string(lines.known) + "\nLH:" + std::to_string(lines.executed) + "\nend_of_record\n";
  }
  return text;
}

}  // namespace alibi::report
