#include <nlohmann/json.hpp>
#include <utility>

#include "collector/cli/commands.h"
#include "collector/cli/exit_codes.h"
#include "collector/model/session_coverage.h"
#include "collector/report/json_report.h"
#include "tracer/model/drop_reason.h"
#include "tracer/model/fingerprint.h"
#include "tracer/shard/format.h"
#include "tracer/shard/reader.h"

namespace alibi::cli {
namespace {

using nlohmann::json;

// Views into the shard become JSON strings here; bytes that are not UTF-8 are replaced when printed.
std::string text(std::string_view view) {
  return std::string(view);
}

json process_json(const shard::Shard& shard) {
  return {{"record", "process"},
          {"pid", shard.header.process_id},
          {"process_start", shard.header.process_start},
          {"session_id", shard.header.session_id},
          {"created_unix_ns", shard.header.created_unix_ns},
          {"role", collector::role_name(shard.process.role)},
          {"parent_pid", shard.process.parent_pid},
          {"worker", text(shard.process.worker)},
          {"interpreter", text(shard.process.interpreter)},
          {"strategy", text(shard.process.strategy)},
          {"root", text(shard.process.root)},
          {"parent_shard", text(shard.process.parent_shard)},
          {"parent_bytes", shard.process.parent_bytes}};
}

json losses_json(const shard::Shard& shard) {
  const shard::ReadLosses& losses = shard.losses;
  json object{{"record", "state"},
              {"file_bytes", shard.file_bytes},
              {"closed", shard.closed.has_value()},
              {"damaged", losses.damaged()},
              {"torn_bytes", losses.torn_bytes},
              {"missing_segments", losses.missing_segments},
              {"invalid_records", losses.invalid_records},
              {"failed_commits", losses.failed_commits},
              {"undefined_entries", losses.undefined_entries},
              {"uncommitted_entries", losses.uncommitted_entries}};
  if (shard.closed) {
    object["closed_hit_entries"] = shard.closed->hit_entries;
    object["closed_contexts"] = shard.closed->contexts;
  }
  return object;
}

// "1" for a line that can run, "." for another.
std::string bits_text(std::string_view bits) {
  std::string marks;
  for (const char byte : bits) {
    for (int bit = 0; bit < 8; ++bit)
      marks += ((static_cast<unsigned char>(byte) >> bit) & 1) != 0 ? '1' : '.';
  }
  return marks;
}

void add_definitions(const shard::Shard& shard, std::vector<json>* records) {
  for (const model::FileRecord& file : shard.files) {
    records->push_back({{"record", "file"},
                        {"file", file.file.value},
                        {"path", text(file.path)},
                        {"size", file.size},
                        {"hash", model::to_hex(file.hash)},
                        {"unreadable", file.unreadable}});
  }
  for (const model::CodeRecord& code : shard.codes) {
    records->push_back({{"record", "code"},
                        {"base", code.base.value},
                        {"span", code.span},
                        {"file", code.file.value},
                        {"first_line", code.first_line},
                        {"kind", collector::code_kind_name(code.kind)},
                        {"scope_line", code.scope_line},
                        {"fingerprint", model::to_hex(code.fingerprint)},
                        {"name", text(code.qualified_name)}});
  }
  for (const model::NamesRecord& names : shard.names) {
    json list = json::array();
    for (const model::NameReference& name : names.names) {
      list.push_back(
          {{"kind", collector::name_kind_name(name.kind)}, {"level", name.level}, {"name", text(name.name)}});
    }
    records->push_back({{"record", "names"}, {"base", names.base.value}, {"names", std::move(list)}});
  }
  for (const model::OutlineRecord& outline : shard.outlines) {
    json functions = json::array();
    for (const model::OutlineFunction& function : outline.functions) {
      functions.push_back({{"line", function.line}, {"name", text(function.name)}});
    }
    records->push_back({{"record", "outline"},
                        {"file", outline.file.value},
                        {"first_line", outline.first_line},
                        {"lines", bits_text(outline.lines)},
                        {"functions", std::move(functions)}});
  }
  for (const model::ContextRecord& context : shard.contexts) {
    records->push_back({{"record", "context"},
                        {"context", context.context.value},
                        {"kind", static_cast<int>(context.kind)},
                        {"parent", context.parent.value},
                        {"name", text(context.name)},
                        {"scope", text(context.scope)}});
  }
}

json entry_json(uint32_t entry) {
  if ((entry & shard::kControlBit) == 0) return entry;
  if (entry == shard::kConcurrentImport) return "concurrent import";
  const uint32_t number = entry & shard::kNumberMask;
  return ((entry & shard::kStatementBit) != 0 ? "statement " : "context ") + std::to_string(number);
}

void add_hits(const shard::Shard& shard, std::vector<json>* records) {
  for (const shard::HitRange& range : shard.hits) {
    json entries = json::array();
    for (uint32_t entry : range.entries) entries.push_back(entry_json(entry));
    records->push_back({{"record", "hits"},
                        {"offset", range.offset},
                        {"committed", range.committed},
                        {"entries", std::move(entries)}});
  }
}

void add_facts(const shard::Shard& shard, std::vector<json>* records) {
  for (const model::InputRecord& input : shard.inputs) {
    records->push_back({{"record", "input"},
                        {"context", input.context.value},
                        {"kind", static_cast<int>(input.kind)},
                        {"state", static_cast<int>(input.state)},
                        {"hash", model::to_hex(input.hash)},
                        {"subject", text(input.subject)},
                        {"detail", text(input.detail)}});
  }
  for (const model::ChargeRecord& charge : shard.charges) {
    records->push_back({{"record", "charge"}, {"user", charge.user.value}, {"used", charge.used.value}});
  }
  for (const model::TestEndRecord& end : shard.test_ends) {
    records->push_back({{"record", "test end"},
                        {"context", end.context.value},
                        {"outcome", collector::outcome_name(end.outcome)},
                        {"duration_ns", end.duration_ns},
                        {"reason", text(end.reason)}});
  }
  for (const model::StateWriteRecord& write : shard.state_writes) {
    records->push_back({{"record", "state write"},
                        {"context", write.context.value},
                        {"file", write.file.value},
                        {"kind", collector::state_kind_name(write.kind)},
                        {"name", text(write.name)},
                        {"attribute", text(write.attribute)}});
  }
  for (const model::DropRecord& drop : shard.drops) {
    records->push_back({{"record", "drop"},
                        {"context", drop.context.value},
                        {"reason", model::drop_reason_name(drop.reason)},
                        {"count", drop.count}});
  }
  for (const model::ImportedRecord& imported : shard.imported) {
    records->push_back(
        {{"record", "imported"}, {"module", text(imported.module)}, {"path", text(imported.path)}});
  }
  for (const model::StartedRecord& started : shard.started) {
    records->push_back({{"record", "started"},
                        {"context", started.context.value},
                        {"pid", started.process_id},
                        {"expected", started.recording == model::Recording::kExpected},
                        {"program", text(started.program)},
                        {"command", text(started.command)}});
  }
}

void add_collected(const shard::Shard& shard, std::vector<json>* records) {
  for (const model::CollectedRecord& collected : shard.collected) {
    records->push_back(
        {{"record", "collected"}, {"context", collected.context.value}, {"test", text(collected.test_id)}});
  }
}

void add_notes(const shard::Shard& shard, std::vector<json>* records) {
  for (const model::NoteRecord& note : shard.notes)
    records->push_back({{"record", "note"}, {"context", note.context.value}, {"text", text(note.text)}});
}

// "code base=1 span=4 …": the record's word, then its fields.
std::string line_of(const json& record) {
  std::string line = record["record"].get<std::string>();
  for (const auto& [key, value] : record.items()) {
    if (key == "record") continue;
    line += " " + key + "=" + (value.is_string() ? value.get<std::string>() : report::json_text(value));
  }
  return report::printable(line) + "\n";
}

}  // namespace

int run_dump(const DumpOptions& options, Console* console) {
  const Result<shard::Shard> shard = shard::Shard::read(options.shard);
  if (!shard) return console->fail(shard.error());
  std::vector<json> records;
  records.push_back(process_json(*shard));
  add_definitions(*shard, &records);
  add_facts(*shard, &records);
  add_collected(*shard, &records);
  add_notes(*shard, &records);
  add_hits(*shard, &records);
  records.push_back(losses_json(*shard));
  if (options.output == Output::kJson) {
    console->print(report::json_text({{"records", std::move(records)}}) + "\n");
  } else {
    for (const json& record : records) console->print(line_of(record));
  }
  return kDone;
}

}  // namespace alibi::cli
