// Coverage formats of other tools, from a LineTable. Pure: each returns the bytes of the file.
//
// Alibi records what ran, not what could have run: lcov and Cobertura list executed lines only, so their
// rates say nothing about untested code. The coverage.py file has no such limit: coverage.py reads the
// sources itself.
#ifndef ALIBI_COLLECTOR_REPORT_EXPORTERS_H_
#define ALIBI_COLLECTOR_REPORT_EXPORTERS_H_

#include <string>

#include "collector/report/line_table.h"
#include "tracer/base/result.h"

namespace alibi::report {

// The count of a line is the number of tests that executed it; at least 1.
std::string lcov(const LineTable& table);
std::string cobertura(const LineTable& table);
// A coverage.py data file (SQLite, schema version 7) with one context per test.
Result<std::string> coverage_data(const LineTable& table);

}  // namespace alibi::report

#endif  // ALIBI_COLLECTOR_REPORT_EXPORTERS_H_
