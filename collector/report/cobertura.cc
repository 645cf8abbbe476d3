#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
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

struct Class {
  std::string path;
  const LineTable::File* file;
  Share lines;
};

struct Package {
  std::vector<Class> classes;
  Share lines;
};

std::string rate(const Share& lines) {
  if (lines.known == 0) return "1";
  char text[32];
  std::snprintf(text, sizeof text, "%.4g",
                static_cast<double>(lines.executed) / static_cast<double>(lines.known));
  return text;
}

std::string class_text(const Class& entry) {
  const std::string name = entry.path.substr(entry.path.find_last_of('/') + 1);
  std::string text = "        <class name=\"" + escaped(name) + "\" filename=\"" + escaped(entry.path) +
                     "\" line-rate=\"" + rate(entry.lines) +
                     "\" branch-rate=\"0\" complexity=\"0\">\n          <methods/>\n          <lines>\n";
  for (const auto& [line, runs] : entry.file->lines) {
    text += "            <line number=\"" + std::to_string(line) + "\" hits=\"" +
            std::to_string(runs.count()) + "\"/>\n";
  }
  return text + "          </lines>\n        </class>\n";
}

}  // namespace

std::string cobertura(const LineTable& table) {
  const std::map<std::string, LineTable::File> files = table.files();
  std::map<std::string, Package> packages;
  Share all;
  for (const auto& [path, file] : files) {
    if (file.lines.empty()) continue;
    const std::string relative = collector::relative_path(path, table.root());
    const Share lines = share_of(file.lines);
    Package& package = packages[package_of(relative)];
    package.classes.push_back(Class{relative, &file, lines});
    package.lines += lines;
    all += lines;
  }
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<!DOCTYPE coverage SYSTEM \"http://cobertura.sourceforge.net/xml/coverage-04.dtd\">\n";
  text += "<coverage line-rate=\"" + rate(all) + "\" branch-rate=\"0\" lines-covered=\"" +
          std::to_string(all.executed) + "\" lines-valid=\"" + std::to_string(all.known) +
          "\" branches-covered=\"0\" branches-valid=\"0\" complexity=\"0\" version=\"alibi\" timestamp=\"" +
          std::to_string(table.started_unix_ns() / 1'000'000) + "\">\n";
  text += "  <sources>\n    <source>" + escaped(table.root()) + "</source>\n  </sources>\n  <packages>\n";
  for (const auto& [name, package] : packages) {
    text += "    <package name=\"" + escaped(name) + "\" line-rate=\"" + rate(package.lines) +
            "\" branch-rate=\"0\" complexity=\"0\">\n"
            "      <classes>\n";
    for (const Class& entry : package.classes) text += class_text(entry);
    text += "      </classes>\n    </package>\n";
  }
  return text + "  </packages>\n</coverage>\n";
}

}  // namespace alibi::report
