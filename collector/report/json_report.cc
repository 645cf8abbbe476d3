#include "collector/report/json_report.h"

#include <nlohmann/json.hpp>

#include "collector/crash/crash_json.h"
#include "collector/model/test_view.h"
#include "collector/report/crash_text.h"
#include "tracer/model/fingerprint.h"

namespace alibi::report {
namespace {

using collector::EvidenceView;
using nlohmann::json;

double milliseconds(uint64_t nanoseconds) {
  const uint64_t microseconds = nanoseconds / 1000;
  return static_cast<double>(microseconds) / 1000.0;
}

json hashes_json(const std::map<std::string, Hash128>& hashes) {
  json object = json::object();
  for (const auto& [name, hash] : hashes) object[name] = model::to_hex(hash);
  return object;
}

json variables_json(const std::map<std::string, collector::InputsView::Variable>& variables) {
  json object = json::object();
  for (const auto& [name, variable] : variables) {
    object[name] = variable.absent ? json(nullptr) : json(model::to_hex(variable.hash));
  }
  return object;
}

json inputs_json(const collector::InputsView& inputs) {
  json imports = json::array();
  for (const auto& [name, where] : inputs.imports) imports.push_back(name);
  return json{{"files", hashes_json(inputs.files)},
              {"directories", hashes_json(inputs.directories)},
              {"absent", inputs.absent},
              {"probes", inputs.probes},
              {"environment", variables_json(inputs.environment)},
              {"packages", inputs.packages},
              {"editable_packages", inputs.editable},
              {"imports", std::move(imports)},
              {"import_locations", inputs.imports},
              {"whole_modules", inputs.whole_modules},
              {"processes", inputs.processes},
              {"sockets", inputs.sockets},
              {"options", variables_json(inputs.options)},
              {"written", inputs.written},
              {"unhashable", inputs.unhashable}};
}

json evidence_json(const EvidenceView& view) {
  json scopes = json::array();
  for (const collector::ScopeView& scope : view.scopes) {
    scopes.push_back({{"file", scope.file},
                      {"name", scope.name},
                      {"line", scope.line},
                      {"kind", collector::code_kind_name(scope.kind)},
                      {"fingerprint", model::to_hex(scope.fingerprint)}});
  }
  json names = json::array();
  for (const auto& [kind, name] : view.names) names.push_back({{"kind", kind}, {"name", name}});
  json imports_run = json::array();
  for (const collector::ImportRunView& run : view.imports_run) {
    imports_run.push_back({{"file", run.file}, {"line", run.line}, {"imports", run.imports}});
  }
  json state_writes = json::array();
  for (const collector::StateWriteView& write : view.state_writes) {
    state_writes.push_back({{"file", write.file},
                            {"kind", collector::state_kind_name(write.kind)},
                            {"name", write.name},
                            {"attribute", write.attribute}});
  }
  return json{{"files", view.files},
              {"scopes", std::move(scopes)},
              {"names", std::move(names)},
              {"inputs", inputs_json(view.inputs)},
              {"imports_run", std::move(imports_run)},
              {"state_writes", std::move(state_writes)},
              {"drops", drops_json(view.drops)}};
}

}  // namespace

std::string json_text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json drops_json(const collector::DropCounts& drops) {
  json object = json::object();
  for (const collector::DropCount& drop : drops) object[collector::drop_name(drop.reason)] = drop.count;
  return object;
}

json test_json(const collector::SessionCoverage& coverage, const collector::TestCoverage& test) {
  json object = evidence_json(collector::view_evidence(coverage, test.evidence));
  object["id"] = test.id;
  object["outcome"] = collector::outcome_name(test.outcome);
  object["reason"] = test.reason;
  object["duration_ms"] = milliseconds(test.duration_ns);
  object["processes"] = test.processes;
  object["attempts"] = test.attempts;
  object["complete"] = test.complete;
  object["environment_name"] = coverage.description.environment_name;
  object["session"] = coverage.description.id;
  json fixtures = json::array();
  for (uint32_t index : test.fixtures) {
    const collector::Fixture& fixture = coverage.fixtures[index];
    fixtures.push_back({{"name", fixture.name}, {"scope", fixture.scope}});
  }
  object["fixtures"] = std::move(fixtures);
  json collections = json::array();
  for (uint32_t index : test.collections) collections.push_back(coverage.collections[index].name);
  object["collections"] = std::move(collections);
  object["crashes"] = collector::crashes_json(crashes_of(coverage, test));
  return object;
}

json collection_json(const collector::SessionCoverage& coverage, const collector::Collection& collection) {
  json object = evidence_json(collector::view_evidence(coverage, collection.evidence));
  object["name"] = collection.name;
  object["complete"] = collection.complete;
  object["tests"] = collection.tests;
  return object;
}

json session_json(const collector::SessionCoverage& coverage) {
  const collector::SessionDescription& description = coverage.description;
  json object = evidence_json(collector::view_evidence(coverage, coverage.session));
  object["id"] = description.id;
  object["started_unix"] = static_cast<double>(description.started_unix_ns) / 1e9;
  object["root"] = description.root;
  object["environment_name"] = description.environment_name;
  object["interpreter"] = description.interpreter;
  object["command"] = description.command;
  object["complete"] = description.complete;
  object["exit_status"] = description.exit_status;
  object["losses"] = drops_json(coverage.losses.drops);
  json processes = json::array();
  for (const collector::Process& process : coverage.processes) {
    processes.push_back({{"shard", process.shard},
                         {"role", collector::role_name(process.role)},
                         {"pid", process.process_id},
                         {"worker", process.worker},
                         {"interpreter", process.interpreter},
                         {"strategy", process.strategy},
                         {"closed", process.closed},
                         {"hit_entries", process.hit_entries},
                         {"uncommitted_entries", process.uncommitted_entries}});
  }
  object["processes"] = std::move(processes);
  json collections = json::array();
  for (const collector::Collection& collection : coverage.collections) {
    collections.push_back(collection_json(coverage, collection));
  }
  object["collections"] = std::move(collections);
  json damaged = json::array();
  for (const collector::DamagedShard& shard : coverage.losses.damaged) {
    damaged.push_back({{"shard", shard.shard}, {"cause", shard.cause}, {"lost", shard.lost}});
  }
  object["damaged"] = std::move(damaged);
  return object;
}

json intake_json(const store::IntakeReport& report, double duration_ms) {
  json damaged = json::array();
  for (const collector::DamagedShard& shard : report.losses.damaged) {
    damaged.push_back({{"shard", shard.shard}, {"cause", shard.cause}, {"lost", shard.lost}});
  }
  return json{{"session", report.session_id},
              {"tests", report.tests},
              {"files", report.files},
              {"lines", report.lines},
              {"processes", report.processes},
              {"incomplete_tests", report.incomplete_tests},
              {"drops", drops_json(report.losses.drops)},
              {"damaged", std::move(damaged)},
              {"duration_ms", duration_ms},
              {"evidence", report.evidence.empty() ? json(nullptr) : json(report.evidence)},
              {"crashes", collector::crashes_json(report.crashes)},
              {"removed_sessions", report.garbage.sessions},
              {"warnings", report.warnings}};
}

json test_row_json(const store::TestRow& row, const store::SessionRow* session) {
  json object{{"id", row.id},
              {"outcome", collector::outcome_name(row.outcome)},
              {"duration_ms", milliseconds(row.duration_ns)},
              {"complete", row.complete},
              {"files", row.files},
              {"lines", row.lines},
              {"drops", row.drops},
              {"evidence", row.evidence}};
  if (session != nullptr) {
    object["session"] = session->id;
    object["started_unix"] = static_cast<double>(session->started_unix_ns) / 1e9;
    object["environment_name"] = session->environment_name;
  }
  return object;
}

json session_row_json(const store::SessionRow& row) {
  return json{{"id", row.id},
              {"started_unix", static_cast<double>(row.started_unix_ns) / 1e9},
              {"root", row.root},
              {"environment_name", row.environment_name},
              {"interpreter", row.interpreter},
              {"complete", row.complete},
              {"exit_status", row.exit_status},
              {"bytes", row.bytes},
              {"tests", row.tests},
              {"processes", row.processes},
              {"losses", row.losses},
              {"skipped", row.left_out},
              {"saved_s", static_cast<double>(row.saved_ns) / 1e9},
              {"evidence", row.evidence},
              {"unreadable", row.unreadable.empty() ? json(nullptr) : json(row.unreadable)}};
}

}  // namespace alibi::report
