#include "callers.h"

#include "keeper.h"

namespace alibi::ruby {
namespace {

std::string_view text_of(VALUE string) {
  if (!RB_TYPE_P(string, T_STRING)) return {};
  return {RSTRING_PTR(string), static_cast<size_t>(RSTRING_LEN(string))};
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Functions of C that load code.
bool loads(std::string_view function) {
  return function == "require" || function == "require_relative" || function == "load" ||
         function == "gem_original_require" || function == "autoload" || function == "load_iseq";
}

// Rails asks whether code is to be loaded again: what was loaded is known. What it does then is no question.
bool only_asks(std::string_view function) {
  return function == "updated?" || function == "updated_at" || function == "max_mtime" ||
         function == "watched";
}

// They look at what the test tells them to.
bool is_on_behalf(std::string_view path) {
  return holds(path, "/rspec/core/memoized_helpers.rb") || holds(path, "/minitest/assertions.rb") ||
         holds(path, "/minitest/mock.rb") || path.ends_with("/test/unit/assertions.rb");
}

// A folder of a gem: "/rspec-core-3.12.0/lib/…", "/rspec-core/lib/…", or "/rspec/core/…" where a system's
// package put it.
bool is_of_runner(std::string_view path) {
  for (const std::string_view each :
       {"/rspec-core", "/rspec/core", "/rspec/autorun", "/minitest", "/test-unit", "/test/unit/",
        "/test/unit.rb", "/cucumber", "/simplecov", "/testalibi/", "/testalibi.rb"}) {
    if (holds(path, each)) return true;
  }
  return false;
}

// What these read is kept in memory, and answers the questions of later tests.
bool keeps(std::string_view path) {
  for (const std::string_view each :
       {"/i18n/", "/i18n-", "/active_record/fixture", "/action_view/", "/gettext/", "/fast_gettext/"}) {
    if (holds(path, each)) return true;
  }
  return false;
}

}  // namespace

void Callers::start(ProjectFiles* files, LineEvents* lines, const Contexts* contexts, Runs runs) {
  runs_ = runs;
  files_ = files;
  lines_ = lines;
  contexts_ = contexts;
  for (Entry& entry : entries_) entry = Entry{};
}

void Callers::mark() const {
  for (const Entry& entry : entries_) {
    if (entry.path != 0) rb_gc_mark(entry.path);
  }
}

Callers::Caller Callers::who_asks(Subject subject) {
  Caller caller;
  Verdict verdict = Verdict::kOpen;
  const bool wants_body = lines_->is_loading();
  // Nearly always the innermost ones decide. Each time from the start: releases before 3.3 cannot go on.
  int known = 0;
  for (const int limit : {4, 60, kDeepest}) {
    const int count = rb_profile_frames(0, limit, frames_, frame_lines_);
    if (known == 0 && count > 0 && frame_lines_[0] == 0)
      caller.function = text_of(rb_profile_frame_method_name(frames_[0]));
    for (; known < count; ++known) {
      if (verdict == Verdict::kOpen) verdict = judge(frames_[known], frame_lines_[known], subject, &caller);
      if (verdict == Verdict::kNo) return caller;
      if (wants_body && caller.body == nullptr) caller.body = lines_->loading_body(frames_[known]);
      if (verdict == Verdict::kYes && (!wants_body || caller.body != nullptr)) break;
    }
    if (known < count || count < limit) break;
  }
  const bool is_for_test =
      contexts_->current() != Contexts::kSession || (runs_ == Runs::kProgram && is_running_code(known));
  caller.asks = verdict == Verdict::kYes || is_for_test;
  return caller;
}

bool Callers::loads_eagerly() {
  constexpr int kNear = 60;
  const int count = rb_profile_frames(0, kNear, frames_, frame_lines_);
  for (int i = 0; i < count; ++i) {
    const Kind kind = kind_of(frames_[i]);
    if (kind == Kind::kProject) return false;
    if (kind == Kind::kAutoloader && holds(text_of(rb_profile_frame_method_name(frames_[i])), "eager_load"))
      return true;
  }
  return false;
}

// Otherwise it is the interpreter, which looks for its main script.
bool Callers::is_running_code(int count) const {
  for (int i = 0; i < count; ++i) {
    if (text_of(rb_profile_frame_absolute_path(frames_[i])).starts_with('/')) return true;
  }
  return false;
}

Callers::Verdict Callers::judge(VALUE frame, int line, Subject subject, Caller* caller) {
  if (line == 0) {
    const bool is_loading =
        subject != Subject::kFeature && loads(text_of(rb_profile_frame_method_name(frame)));
    caller->loads = is_loading;
    return is_loading ? Verdict::kNo : Verdict::kOpen;
  }
  switch (kind_of(frame)) {
    case Kind::kProject:
      return Verdict::kYes;
    case Kind::kRunner:  // what it tells a keeper to read (fixtures, before a test) it reads for the project
      return caller->is_kept ? Verdict::kYes : Verdict::kNo;
    case Kind::kLoader:
    case Kind::kAutoloader:
      caller->loads = true;
      caller->autoloads = kind_of(frame) == Kind::kAutoloader;
      return subject == Subject::kFeature ? Verdict::kOpen : Verdict::kNo;
    case Kind::kPackages:
      return subject == Subject::kElsewhere ? Verdict::kNo : Verdict::kOpen;
    case Kind::kReloader:
      return only_asks(text_of(rb_profile_frame_method_name(frame))) ? Verdict::kNo : Verdict::kOpen;
    case Kind::kKeeper:
      caller->is_kept = true;
      return Verdict::kOpen;
    default:
      return Verdict::kOpen;
  }
}

Callers::Kind Callers::kind_of(VALUE frame) {
  const VALUE path = rb_profile_frame_path(frame);
  if (!RB_TYPE_P(path, T_STRING)) return Kind::kOther;
  Entry& entry = entries_[(path >> 3) * 0x9E3779B97F4A7C15u >> 54];
  if (entry.path == path) return entry.kind;
  entry = {path, classify(frame, text_of(path))};
  Keeper::added(path);
  return entry.kind;
}

// The main script and what it names are known by relative paths, code made from a text by none.
Callers::Kind Callers::classify(VALUE frame, std::string_view path) const {
  if (path == "-e" || path == "-") return Kind::kProject;
  if (holds(path, "kernel_require.rb")) return Kind::kLoader;
  if (holds(path, "/zeitwerk/") || holds(path, "/zeitwerk-")) return Kind::kAutoloader;
  if (holds(path, "/bootsnap"))
    return path.ends_with("/yaml.rb") || path.ends_with("/json.rb") ? Kind::kOther : Kind::kLoader;
  if (path.ends_with("/active_support/file_update_checker.rb")) return Kind::kReloader;
  if (path.starts_with("<")) return Kind::kOther;
  if (!path.starts_with("/")) path = text_of(rb_profile_frame_absolute_path(frame));
  if (files_->in_project(path)) return Kind::kProject;
  if (is_on_behalf(path)) return Kind::kOther;
  if (is_of_runner(path)) return Kind::kRunner;
  // Of a gem, what lies below the folder of all gems, which may have such a name.
  const size_t gems = path.rfind("/gems/");
  const std::string_view rest = gems == std::string_view::npos ? path : path.substr(gems + 5);
  for (const std::string_view each : {"/rubygems/", "/rubygems.rb", "/bundler/", "/bundler.rb"}) {
    if (holds(rest, each)) return Kind::kPackages;
  }
  return keeps(path) ? Kind::kKeeper : Kind::kOther;
}

}  // namespace alibi::ruby
