#include "collector/payload/forms.h"

#include <utility>

#include "collector/model/error_codes.h"
#include "collector/payload/multipart.h"

namespace alibi::payload {
namespace {

constexpr std::string_view kEventThatSaysNothing = "{\"dummy\":true}";

const FormPart* part_named(const std::vector<FormPart>& parts, std::string_view name) {
  for (const FormPart& part : parts) {
    if (part.name == name) return &part;
  }
  return nullptr;
}

Error missing(std::string_view part) {
  return Error{collector::kNotPayload, 0, "a form has no part \"" + std::string(part) + "\""};
}

// "lcov" of "coverage.lcov.gz"
std::string format_in(std::string_view file_name) {
  constexpr std::string_view kBegin = "coverage.";
  constexpr std::string_view kEnd = ".gz";
  if (!file_name.starts_with(kBegin) || !file_name.ends_with(kEnd)) return {};
  if (file_name.size() <= kBegin.size() + kEnd.size()) return {};
  return std::string(file_name.substr(kBegin.size(), file_name.size() - kBegin.size() - kEnd.size()));
}

}  // namespace

Result<std::string> coverage_form(std::string_view document, std::string_view boundary) {
  return encode_form({{"coverage1", "coverage1.msgpack", "application/msgpack", document},
                      {"event", "event.json", "application/json", kEventThatSaysNothing}},
                     boundary);
}

Result<std::vector<std::string_view>> coverage_documents(std::string_view body,
                                                         std::string_view content_type) {
  const Result<std::vector<FormPart>> parts = decode_form(body, content_type);
  if (!parts) return parts.error();
  std::vector<std::string_view> documents;
  for (const FormPart& part : *parts) {
    if (part.name.starts_with("coverage")) documents.push_back(part.body);
  }
  if (documents.empty()) return missing("coverage1");
  return documents;
}

Result<std::string> pack_form(const PackForm& form, std::string_view boundary) {
  return encode_form({{"pushedSha", "", "application/json", form.pushed_commit},
                      {"packfile", form.pack_name, "application/octet-stream", form.pack}},
                     boundary);
}

Result<PackForm> read_pack_form(std::string_view body, std::string_view content_type) {
  const Result<std::vector<FormPart>> parts = decode_form(body, content_type);
  if (!parts) return parts.error();
  const FormPart* const pushed = part_named(*parts, "pushedSha");
  const FormPart* const pack = part_named(*parts, "packfile");
  if (pushed == nullptr) return missing("pushedSha");
  if (pack == nullptr) return missing("packfile");
  return PackForm{pushed->body, pack->file_name, pack->body};
}

Result<std::string> report_form(const ReportForm& form, std::string_view boundary) {
  return encode_form({{"coverage", "coverage." + form.format + ".gz", "application/gzip", form.report},
                      {"event", "event.json", "application/json", form.event}},
                     boundary);
}

Result<ReportForm> read_report_form(std::string_view body, std::string_view content_type) {
  const Result<std::vector<FormPart>> parts = decode_form(body, content_type);
  if (!parts) return parts.error();
  const FormPart* const report = part_named(*parts, "coverage");
  const FormPart* const event = part_named(*parts, "event");
  if (report == nullptr) return missing("coverage");
  if (event == nullptr) return missing("event");
  return ReportForm{event->body, format_in(report->file_name), report->body};
}

}  // namespace alibi::payload
