#include "package_inputs.h"

#include <fcntl.h>

#include "observed_path.h"

namespace alibi::ruby {
namespace {

// Files and folders (with a slash behind them) that say which gems these are. Asks nothing that loads code.
constexpr char kQuestion[] = R"(
  found = Gem.loaded_specs.values.map(&:loaded_from)
  if defined?(Bundler) && Bundler.instance_variable_get(:@load)
    gemfile = Bundler.default_gemfile.to_s
    lock = Bundler.default_lockfile.to_s
    found.push(gemfile, lock)
  else
    found.concat(found.compact.map { |path| File.dirname(path) + "/" }.uniq)
  end
  found.compact
)";

VALUE loaded_count(VALUE) {
  const VALUE gem = constant(rb_cObject, "Gem");
  return NIL_P(gem) ? LONG2FIX(0)
                    : rb_funcall(rb_funcall(gem, rb_intern("loaded_specs"), 0), rb_intern("size"), 0);
}

}  // namespace

void PackageInputs::start(InputLog* log, ProjectFiles* files) {
  log_ = log;
  files_ = files;
  known_ = 0;
}

void PackageInputs::look() {
  int failed = 0;
  const VALUE before = rb_errinfo();
  const VALUE count = rb_protect(&loaded_count, Qnil, &failed);
  if (failed == 0 && FIXNUM_P(count) && FIX2LONG(count) == known_) return;
  VALUE paths = failed == 0 ? rb_eval_string_protect(kQuestion, &failed) : Qnil;
  if (failed != 0) {
    rb_set_errinfo(before);
    return log_->lose();
  }
  if (FIXNUM_P(count)) known_ = FIX2LONG(count);
  for (long i = 0; RB_TYPE_P(paths, T_ARRAY) && i < RARRAY_LEN(paths); ++i) {
    const VALUE each = RARRAY_AREF(paths, i);
    if (!RB_TYPE_P(each, T_STRING)) continue;
    std::string path(RSTRING_PTR(each), static_cast<size_t>(RSTRING_LEN(each)));
    const bool is_folder = path.ends_with('/');
    if (is_folder) path.pop_back();
    alibi_hash hash{0, 0};
    const alibi_text text{path.data(), path.size()};
    const int32_t state = is_folder ? alibi_hash_directory(log_->session(), text, &hash)
                                    : alibi_hash_file(log_->session(), text, &hash);
    log_->record_for(Contexts::kSession, is_folder ? ALIBI_INPUT_DIRECTORY : ALIBI_INPUT_FILE, state, hash,
                     path, "");
  }
  RB_GC_GUARD(paths);
}

// A file of the project that is made later would be found.
void PackageInputs::missing(const Callers::Caller& caller, const std::string& feature) {
  // Looked for; RubyGems may have found it after this. Below and in the specifications is what was not there.
  log_->record(caller, ALIBI_INPUT_IMPORT, ALIBI_NO_VALUE, {0, 0}, feature);
  const bool has_suffix = feature.ends_with(".rb") || feature.ends_with(".so");
  const auto absent = [&](const std::string& path) {
    if (files_->in_project(path)) log_->record_absent(caller, has_suffix ? path : path + ".rb");
  };
  if (feature.starts_with("/")) return absent(feature);
  const VALUE folders = rb_gv_get("$LOAD_PATH");
  for (long i = 0; RB_TYPE_P(folders, T_ARRAY) && i < RARRAY_LEN(folders); ++i) {
    const VALUE each = RARRAY_AREF(folders, i);
    if (!RB_TYPE_P(each, T_STRING)) continue;
    const std::string folder(RSTRING_PTR(each), static_cast<size_t>(RSTRING_LEN(each)));
    absent(absolute_path(AT_FDCWD, (folder + "/" + feature).c_str()));
  }
}

}  // namespace alibi::ruby
