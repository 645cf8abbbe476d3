#include "collector/cli/shipper.h"

#include <sys/random.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "collector/report/crash_text.h"
#include "collector/report/exporters.h"
#include "collector/report/style.h"
#include "collector/store/disk.h"
#include "collector/transport/curl_client.h"
#include "collector/transport/pace.h"
#include "tracer/base/file_system.h"

extern char** environ;

namespace alibi::cli {
namespace {

// Of what ran in this session: tests that were left out are not in it.
std::string lcov_of(const collector::SessionCoverage& coverage, const std::string& root) {
  report::LineTable table;
  table.add_session(coverage);
  for (const collector::TestCoverage& test : coverage.tests) table.add_test(coverage, test);
  return report::lcov(table, root);
}

ship::Crashes crashes_in(const collector::SessionCoverage& coverage) {
  ship::Crashes found;
  for (const collector::TestCoverage& test : coverage.tests) {
    if (test.complete) continue;
    for (const collector::Crash& crash : report::crashes_of(coverage, test)) {
      if (crash.hang || crash.forked) continue;
      found[test.id] = {crash.signal, collector::headline(crash), report::crashes_text({crash}, {})};
    }
  }
  return found;
}

}  // namespace

transport::Environment environment_of_process() {
  transport::Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t end = text.find('=');
    if (end != std::string_view::npos) environment.emplace(text.substr(0, end), text.substr(end + 1));
  }
  return environment;
}

std::string random_hex(size_t bytes) {
  std::string text;
  while (text.size() < bytes * 2) {
    uint8_t byte = 0;
    if (::getrandom(&byte, 1, 0) != 1) continue;
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

uint64_t random_number() {
  uint64_t number = 0;
  while (number == 0) {
    if (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) number = 0;
    number >>= 1;
  }
  return number;
}

SpooledSession spool_session(const std::string& session, const collector::SessionCoverage& coverage,
                             const std::string& data) {
  SpooledSession told;
  const std::string path = session + "/" + ship::kReportingFile;
  if (!store::exists(path)) return told;
  told.reported = true;
  const Result<std::string> text = store::read_file(path);
  if (!text) {
    told.problem = text.error().message;
    return told;
  }
  const Result<ship::Reporting> reporting = ship::decode_reporting(*text);
  if (!reporting) {
    told.problem = reporting.error().message;
    return told;
  }
  transport::Spool spool(spool_folder(data, reporting->is_local), {});
  const ship::Enclosed enclosed{reporting->wants_report ? lcov_of(coverage, reporting->root) : std::string(),
                                crashes_in(coverage)};
  Result<ship::Spooled> spooled = ship::spool_session(coverage, *reporting, enclosed, random_hex(16), &spool);
  if (spooled)
    told.spooled = std::move(*spooled);
  else
    told.problem = spooled.error().message;
  return told;
}

std::function<void(const std::string&, const collector::SessionCoverage&)> spooling(const std::string& data,
                                                                                    SpooledSession* told) {
  return [data, told](const std::string& session, const collector::SessionCoverage& coverage) {
    SpooledSession spooled = spool_session(session, coverage, data);
    if (spooled.reported) *told = std::move(spooled);
  };
}

transport::ShipReport ship_waiting_reports(const Intake& intake, const transport::ClientLimits& limits) {
  transport::CurlClient http(intake.trusted);
  transport::IntakeClient client(intake.access.address, intake.access.key, &http, &transport::Pace::real(),
                                 limits);
  transport::Spool spool(intake.spool, {});
  return transport::ship_waiting(&client, &spool);
}

nlohmann::json shipped_json(const transport::ShipReport& report) {
  return {{"delivered", report.delivered},     {"kept", report.kept},
          {"set_aside", report.set_aside},     {"damaged", report.damaged},
          {"given_up", report.given_up.files}, {"complaints", report.complaints}};
}

std::string shipped_text(const transport::ShipReport& report, const std::string& where) {
  std::string text = report::count_text(report.delivered, "body") == "1 body"
                         ? "1 body was delivered"
                         : std::to_string(report.delivered) + " bodies were delivered";
  text += " to " + where;
  if (report.kept != 0) text += ", " + std::to_string(report.kept) + " wait for the next time";
  if (report.set_aside != 0) text += ", " + std::to_string(report.set_aside) + " were refused and set aside";
  if (report.damaged != 0) text += ", " + std::to_string(report.damaged) + " were damaged";
  return text;
}

}  // namespace alibi::cli
