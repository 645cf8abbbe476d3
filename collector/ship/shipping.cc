#include "collector/ship/shipping.h"

#include <optional>
#include <utility>

#include "collector/compression/gzip.h"
#include "collector/payload/coverage_encoder.h"
#include "collector/payload/forms.h"
#include "collector/payload/multipart.h"
#include "collector/payload/report_event.h"
#include "collector/payload/test_cycle_encoder.h"
#include "collector/ship/coverage_report.h"
#include "collector/ship/run_report.h"
#include "tracer/base/file_system.h"

namespace alibi::ship {
namespace {

using transport::Payload;
using transport::Route;

// Readers treat both forms as one file.
payload::FileNames file_names_of(const Reporting& reporting) {
  return is_of_ruby(reporting) ? payload::FileNames::kWithoutSlash : payload::FileNames::kWithSlash;
}

payload::ReportEvent report_event(const Reporting& reporting, uint64_t started_unix_ns) {
  payload::ReportEvent event;
  event.format = "lcov";
  event.timestamp_ms = started_unix_ns / 1'000'000;
  event.flags = reporting.report_flags;
  for (const auto& tag : reporting.tags) {
    for (const char* prefix : {"git.", "ci.", "pr."}) {
      if (tag.first.starts_with(prefix)) event.tags.push_back(tag);
    }
  }
  return event;
}

class Spooler {
 public:
  Spooler(std::string_view boundary, transport::Spool* spool) : boundary_(boundary), spool_(spool) {}

  void events(const RunReport& report) {
    payload::TestCycleEncoder encoder(report.cycle.metadata, [this](std::string_view body, size_t) {
      put(Route::kTestCycle, "application/msgpack", body);
    });
    for (const payload::Event& event : report.cycle.events) encoder.add(event);
    const payload::Encoded encoded = encoder.finish();
    spooled_.events = encoded.events;
    tell(encoded, "events");
  }

  void coverage(const collector::SessionCoverage& session, const Reporting& reporting,
                const RunReport& report) {
    const auto put_document = [this](std::string_view document, size_t) {
      const Result<std::string> form = payload::coverage_form(document, boundary_);
      if (!form) {
        spooled_.problems.push_back("coverage was not told: " + form.error().message);
        return;
      }
      put(Route::kCoverage, payload::form_content_type(boundary_), *form);
    };
    payload::CoverageEncoder encoder(put_document, file_names_of(reporting));
    coverage_of(session, reporting, report.places,
                [&encoder](payload::CoverageEvent event) { encoder.add(event); });
    const payload::Encoded encoded = encoder.finish();
    spooled_.coverage = encoded.events;
    tell(encoded, "coverage of tests");
  }

  void report(std::string_view lcov, const payload::ReportEvent& event) {
    const Result<std::string> packed = compression::gzip(lcov);
    if (!packed) return not_told(packed.error());
    const std::string told = payload::encode_report_event(event);
    Result<std::string> form = payload::report_form({told, event.format, *packed}, boundary_);
    if (!form) return not_told(form.error());
    keep({Route::kCoverageReport, payload::form_content_type(boundary_), transport::Encoding::kPlain,
          std::move(*form)});
  }

  Result<Spooled> finish() {
    if (error_) return *std::move(error_);
    return std::move(spooled_);
  }

 private:
  void put(Route route, std::string content_type, std::string_view body) {
    if (error_) return;
    Result<std::string> packed = compression::gzip(body);
    Payload payload{route, std::move(content_type), transport::Encoding::kPlain, {}};
    if (packed) {
      payload.encoding = transport::Encoding::kGzip;
      payload.body = std::move(*packed);
    } else {
      payload.body = body;
    }
    keep(payload);
  }

  void not_told(const Error& error) {
    spooled_.problems.push_back("the coverage report was not told: " + error.message);
  }

  void keep(const Payload& payload) {
    if (error_) return;
    const Result<transport::GivenUp> stored = spool_->put(payload);
    if (!stored) {
      error_ = stored.error();
      return;
    }
    ++spooled_.bodies;
    if (stored->files != 0)
      spooled_.problems.push_back(std::to_string(stored->files) +
                                  " older reports were given up: the intake has not taken them for too long");
  }

  void tell(const payload::Encoded& encoded, const char* what) {
    for (const auto& [reason, count] : encoded.left_out.by_reason())
      spooled_.problems.push_back(std::to_string(count) + " " + what +
                                  " were not told: " + std::string(reason));
  }

  const std::string_view boundary_;
  transport::Spool* spool_;
  Spooled spooled_;
  std::optional<Error> error_;
};

}  // namespace

Result<Spooled> spool_session(const collector::SessionCoverage& session, const Reporting& reporting,
                              const Enclosed& enclosed, std::string_view boundary, transport::Spool* spool) {
  const std::optional<origin::Codeowners> owners =
      origin::find_codeowners(FileSystem::real(), reporting.root);
  const RunReport report = report_of(session, reporting, owners ? &*owners : nullptr, enclosed.crashes);
  Spooler spooler(boundary, spool);
  spooler.events(report);
  if (reporting.wants_coverage) spooler.coverage(session, reporting, report);
  if (reporting.wants_report && !enclosed.lcov.empty())
    spooler.report(enclosed.lcov, report_event(reporting, session.description.started_unix_ns));
  return spooler.finish();
}

}  // namespace alibi::ship
