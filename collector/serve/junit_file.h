// Results in JUnit's XML as records: each file is a session. Pure: what a file does not say (ids, a start) is
// made of its content, so that the same file twice is one session.
#ifndef ALIBI_COLLECTOR_SERVE_JUNIT_FILE_H_
#define ALIBI_COLLECTOR_SERVE_JUNIT_FILE_H_

#include <string>
#include <string_view>

#include "collector/serve/records.h"
#include "tracer/base/result.h"

namespace alibi::serve {

// An error names `path` and the line.
Result<Intake> intake_of_junit(std::string_view xml, const std::string& path, const std::string& service);

// "multipart/form-data; boundary=…" of a form without its header: the boundary is in its first line.
std::string form_type_of(std::string_view body);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_JUNIT_FILE_H_
