// JUnit files, and folders of them, as samples of files.
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <utility>

#include "collector/store/disk.h"
#include "collector/timings/file_names.h"
#include "collector/timings/file_runs.h"
#include "collector/timings/junit.h"
#include "collector/timings/notices.h"
#include "collector/timings/timings.h"

namespace alibi::timings {
namespace {

constexpr size_t kMostFiles = 20'000;
constexpr int kDeepestFolder = 16;

struct Report {
  std::string path;
  int64_t changed_s = 0;   // when the file last changed
  bool was_named = false;  // by the user, not found in a folder
};

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// Folders that are links are not entered, so that no circle is walked.
void find_reports(const std::string& path, int depth, std::vector<Report>* reports, Notices* notices) {
  struct stat status {};
  if ((depth == 0 ? ::stat(path.c_str(), &status) : ::lstat(path.c_str(), &status)) != 0) {
    if (depth == 0) notices->add("no timings from " + path + ": there is no such file or folder");
    return;
  }
  if (S_ISLNK(status.st_mode) && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return;
  if (S_ISREG(status.st_mode) && (depth == 0 || path.ends_with(".xml"))) {
    if (reports->size() < kMostFiles)
      reports->push_back({path, static_cast<int64_t>(status.st_mtime), depth == 0});
    else if (reports->size() == kMostFiles)
      notices->add("more than " + std::to_string(kMostFiles) + " JUnit files: the others are not read");
    return;
  }
  if (!S_ISDIR(status.st_mode)) {
    if (depth == 0) notices->add("no timings from " + path + ": it is no file and no folder");
    return;
  }
  if (depth > kDeepestFolder) return notices->add("no timings from " + path + ": too deep in folders");
  for (const std::string& name : store::names_in(path)) {
    if (store::is_temporary_name(name)) continue;
    find_reports(path + "/" + name, depth + 1, reports, notices);
  }
}

Result<JunitDocument> read_report(const std::string& path) {
  JunitTimes times;
  if (Result<void> read = junit::read_file(path, times.reader()); !read) return std::move(read).error();
  return times.take();
}

// The most exact of what is said counts. A path that is none of ours is another project's, or of a file that
// is gone: no other name makes it one of ours.
NameMatch file_of(const JunitGroup& group, const JunitSuite& suite, const FileNames& names) {
  if (!group.file.empty()) return names.by_path(group.file);
  if (!suite.file.empty()) return names.by_path(suite.file);
  for (const std::string* text : {&group.class_name, &suite.name}) {
    const bool is_path = text->find('/') != std::string::npos || text->find('\\') != std::string::npos;
    const NameMatch path = names.by_path(*text);
    if (is_path || path.file != nullptr || path.ambiguous) return path;
  }
  return names.by_dotted_name(group.class_name);
}

class Import {
 public:
  Import(const std::vector<std::string>& files, Notices* notices) : names_(files), notices_(notices) {}

  void add(const Report& report) {
    Result<JunitDocument> document = read_report(report.path);
    if (!document) return notices_->add("no timings from " + report.path + ": " + document.error().message);
    if (document->tests == 0) {
      if (report.was_named) notices_->add("no timings from " + report.path + ": it names no test");
      return;
    }
    std::map<std::string, FileRun> runs;
    std::set<std::string> loaded;  // files of which a test was not skipped
    uint64_t unknown = 0, ambiguous = 0;
    for (const JunitGroup& group : document->groups) {
      const JunitSuite& suite = document->suites[group.suite];
      const NameMatch match = file_of(group, suite, names_);
      if (match.file == nullptr) {
        (match.ambiguous ? ambiguous : unknown) += group.tests.size();
        continue;
      }
      FileRun& run = runs[*match.file];
      run.at_s = std::max(run.at_s, suite.at_s.value_or(report.changed_s));
      run.cut = run.cut || group.cut;
      for (const JunitGroup::Test& test : group.tests) run.tests[test.hash] += test.ns;
      if (!group.all_skipped) loaded.insert(*match.file);
    }
    say(report, document->tests, unknown, ambiguous);
    for (auto& [file, run] : runs) {
      run.cut = run.cut || !loaded.contains(file);
      join(folder_of(report.path), file, std::move(run));
    }
  }

  void finish(Known* known) const {
    for (const auto& [file, by_folder] : runs_) {
      std::vector<FileRun> runs;
      for (const auto& [folder, list] : by_folder) runs.insert(runs.end(), list.begin(), list.end());
      const std::vector<plan::Sample> samples = samples_of(runs, nullptr);
      std::vector<plan::Sample>& list = known->samples[file];
      list.insert(list.end(), samples.begin(), samples.end());
    }
  }

 private:
  void say(const Report& report, uint64_t tests, uint64_t unknown, uint64_t ambiguous) {
    const std::string of = " of the " + std::to_string(tests) + " tests in " + report.path;
    if (ambiguous > 0)
      notices_->add(std::to_string(ambiguous) + of + " may be of several files: their times are not used");
    if (unknown == tests)
      notices_->add("none" + of + " is of a test file here: was it written from another folder?");
  }

  // Reports of one run lie in one folder, a class or a node each: what has no test in common belongs
  // together.
  void join(const std::string& folder, const std::string& file, FileRun run) {
    std::vector<FileRun>& list = runs_[file][folder];
    if (!list.empty() && is_of_same_run(list.back(), run)) {
      FileRun& last = list.back();
      last.at_s = std::max(last.at_s, run.at_s);
      last.cut = last.cut || run.cut;
      last.tests.insert(run.tests.begin(), run.tests.end());
    } else {
      list.push_back(std::move(run));
    }
  }

  static bool is_of_same_run(const FileRun& last, const FileRun& next) {
    constexpr int64_t kLongestRun = 6 * 3600;
    if (std::max(last.at_s, next.at_s) - std::min(last.at_s, next.at_s) > kLongestRun) return false;
    return std::none_of(next.tests.begin(), next.tests.end(),
                        [&last](const auto& test) { return last.tests.contains(test.first); });
  }

  FileNames names_;
  Notices* notices_;
  std::map<std::string, std::map<std::string, std::vector<FileRun>>> runs_;  // by file, by folder
};

}  // namespace

void add_junit(const std::vector<std::string>& paths, const std::vector<std::string>& files, Known* known) {
  Notices notices(&known->notices);
  std::vector<Report> reports;
  for (const std::string& path : paths) {
    if (!path.empty()) find_reports(path, 0, &reports, &notices);
  }
  Import import(files, &notices);
  for (const Report& report : reports) import.add(report);
  import.finish(known);
}

}  // namespace alibi::timings
