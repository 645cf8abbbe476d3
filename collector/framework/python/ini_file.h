// INI files as pytest reads them: sections, "name = value" or "name: value", indented lines that continue,
// whole lines of comment. Pure.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_PYTHON_INI_FILE_H_
#define ALIBI_COLLECTOR_FRAMEWORK_PYTHON_INI_FILE_H_

#include <map>
#include <string>
#include <string_view>

#include "tracer/base/result.h"

namespace alibi::framework {

using IniSection = std::map<std::string, std::string>;
using IniFile = std::map<std::string, IniSection>;

// What pytest would refuse is an error that names the line.
Result<IniFile> parse_ini(std::string_view text, const std::string& path);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_PYTHON_INI_FILE_H_
