#include "collector/plan_folder/durations_json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "collector/model/plan_errors.h"
#include "collector/plan_folder/go_json.h"

namespace alibi::plan_folder {
namespace {

using nlohmann::json;
using Suites = std::vector<plan::SuiteAggregate>;

constexpr uint64_t kHeaviest = 1'000'000'000'000;  // ms, more is nonsense; sums stay within 64 bits

const char* source_text(plan::DurationSource source) {
  return source == plan::DurationSource::kKnown ? "known" : "default";
}

void add_tags(const std::map<std::string, std::string>& tags, GoJson* out) {
  out->open('{');
  for (const auto& [name, value] : tags) out->key(name).text(value);
  out->close();
}

void add_durations(const PlannedRun& planned, GoJson* out) {
  std::map<std::string, std::map<std::string, const plan::SuiteAggregate*>> modules;
  for (const plan::SuiteAggregate& suite : planned.files.suites) {
    if (suite.facts.known_ns) modules[suite.facts.module][suite.facts.suite] = &suite;
  }
  out->open('{');
  for (const auto& [module, suites] : modules) {
    out->key(module).open('{');
    for (const auto& [name, suite] : suites) {
      const auto p90 = planned.p90_ns.find({module, name});
      const uint64_t p50 = *suite->facts.known_ns;
      out->key(name).open('{').key("source_file").text(suite->facts.file).key("duration").open('{');
      out->key("p50").text(std::to_string(p50));
      out->key("p90").text(std::to_string(p90 == planned.p90_ns.end() ? p50 : p90->second));
      out->close().close();
    }
    out->close();
  }
  out->close();
}

void add_aggregates(const Suites& suites, GoJson* out) {
  std::map<std::string, const plan::SuiteAggregate*> by_key;
  for (const plan::SuiteAggregate& suite : suites) {
    by_key[std::string("[") + go_quoted(suite.facts.module) + "," + go_quoted(suite.facts.suite) + "]"] =
        &suite;
  }
  out->open('{');
  for (const auto& [key, suite] : by_key) {
    out->key(key).open('{');
    out->key("module").text(suite->facts.module).key("suite").text(suite->facts.suite);
    out->key("sourceFile").text(suite->facts.file);
    out->key("totalDuration").real(suite->total_ns).key("estimatedDuration").real(suite->estimated_ns);
    out->key("durationSource").text(source_text(suite->source));
    out->key("numTests").number(static_cast<int64_t>(suite->facts.tests));
    out->key("numTestsSkipped").number(static_cast<int64_t>(suite->facts.skipped));
    out->close();
  }
  out->close();
}

void add_suites_by_file(const Suites& suites, GoJson* out) {
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> by_file;
  for (const plan::SuiteAggregate& suite : suites) {
    if (!suite.facts.file.empty())
      by_file[suite.facts.file].emplace_back(suite.facts.module, suite.facts.suite);
  }
  out->open('{');
  for (auto& [file, names] : by_file) {
    std::sort(names.begin(), names.end());
    out->key(file).open('[');
    for (const auto& [module, suite] : names) {
      out->open('{').key("module").text(module).key("suite").text(suite).close();
    }
    out->close();
  }
  out->close();
}

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const json& object_of(const json& object, const char* key) {
  static const json none = json::object();
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : none;
}

// Of a whole number that is not negative; 0 for anything else.
uint64_t count_of(const json& value) {
  if (value.is_number_unsigned()) return value.get<uint64_t>();
  if (!value.is_number_float()) return 0;
  const double real = value.get<double>();
  return real >= 0 && real < 1e18 ? static_cast<uint64_t>(real) : 0;
}
uint64_t count_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? 0 : count_of(*found);
}
double real_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

std::map<std::string, std::string> tags_of(const json& object, const char* key) {
  std::map<std::string, std::string> tags;
  for (const auto& [name, value] : object_of(object, key).items()) {
    if (value.is_string()) tags[name] = value.get<std::string>();
  }
  return tags;
}

plan::DurationSource source_of(const std::string& text) {
  return text == "known" ? plan::DurationSource::kKnown : plan::DurationSource::kDefault;
}

void read_suites(const json& root, PeerPlan* plan) {
  const json& durations = object_of(root, "testSuiteDurations");
  for (const auto& [key, value] : object_of(root, "suiteAggregates").items()) {
    if (!value.is_object()) continue;
    plan::SuiteAggregate suite;
    suite.facts.module = text_of(value, "module");
    suite.facts.suite = text_of(value, "suite");
    suite.facts.file = text_of(value, "sourceFile");
    suite.facts.tests = count_of(value, "numTests");
    suite.facts.skipped = std::min(count_of(value, "numTestsSkipped"), suite.facts.tests);
    suite.total_ns = real_of(value, "totalDuration");
    suite.estimated_ns = real_of(value, "estimatedDuration");
    suite.source = source_of(text_of(value, "durationSource"));
    const json& module = object_of(durations, suite.facts.module.c_str());
    const std::string p50 =
        text_of(object_of(object_of(module, suite.facts.suite.c_str()), "duration"), "p50");
    if (!p50.empty() && p50.size() < 19 && p50.find_first_not_of("0123456789") == std::string::npos) {
      suite.facts.known_ns = std::stoull(p50);
    }
    plan->suites.push_back(std::move(suite));
  }
  std::sort(plan->suites.begin(), plan->suites.end(), [](const auto& a, const auto& b) {
    return std::tie(a.facts.module, a.facts.suite) < std::tie(b.facts.module, b.facts.suite);
  });
}

}  // namespace

