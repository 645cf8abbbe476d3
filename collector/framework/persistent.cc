#include "collector/framework/persistent.h"

#include <algorithm>
#include <set>
#include <utility>

#include "collector/framework/disk.h"
#include "collector/framework/drivers/drivers.h"
#include "collector/framework/programs.h"

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

std::string folder_of(const Project& project, const std::string& worker) {
  return joined(project.scratch, "worker-" + worker);
}

// In a folder of the worker's own: nobody reads what somebody else is writing.
Result<std::string> lay_down(const Project& project, const std::string& worker, const std::string& name,
                             const std::string& text, Launch* launch) {
  const std::string folder = folder_of(project, worker);
  if (const Result<void> made = Disk::real().make_folder(folder); !made.ok()) return made.error();
  const std::string path = joined(folder, name);
  if (const Result<void> written = Disk::real().write(path, text); !written.ok()) return written.error();
  launch->files.push_back(path);
  return path;
}

Result<std::string> lay_down_driver(const Project& project, const std::string& worker,
                                    const std::string& name, Launch* launch) {
  const Result<Words> written = write_driver(Disk::real(), name, joined(folder_of(project, worker), name));
  if (!written) return written.error();
  launch->files.insert(launch->files.end(), written->begin(), written->end());
  return written->front();
}

// An empty value of the user's stays one: it is not the same as none.
std::string before(const Project& project, const std::string& value, const std::string& name) {
  const auto old = project.environment.find(name);
  return old == project.environment.end() ? value : value + ":" + old->second;
}

// One file of each folder: pytest looks for its configuration and for conftest.py files from there, as it
// does when it is given all of them.
Words one_of_each_folder(const std::vector<plan::Unit>& units) {
  std::set<std::string> folders;
  Words files;
  for (const plan::Unit& unit : units) {
    const size_t slash = unit.file.rfind('/');
    if (!folders.insert(slash == std::string::npos ? "" : unit.file.substr(0, slash)).second) continue;
    const bool is_special = unit.file.starts_with('-') || unit.file.starts_with('@');
    files.push_back(is_special ? "./" + unit.file : unit.file);
  }
  return files;
}

void append(const Words& words, Launch* launch) {
  launch->command.insert(launch->command.end(), words.begin(), words.end());
}

}  // namespace

Result<std::optional<Launch>> persistent_pytest(const Project& project, Launch base,
                                                const std::vector<plan::Unit>& units,
                                                const std::string& junit, const std::string& worker) {
  const Words files = one_of_each_folder(units);
  if (files.empty() || !fits_command_line(files)) return std::optional<Launch>();
  const Result<std::string> driver = lay_down_driver(project, worker, "alibi_pytest_worker.py", &base);
  if (!driver) return driver.error();
  append({"-p", "alibi_pytest_worker"}, &base);
  if (!junit.empty()) append({"--junit-xml=" + junit}, &base);
  append(files, &base);
  base.environment.push_back({"PYTHONPATH", before(project, folder_of(project, worker), "PYTHONPATH")});
  return std::optional(std::move(base));
}

Result<void> keep_pytest_to(const Project& project, const Words& arguments, const std::string& worker,
                            size_t number, Launch* batch) {
  // A folder of its own: an earlier batch's files are removed when it is over.
  const std::string place = worker + "-" + std::to_string(number);
  const Result<std::string> driver = lay_down_driver(project, place, "alibi_pytest_batch.py", batch);
  if (!driver) return driver.error();
  std::string text;
  for (const std::string& argument : arguments) text.append(argument).push_back('\0');
  const Result<std::string> list = lay_down(project, place, "arguments", text, batch);
  if (!list) return list.error();
  append({"-p", "alibi_pytest_batch"}, batch);
  batch->environment.push_back({"ALIBI_PYTEST_ARGUMENTS", *list});
  batch->environment.push_back({"PYTHONPATH", before(project, folder_of(project, place), "PYTHONPATH")});
  return {};
}

Result<std::optional<Launch>> persistent_rspec(const Project& project, Launch base,
                                               const std::vector<plan::Unit>& units, const std::string& junit,
                                               const std::string& worker) {
  const Result<std::string> driver = lay_down_driver(project, worker, "alibi_rspec_worker.rb", &base);
  if (!driver) return driver.error();
  std::set<std::string> files;
  for (const plan::Unit& unit : units) files.insert(unit.file);
  std::string text;
  for (const std::string& file : files) text.append(file).push_back('\n');
  const Result<std::string> list = lay_down(project, worker, "files.txt", text, &base);
  if (!list) return list.error();
  append({"--require", *driver, "--format", "progress"}, &base);
  if (!junit.empty()) {
    const Result<std::string> report = lay_down_driver(project, worker, "alibi_rspec_junit.rb", &base);
    if (!report) return report.error();
    append({"--require", *report, "--format", "AlibiRspecJunit", "--out", junit}, &base);
  }
  base.environment.push_back({"ALIBI_WORKER_FILES", *list});
  base.environment.push_back({"DISABLE_SPRING", "1"});  // its server would not have the socket
  return std::optional(std::move(base));
}

Result<std::optional<Launch>> persistent_minitest(
    const Project& project, Launch base, const std::vector<plan::Unit>& /*units*/, const std::string& junit,
    const std::string& worker, const std::function<std::string(const std::string& driver)>& as_argument) {
  const auto is_rake = [](const std::string& word) { return word == "rake" || word.ends_with("/rake"); };
  if (std::ranges::any_of(base.command, is_rake)) return std::optional<Launch>();
  const Result<std::string> driver = lay_down_driver(project, worker, "alibi_minitest_worker.rb", &base);
  if (!driver) return driver.error();
  append({as_argument(*driver)}, &base);
  if (!junit.empty()) {
    const Result<std::string> report = lay_down_driver(project, worker, "alibi_minitest_junit.rb", &base);
    if (!report) return report.error();
    base.environment.push_back({"ALIBI_WORKER_LOAD", *report});
    base.environment.push_back({"ALIBI_JUNIT", junit});
  }
  base.environment.push_back({"PARALLEL_WORKERS", "1"});  // Rails forks before the classes are there
  base.environment.push_back({"DISABLE_SPRING", "1"});
  return std::optional(std::move(base));
}

bool has_persistent_pytest() {
  return true;
}
bool has_persistent_rspec() {
  return true;
}
bool has_persistent_minitest() {
  return true;
}

}  // namespace alibi::framework
