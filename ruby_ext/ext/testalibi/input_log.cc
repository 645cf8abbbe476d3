#include "input_log.h"

namespace alibi::ruby {
namespace {

// Some 5 MB; past it repetitions are written again, which costs space and means nothing.
constexpr size_t kSeenLimit = 100000;

alibi_text text_view(const std::string& text) {
  return {text.data(), text.size()};
}

bool is_of_path(int32_t kind) {
  return kind == ALIBI_INPUT_FILE || kind == ALIBI_INPUT_DIRECTORY || kind == ALIBI_INPUT_PROBE;
}

}  // namespace

void InputLog::start(alibi_session* session, const Contexts* contexts, ProjectFiles* files) {
  session_ = session;
  contexts_ = contexts;
  files_ = files;
  paths_ = SessionPaths();
  seen_.clear();
}

std::string InputLog::detail_of(const Callers::Caller& caller, int32_t kind, const std::string& subject,
                                const std::string& word) const {
  std::string detail = word;
  if (is_of_path(kind) && paths_.covers(subject)) detail += detail.empty() ? "session" : "\nsession";
  if (caller.body == nullptr || caller.body->code == nullptr) return detail;
  return detail + (detail.empty() ? "import:" : "\nimport:") + files_->path_of(caller.body->code) +
         "\nline:" + std::to_string(caller.body->line);
}

void InputLog::record(const Callers::Caller& caller, int32_t kind, int32_t state, const alibi_hash& hash,
                      const std::string& subject, const std::string& word) {
  const std::string detail = detail_of(caller, kind, subject, word);
  const auto write = [&](uint32_t context) { record_for(context, kind, state, hash, subject, detail); };
  if (caller.is_kept && contexts_->current() != Contexts::kSession) write(Contexts::kSession);
  if (contexts_->on_several_threads()) return contexts_->each_of(rb_thread_current(), write);
  write(contexts_->current());
}

void InputLog::record_for(uint32_t context, int32_t kind, int32_t state, const alibi_hash& hash,
                          const std::string& subject, const std::string& detail) {
  // Not as a seed: XXH3 merely combines the seed with texts of a few bytes.
  std::string key = std::to_string(context) + '/' + std::to_string(kind) + '/';
  key.append(subject).append(1, '\0').append(detail);
  if (seen_.size() > kSeenLimit) seen_.clear();
  if (!seen_.insert(alibi_hash_bytes(key.data(), key.size(), 0).low).second) return;
  const alibi_input input{context, kind, state, hash, text_view(subject), text_view(detail)};
  alibi_record_input(session_, &input);
}

int32_t InputLog::record_file(const Callers::Caller& caller, const std::string& path) {
  alibi_hash hash{0, 0};
  const int32_t state = alibi_hash_file(session_, text_view(path), &hash);
  record(caller, ALIBI_INPUT_FILE, state, hash, path);
  return state;
}

int32_t InputLog::record_folder(const Callers::Caller& caller, const std::string& path) {
  alibi_hash hash{0, 0};
  const int32_t state = alibi_hash_directory(session_, text_view(path), &hash);
  record(caller, ALIBI_INPUT_DIRECTORY, state, hash, path);
  return state;
}

void InputLog::record_absent(const Callers::Caller& caller, const std::string& path) {
  record(caller, ALIBI_INPUT_FILE, ALIBI_ABSENT, {0, 0}, path);
}

void InputLog::lose(uint64_t count) {
  alibi_drop(session_, contexts_->current(), ALIBI_DROP_INPUT, count);
}

}  // namespace alibi::ruby