std::string render_durations(const PlannedRun& planned) {
  std::map<std::string, uint64_t> weights;
  std::map<std::string, plan::DurationSource> sources;
  for (const plan::Unit& unit : planned.plan.units) {
    weights[unit.file] += unit.weight_ms;  // of a divided file: its parts together
    sources[unit.file] = unit.source;
  }
  GoJson out;
  out.open('{');
  out.key("testSuiteDurations");
  add_durations(planned, &out);
  out.key("suiteAggregates");
  add_aggregates(planned.files.suites, &out);
  out.key("suitesBySourceFile");
  add_suites_by_file(planned.files.suites, &out);
  out.key("testFileWeights").open('{');
  for (const auto& [file, ms] : weights) out.key(file).number(static_cast<int64_t>(ms));
  out.close().key("testFileDurationSources").open('{');
  for (const auto& [file, source] : sources) out.key(file).text(source_text(source));
  out.close().key("runInfo").open('{');
  out.key("service").text(planned.run.service).key("repository").text(planned.run.repository);
  out.key("commit").text(planned.run.commit).key("branch").text(planned.run.branch);
  out.close().key("planMetadata").open('{');
  out.key("platform").text(planned.platform).key("framework").text(planned.framework);
  if (!planned.skipping_level.empty()) out.key("testSkippingLevel").text(planned.skipping_level);
  out.key("osTags");
  add_tags(planned.os_tags, &out);
  out.key("runtimeTags");
  add_tags(planned.runtime_tags, &out);
  return out.close().close().bytes();
}

Result<PeerPlan> parse_durations(std::string_view bytes) {
  const json root = json::parse(bytes, nullptr, false);
  if (!root.is_object()) return Error{collector::kRunPlanLoad, 0, "it is not a JSON object"};
  PeerPlan plan;
  const json& run = object_of(root, "runInfo");
  plan.run = {text_of(run, "service"), text_of(run, "repository"), text_of(run, "commit"),
              text_of(run, "branch")};
  // Earlier versions of the peer had the last ones inside runInfo.
  const json& meta = object_of(root, "planMetadata").empty() ? run : object_of(root, "planMetadata");
  plan.platform = text_of(meta, "platform");
  plan.framework = text_of(meta, "framework");
  plan.skipping_level = text_of(meta, "testSkippingLevel");
  plan.os_tags = tags_of(meta, "osTags");
  plan.runtime_tags = tags_of(meta, "runtimeTags");
  for (const auto& [file, ms] : object_of(root, "testFileWeights").items()) {
    const uint64_t weight = count_of(ms);
    if (weight > 0 && weight <= kHeaviest) plan.weights_ms[file] = weight;
  }
  for (const auto& [file, source] : object_of(root, "testFileDurationSources").items()) {
    if (source.is_string()) plan.sources[file] = source_of(source.get<std::string>());
  }
  read_suites(root, &plan);
  return plan;
}

}  // namespace alibi::plan_folder
