// The three requests of the protocol that are forms: coverage, packs of git objects, coverage reports. Built
// by ship, taken apart by `alibi serve`; any thread. What comes out points into the body that went in.
#ifndef ALIBI_COLLECTOR_PAYLOAD_FORMS_H_
#define ALIBI_COLLECTOR_PAYLOAD_FORMS_H_

#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::payload {

// citestcov: one document and the event that says nothing.
Result<std::string> coverage_form(std::string_view document, std::string_view boundary);
// The documents in it, one from every client known.
Result<std::vector<std::string_view>> coverage_documents(std::string_view body,
                                                         std::string_view content_type);

// packfile: which commit was pushed (encode_pushed_commit) and one raw pack.
struct PackForm {
  std::string_view pushed_commit;  // JSON
  std::string pack_name;           // "<random>-<hash>.pack"
  std::string_view pack;
};
Result<std::string> pack_form(const PackForm& form, std::string_view boundary);
Result<PackForm> read_pack_form(std::string_view body, std::string_view content_type);

// cicovreprt: a report of the whole run, packed with gzip, and what it is of (encode_report_event).
struct ReportForm {
  std::string_view event;  // JSON
  std::string format;      // "lcov"; when read: what follows "coverage." in the file's name, if anything
  std::string_view report;
};
Result<std::string> report_form(const ReportForm& form, std::string_view boundary);
Result<ReportForm> read_report_form(std::string_view body, std::string_view content_type);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_FORMS_H_
