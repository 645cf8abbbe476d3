#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/report/exporters.h"
#include "collector/store/disk.h"

namespace alibi::cli {
namespace {

Result<report::LineTable> gather(store::Store* store) {
  Result<std::vector<store::TestRow>> tests = store->latest_tests();
  if (!tests) return std::move(tests).error();
  // Names of evidence sort by age.
  std::sort(tests->begin(), tests->end(), [](const store::TestRow& left, const store::TestRow& right) {
    return std::tie(left.evidence, left.position) < std::tie(right.evidence, right.position);
  });
  report::LineTable table;
  store::TestReader reader(*store);
  std::string_view session;
  for (const store::TestRow& row : *tests) {
    Result<store::TestReader::Found> found = reader.read(row);
    if (!found) return std::move(found).error();
    if (row.evidence != std::exchange(session, row.evidence)) table.add_session(*found->coverage);
    table.add_test(*found->coverage, *found->test);
  }
  return table;
}

Result<std::string> bytes_of(ExportFormat format, const report::LineTable& table) {
  switch (format) {
    case ExportFormat::kLcov:
      return report::lcov(table);
    case ExportFormat::kCobertura:
      return report::cobertura(table);
    default:
      return report::coverage_data(table);
  }
}

// `alibi export json` is what `alibi show --json` prints.
int export_json(const ExportOptions& options, Console* console) {
  if (!options.output.empty() && std::freopen(options.output.c_str(), "w", stdout) == nullptr) {
    return console->fail(os_error(ErrorCode::kCannotCreate, errno, "cannot write " + options.output));
  }
  return run_show(ShowOptions{"", options.data, Output::kJson, true}, console);
}

}  // namespace

int run_export(const ExportOptions& options, Console* console) {
  if (options.format == ExportFormat::kJson) return export_json(options, console);
  Result<store::Store> store = open_to_read(data_folder(options.data), console);
  if (!store) return console->fail(store.error());
  const Result<report::LineTable> table = gather(&*store);
  if (!table) return console->fail(table.error());
  const Result<std::string> bytes = bytes_of(options.format, *table);
  if (!bytes) return console->fail(bytes.error());
  if (options.output.empty()) {
    console->print(*bytes);
    return kDone;
  }
  const Result<void> written = store::write_file(options.output, *bytes, store::Durability::kUnsynced);
  return written ? static_cast<int>(kDone) : console->fail(written.error());
}

}  // namespace alibi::cli
