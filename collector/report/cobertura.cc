#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "collector/model/test_view.h"
#include "collector/report/exporters.h"

namespace alibi::report {
namespace {

std::string escaped(std::string_view text) {
  std::string safe;
  for (char byte : text) {
    switch (byte) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      // XML 1.0 has no way to write the other control characters.
      default:
        safe += static_cast<unsigned char>(byte) < 0x20 ? '?' : byte;
    }
  }
  return safe;
}

std::string package_of(std::string_view path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string_view::npos) return ".";
  std::string package(path.substr(0, slash));
  std::replace(package.begin(), package.end(), '/', '.');
  return package;
}

}  // namespace

std::string cobertura(const LineTable& table) {
  struct Class {
    std::string path;
    const LineTable::File* file;
  };
  std::map<std::string, std::vector<Class>> packages;
  uint64_t lines = 0;
  for (const auto& [path, file] : table.files()) {
    if (file.tests_by_line.empty()) continue;
    const std::string relative = collector::relative_path(path, table.root());
    packages[package_of(relative)].push_back(Class{relative, &file});
    lines += file.tests_by_line.size();
  }
  const std::string count = std::to_string(lines);
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<!DOCTYPE coverage SYSTEM \"http://cobertura.sourceforge.net/xml/coverage-04.dtd\">\n";
  text += "<coverage line-rate=\"1\" branch-rate=\"0\" lines-covered=\"" + count + "\" lines-valid=\"" +
          count +
          "\" branches-covered=\"0\" branches-valid=\"0\" complexity=\"0\" version=\"alibi\" timestamp=\"" +
          std::to_string(table.started_unix_ns() / 1'000'000) + "\">\n";
  text += "  <sources>\n    <source>" + escaped(table.root()) + "</source>\n  </sources>\n  <packages>\n";
  for (const auto& [package, classes] : packages) {
    text += "    <package name=\"" + escaped(package) +
            "\" line-rate=\"1\" branch-rate=\"0\" complexity=\"0\">\n"
            "      <classes>\n";
    for (const Class& entry : classes) {
      const std::string name = entry.path.substr(entry.path.find_last_of('/') + 1);
      text +=
          "        <class name=\"" + escaped(name) + "\" filename=\"" + escaped(entry.path) +
          "\" line-rate=\"1\" branch-rate=\"0\" complexity=\"0\">\n          <methods/>\n          <lines>\n";
      for (const auto& [line, tests] : entry.file->tests_by_line) {
        text += "            <line number=\"" + std::to_string(line) + "\" hits=\"" +
                std::to_string(std::max<uint64_t>(tests, 1)) + "\"/>\n";
      }
      text += "          </lines>\n        </class>\n";
    }
    text += "      </classes>\n    </package>\n";
  }
  return text + "  </packages>\n</coverage>\n";
}

}  // namespace alibi::report
