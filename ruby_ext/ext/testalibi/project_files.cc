#include "project_files.h"

#include <sys/stat.h>
#include <unistd.h>
#include <climits>
#include <cstdlib>

namespace alibi::ruby {
namespace {

std::string_view text_of(VALUE string) {
  if (!RB_TYPE_P(string, T_STRING)) return {};
  return {RSTRING_PTR(string), static_cast<size_t>(RSTRING_LEN(string))};
}

bool lies_in(std::string_view path, const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    if (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/') return true;
  }
  return false;
}

}  // namespace

void ProjectFiles::start(alibi_session* session, std::vector<std::string> roots,
                         std::vector<std::string> ignored) {
  session_ = session;
  roots_ = std::move(roots);
  ignored_ = std::move(ignored);
  numbers_.clear();
  with_code_.clear();
  last_path_ = 0;
  any_ = 0;
}

bool ProjectFiles::in_project(std::string_view absolute_path) const {
  return lies_in(absolute_path, roots_) && !lies_in(absolute_path, ignored_);
}

// The main script and templates are known by relative paths; code made from a text without a file has none.
std::string ProjectFiles::path_of(const Iseq* iseq) const {
  const std::string_view path = text_of(rb_iseq_path(iseq));
  if (path.starts_with('/')) return std::string(path);
  if (path.empty() || path.front() == '(' || path.front() == '<' || path == "-e" || path == "-") return {};
  const std::string_view real = text_of(rb_iseq_realpath(iseq));
  if (real.starts_with('/')) return std::string(real);
  char resolved[PATH_MAX];
  return realpath(std::string(path).c_str(), resolved) != nullptr ? resolved : std::string();
}

uint32_t ProjectFiles::number_of(const Iseq* iseq) {
  const PathPair pair{rb_iseq_path(iseq), rb_iseq_realpath(iseq)};
  if (pair.path == last_path_ && pair.real_path == last_real_path_) return last_number_;
  auto found = numbers_.find(pair);
  if (found == numbers_.end()) {
    const std::string path = path_of(iseq);
    const uint32_t number = path.empty() ? 0 : number_of(path);
    rb_gc_register_mark_object(pair.path);
    if (!NIL_P(pair.real_path)) rb_gc_register_mark_object(pair.real_path);
    found = numbers_.emplace(pair, number).first;
  }
  last_path_ = pair.path;
  last_real_path_ = pair.real_path;
  return last_number_ = found->second;
}

uint32_t ProjectFiles::number_of(std::string_view absolute_path) {
  uint32_t number = 0;
  if (!in_project(absolute_path)) return 0;
  struct stat status {};
  if (stat(std::string(absolute_path).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  alibi_define_file(session_, {absolute_path.data(), absolute_path.size()}, &number, nullptr);
  if (number != 0) any_ = number;
  with_code_.emplace(absolute_path);
  return number;
}

}  // namespace alibi::ruby
