#include "collector/report/text_report.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include "collector/model/test_view.h"
#include "collector/report/crash_text.h"

namespace alibi::report {
namespace {

constexpr size_t kShortList = 8;
// pytest's assertion rewriting adds names to tests that no source can contain.
constexpr std::string_view kInjectedNames = "@py";

Colour colour_of(collector::Outcome outcome) {
  switch (outcome) {
    case collector::Outcome::kPassed:
    case collector::Outcome::kXfailed:
      return Colour::kGreen;
    case collector::Outcome::kSkipped:
    case collector::Outcome::kXpassed:
      return Colour::kYellow;
    default:
      return Colour::kRed;
  }
}

std::string singular_or_plural(std::string_view label, size_t count) {
  std::string text(label);
  if (count != 1) text += label.ends_with('y') ? "" : "s";
  if (count != 1 && label.ends_with('y')) text.replace(text.size() - 1, 1, "ies");
  return std::to_string(count) + " " + text;
}

class TestPrinter {
 public:
  TestPrinter(const Style& style, Detail detail) : style_(style), detail_(detail) {}

  void head(const collector::TestCoverage& test, const collector::SessionCoverage& coverage) {
    text_ += style_.paint(Colour::kBold, printable(test.id)) + "  ";
    text_ += style_.paint(colour_of(test.outcome), collector::outcome_name(test.outcome));
    text_ += "  " + duration_text(test.duration_ns);
    if (test.processes > 1) text_ += "  in " + std::to_string(test.processes) + " processes";
    if (test.attempts > 1) text_ += "  " + count_text(test.attempts, "attempt");
    text_ +=
        style_.paint(Colour::kDim, "  session " + time_text(coverage.description.started_unix_ns) + " UTC");
    text_ += '\n';
    if (!test.reason.empty()) line("reason", printable(test.reason.substr(0, test.reason.find('\n'))));
  }

  void files(const std::map<std::string, std::vector<uint32_t>>& files) {
    size_t lines = 0;
    for (const auto& [path, numbers] : files) lines += numbers.size();
    line("lines", std::to_string(lines) + " in " + singular_or_plural("file", files.size()));
    for (const auto& [path, numbers] : files) {
      text_ += "    " + style_.paint(Colour::kCyan, printable(path)) + ": " + ranges_text(numbers) + '\n';
    }
  }

  // A list under a label, cut after a few when short.
  void list(std::string_view label, std::string_view noun, const std::vector<std::string>& items) {
    if (items.empty()) return;
    const size_t shown = detail_ == Detail::kFull ? items.size() : std::min(items.size(), kShortList);
    std::string summary = singular_or_plural(noun, items.size());
    if (detail_ == Detail::kFull) {
      line(label, summary);
      for (const std::string& item : items) text_ += "    " + printable(item) + '\n';
      return;
    }
    summary += ": ";
    for (size_t index = 0; index < shown; ++index)
      summary += (index == 0 ? "" : ", ") + printable(items[index]);
    if (shown < items.size()) summary += ", ... (--full shows all)";
    line(label, summary);
  }

  void line(std::string_view label, const std::string& text) {
    std::string padded(label);
    padded.resize(std::max<size_t>(padded.size(), 11), ' ');
    text_ += "  " + style_.paint(Colour::kDim, padded) + " " + text + '\n';
  }

  void losses(const collector::TestCoverage& test) {
    if (test.evidence.drops.empty()) {
      if (!test.complete) line("losses", style_.paint(Colour::kRed, "incomplete: it runs next time"));
      return;
    }
    for (const collector::DropCount& drop : test.evidence.drops) {
      line("lost",
           style_.paint(Colour::kRed, collector::drop_name(drop.reason) + " " + std::to_string(drop.count)) +
               ": " + collector::drop_explanation(drop.reason) + "; the test runs next time");
    }
  }

  void text(const std::string& lines) { text_ += lines; }

  std::string take() { return std::move(text_); }

