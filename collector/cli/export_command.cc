#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "collector/cli/commands.h"
#include "collector/cli/coverage_now.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/project_request.h"
#include "collector/model/error_codes.h"
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

int write_out(const ExportOptions& options, const Result<std::string>& bytes, Console* console) {
  if (!bytes) return console->fail(bytes.error());
  if (options.output.empty()) {
    console->print(*bytes);
    return kDone;
  }
  const Result<void> written = store::write_file(options.output, *bytes, store::Durability::kUnsynced);
  return written ? static_cast<int>(kDone) : console->fail(written.error());
}

// An error where none can be had: the export is worth more than its turn.
Result<store::DirectoryLock> wait_for_turn(const ExportOptions& options, const std::string& data) {
  constexpr int kPatienceMilliseconds = 60'000;
  if (options.output.empty()) return Error{collector::kCannotWrite, 0, "nothing is written"};
  return store::DirectoryLock::take_folder(data, kPatienceMilliseconds);
}

int export_as_of_now(const ExportOptions& options, store::Store* store, Console* console) {
  if (options.format != ExportFormat::kCoverage)
    return console->fail(Error{collector::kUsage, 0, "--as-of-now goes with the format coverage only"});
  Result<SelectionRequest> request = read_request(options.request, options.environment, "", store);
  if (!request) return console->fail(request.error());
  if (options.read_only) request->keep_units = change::KeepUnits::kNo;
  CoverageScope scope{{}, options.contexts, !options.read_only};
  for (const std::string& source : options.sources) {
    Result<std::string> path = store::absolute_path(source);
    if (!path) return console->fail(path.error());
    scope.sources.push_back(std::move(*path));
  }
  const Result<CoverageNow> now = coverage_as_of_now(store, *request, scope);
  if (!now) return console->fail(now.error());
  for (const std::string& notice : now->notices) console->warn(notice);
  return write_out(options, report::coverage_data(now->lines), console);
}

}  // namespace

int run_export(const ExportOptions& options, Console* console) {
  if (options.format == ExportFormat::kJson) return export_json(options, console);
  const std::string data = data_folder(options.data);
  // Of runs that end at the same moment the last to write must have seen the others.
  Result<store::DirectoryLock> turn = wait_for_turn(options, data);
  Result<store::Store> store =
      options.read_only ? store::Store::open(data, store::Store::Access::kRead) : open_to_read(data, console);
  if (!store) return console->fail(store.error());
  if (options.as_of_now) return export_as_of_now(options, &*store, console);
  const Result<report::LineTable> table = gather(&*store);
  if (!table) return console->fail(table.error());
  return write_out(options, bytes_of(options.format, *table), console);
}

}  // namespace alibi::cli
