// Coverage formats of other tools, from a LineTable. Pure: each returns the bytes of the file.
//
// lcov and Cobertura list every line and function of the files that the sessions loaded, whether it ran or
// not (multi-line statements line by line, docstrings of modules and classes too, as the interpreter has
// them). Files that nothing loaded are not known. The coverage.py file holds executed lines only: coverage.py
// reads the sources itself.
#ifndef ALIBI_COLLECTOR_REPORT_EXPORTERS_H_
#define ALIBI_COLLECTOR_REPORT_EXPORTERS_H_

#include <string>

#include "collector/report/line_table.h"
#include "tracer/base/result.h"

namespace alibi::report {

// The count of a line or function is the number of tests that executed it; 1 when only something outside of
// tests did.
// With `root`: the files below it alone, by their paths in it.
std::string lcov(const LineTable& table, const std::string& root = {});
std::string cobertura(const LineTable& table);
// A coverage.py data file (SQLite, schema version 7) with one context per test.
Result<std::string> coverage_data(const LineTable& table);

}  // namespace alibi::report

#endif  // ALIBI_COLLECTOR_REPORT_EXPORTERS_H_