 private:
  const Style& style_;
  Detail detail_;
  std::string text_;
};

template <typename Map>
std::vector<std::string> keys_of(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

template <typename Set>
std::vector<std::string> items_of(const Set& set) {
  return {set.begin(), set.end()};
}

void print_inputs(const collector::InputsView& inputs, TestPrinter* printer) {
  std::vector<std::string> variables;
  for (const auto& [name, variable] : inputs.environment) {
    variables.push_back(variable.absent ? name + " (unset)" : name);
  }
  std::vector<std::string> packages;
  for (const auto& [name, version] : inputs.packages) {
    packages.push_back(name + " " + version + (inputs.editable.count(name) != 0 ? " (editable)" : ""));
  }
  printer->list("read", "file", keys_of(inputs.files));
  printer->list("listed", "directory", keys_of(inputs.directories));
  printer->list("absent", "path", items_of(inputs.absent));
  printer->list("probed", "path", keys_of(inputs.probes));
  printer->list("environment", "variable", variables);
  printer->list("packages", "package", packages);
  printer->list("looked up", "import", keys_of(inputs.imports));
  printer->list("read whole", "module", items_of(inputs.whole_modules));
  printer->list("started", "program", items_of(inputs.processes));
  printer->list("network", "address", items_of(inputs.sockets));
  printer->list("options", "option", keys_of(inputs.options));
  printer->list("wrote", "file", items_of(inputs.written));
}

}  // namespace

std::string test_text(const collector::SessionCoverage& coverage, const collector::TestCoverage& test,
                      Detail detail, const Style& style) {
  const collector::EvidenceView view = collector::view_evidence(coverage, test.evidence);
  TestPrinter printer(style, detail);
  printer.head(test, coverage);
  printer.text(crashes_text(crashes_of(coverage, test), style));
  printer.files(view.files);
  std::vector<std::string> scopes;
  for (const collector::ScopeView& scope : view.scopes) {
    scopes.push_back(detail == Detail::kFull
                         ? scope.file + ":" + std::to_string(scope.line) + " " + scope.name
                         : scope.name);
  }
  printer.list("scopes", "scope", scopes);
  std::set<std::string> names;  // one name may be both a global and an attribute
  std::set<std::string> names_at_run_time;
  for (const auto& [kind, name] : view.names) {
    if (name.starts_with(kInjectedNames)) continue;
    const bool in_source = kind != collector::name_kind_name(collector::NameKind::kLookedUp) &&
                           kind != collector::name_kind_name(collector::NameKind::kCompiled);
    (in_source ? names : names_at_run_time)
        .insert(detail == Detail::kFull ? std::string(kind).append(1, ' ').append(name) : name);
  }
  printer.list("names", "name", items_of(names));
  printer.list("at run time", "name", items_of(names_at_run_time));
  std::vector<std::string> fixtures;
  std::vector<std::string> set_ups;
  for (uint32_t index : test.fixtures) {
    const collector::Fixture& fixture = coverage.fixtures[index];
    const bool is_fixture = fixture.kind == collector::ContextKind::kFixture;
    (is_fixture ? fixtures : set_ups)
        .push_back(fixture.scope.empty() ? fixture.name : fixture.name + " (" + fixture.scope + ")");
  }
  printer.list("fixtures", "fixture", fixtures);
  printer.list("set-ups", "set-up", set_ups);
  std::vector<std::string> imports;
  for (const collector::ImportRunView& run : view.imports_run) {
    imports.push_back(run.file + ":" + std::to_string(run.line));
  }
  printer.list("imports ran", "statement", imports);
  print_inputs(view.inputs, &printer);
  std::vector<std::string> writes;
  for (const collector::StateWriteView& write : view.state_writes) {
    writes.push_back(write.name + (write.attribute.empty() ? "" : "." + write.attribute) + " in " +
                     write.file);
  }
  printer.list("changed", "shared value", writes);
  printer.losses(test);
  return printer.take();
}

std::string intake_text(const store::IntakeReport& report, double duration_ms, const Style& style) {
  std::string text = count_text(report.tests, "test") + ", " + count_text(report.lines, "line") + " in " +
                     count_text(report.files, "file") + ", " + std::to_string(report.processes) +
                     (report.processes == 1 ? " process" : " processes") + ", merged in " +
                     duration_text(static_cast<uint64_t>(duration_ms * 1e6)) + '\n';
  if (report.incomplete_tests != 0) {
    text += style.paint(Colour::kYellow, count_text(report.incomplete_tests, "test") +
                                             " with incomplete evidence: they run next time") +
            '\n';
  }
  for (const collector::DropCount& drop : report.losses.drops) {
    text += style.paint(Colour::kYellow,
                        "lost: " + collector::drop_name(drop.reason) + " " + std::to_string(drop.count)) +
            " (" + collector::drop_explanation(drop.reason) + ")\n";
  }
  for (const collector::Crash& crash : report.crashes) {
    text += style.paint(Colour::kRed, printable(collector::subject(crash))) + " " +
            printable(collector::headline(crash)) + '\n';
  }
  for (const collector::DamagedShard& shard : report.losses.damaged) {
    text += style.paint(Colour::kRed, shard.lost ? "unreadable: " : "damaged: ") + printable(shard.shard) +
            ": " + printable(shard.cause) + '\n';
  }
  return text;
}

std::string list_text(const std::vector<store::TestRow>& tests,
                      const std::vector<store::SessionRow>& sessions, const Style& style) {
  std::map<std::string, const store::SessionRow*> by_evidence;
  for (const store::SessionRow& session : sessions) by_evidence[session.evidence] = &session;
  Table table;
  table.add({{"outcome", Colour::kDim, false},
             {"duration", Colour::kDim, true},
             {"files", Colour::kDim, true},
             {"lines", Colour::kDim, true},
             {"session (UTC)", Colour::kDim, false},
             {"test", Colour::kDim, false}});
  for (const store::TestRow& test : tests) {
    const auto session = by_evidence.find(test.evidence);
    const std::string when = session == by_evidence.end() ? "?" : time_text(session->second->started_unix_ns);
    const std::string mark = test.complete ? "" : "  (incomplete: runs next time)";
    table.add({{collector::outcome_name(test.outcome), colour_of(test.outcome), false},
               {duration_text(test.duration_ns), Colour::kNone, true},
               {std::to_string(test.files), Colour::kNone, true},
               {std::to_string(test.lines), Colour::kNone, true},
               {when, Colour::kDim, false},
               {printable(test.id) + mark, Colour::kNone, false}});
  }
  return table.text(style) + count_text(tests.size(), "test") + '\n';
}

Spared spared_in(const std::vector<store::SessionRow>& sessions) {
  Spared spared;
  for (const store::SessionRow& session : sessions) {
    spared.sessions += session.left_out == 0 ? 0 : 1;
    spared.tests += session.left_out;
    spared.nanoseconds += session.saved_ns;
  }
  return spared;
}

std::string stats_text(const StoreFigures& figures, const Style& style) {
  Table table;
  const auto row = [&](const char* label, const std::string& value) {
    table.add({{label, Colour::kDim, false}, {value, Colour::kNone, false}});
  };
  uint64_t losses = 0;
  uint64_t unreadable = 0;
  for (const store::SessionRow& session : figures.sessions) {
    losses += session.losses;
    unreadable += session.unreadable.empty() ? 0 : 1;
  }
  row("data folder", printable(figures.data));
  row("sessions", std::to_string(figures.sessions.size()));
  row("tests",
      std::to_string(figures.tests) + " (evidence of " + std::to_string(figures.test_evidence) + " runs)");
  row("evidence", size_text(figures.evidence_bytes));
  if (figures.test_evidence != 0) {
    row("per test run", size_text(figures.evidence_bytes / figures.test_evidence));
  }
  row("sources kept", count_text(figures.sources, "file") + ", " + size_text(figures.source_bytes));
  const uint64_t stored = figures.evidence_bytes + figures.source_bytes;
  if (stored != 0 && figures.unshared_bytes != 0) {
    const double share = 1 - static_cast<double>(stored) / static_cast<double>(figures.unshared_bytes);
    char text[16];
    std::snprintf(text, sizeof text, "%.0f %%", 100 * share);
    row("saved", std::string(text) + " of " + size_text(figures.unshared_bytes) +
                     " (unpacked, and each session with its own sources)");
  }
  const Spared spared = spared_in(figures.sessions);
  if (spared.tests != 0) {
    row("not run", count_text(spared.tests, "test") + " in " + count_text(spared.sessions, "session") + ": " +
                       duration_text(spared.nanoseconds) + " saved");
  }
  row("index", size_text(figures.index_bytes));
  row("losses", losses == 0 ? "none" : std::to_string(losses));
  row("damaged shards", std::to_string(figures.damaged));
  row("damaged files", std::to_string(unreadable));
  row("waiting sessions", std::to_string(figures.leftovers));
  if (!figures.sessions.empty()) {
    row("first session", time_text(figures.sessions.front().started_unix_ns) + " UTC");
    row("last session", time_text(figures.sessions.back().started_unix_ns) + " UTC");
  }
  return table.text(style);
}

}  // namespace alibi::report
