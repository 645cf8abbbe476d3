#include "inputs.h"

#include <pthread.h>
#include <unistd.h>

#include <cerrno>

#include "library_calls.h"
#include "observed_path.h"
#include "pending_observations.h"
#include "recent_observations.h"

extern "C" {
int ruby_thread_has_gvl_p(void);
typedef struct rb_ractor_local_key_struct* alibi_ractor_key;
alibi_ractor_key rb_ractor_local_storage_value_newkey(void) __attribute__((weak));
VALUE rb_ractor_local_storage_value(alibi_ractor_key key) __attribute__((weak));
void rb_ractor_local_storage_value_set(alibi_ractor_key key, VALUE value) __attribute__((weak));
}

namespace alibi::ruby {
namespace {

pid_t own_process = 0;
alibi_ractor_key main_ractor = nullptr;

class KeptErrno {
 public:
  KeptErrno() : kept_(errno) {}
  ~KeptErrno() { errno = kept_; }
  KeptErrno(const KeptErrno&) = delete;
  KeptErrno& operator=(const KeptErrno&) = delete;

 private:
  const int kept_;
};

void in_forked_child() {
  own_process = ::getpid();
  PendingObservations::forget();
  LibraryCalls::forked();
}

bool is_main_ractor() {
  return main_ractor == nullptr || rb_ractor_local_storage_value(main_ractor) == Qtrue;
}

bool starts_program(std::string_view function) {
  return function == "spawn" || function == "system" || function == "`" || function == "popen" ||
         function == "exec";
}

rb_event_hook_func_t as_hook(void (*function)(VALUE, const rb_trace_arg_t*)) {
  return reinterpret_cast<rb_event_hook_func_t>(reinterpret_cast<void (*)()>(function));
}

}  // namespace

void Inputs::start(alibi_session* session, LineEvents* lines, Contexts* contexts, ProjectFiles* files,
                   std::string data_folder, const EnvironmentOutside& outside, Callers::Runs runs) {
  static const bool watches_forks = ::pthread_atfork(nullptr, nullptr, &in_forked_child) == 0;
  // Libraries are at work after the interpreter is gone.
  static const bool watches_end = (ruby_vm_at_exit([](ruby_vm_t*) { running_.store(nullptr); }), true);
  own_process = ::getpid();
  if (rb_ractor_local_storage_value_newkey != nullptr && main_ractor == nullptr) {
    main_ractor = rb_ractor_local_storage_value_newkey();
    rb_ractor_local_storage_value_set(main_ractor, Qtrue);
  }
  contexts_ = contexts;
  lines_ = lines;
  callers_.start(files, lines, contexts, runs);
  log_.start(session, contexts, files);
  paths_.start(&log_, &callers_, files, std::move(data_folder), runs);
  environment_.start(&log_, outside);
  processes_.start(&log_);
  sockets_.start(&log_);
  packages_.start(&log_, files);
  packages_.look();
  RecentObservations::forget();
  PendingObservations::forget();
  if (!watches_forks || !watches_end) return log_.lose();
  running_.store(this, std::memory_order_release);
  const int flags = RUBY_EVENT_HOOK_FLAG_SAFE | RUBY_EVENT_HOOK_FLAG_RAW_ARG;
  rb_add_event_hook2(as_hook(&on_raise), RUBY_EVENT_RAISE, Qnil, static_cast<rb_event_hook_flag_t>(flags));
  if (!LibraryCalls::start()) alibi_drop(session, ALIBI_WHOLE_PROCESS, ALIBI_DROP_INPUT, 1);
}

void Inputs::stop() {
  if (running_.load() != this) return;
  take_pending();
  paths_.settle_loads();
  packages_.look();
  LibraryCalls::stop();
  rb_remove_event_hook(as_hook(&on_raise));
  running_.store(nullptr, std::memory_order_release);
}

void Inputs::begin_context() {
  take_pending();
  paths_.settle_loads();
  environment_.begin_context();
}

void Inputs::end_context(uint32_t context) {
  take_pending();
  paths_.settle_loads();
  packages_.look();
  environment_.end_context(context);
}

bool Inputs::declare(const std::string& kind, const std::string& subject) {
  Callers::Caller caller = callers_.who_asks(Callers::Subject::kFeature);
  caller.asks = true;
  if (kind == "environment") {
    environment_.read(caller, subject.c_str(), ::getenv(subject.c_str()));
    return true;
  }
  const std::string path = absolute_path(AT_FDCWD, subject.c_str());
  struct stat status {};
  if (kind == "directory" ||
      (kind == "file" && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)))
    log_.record_folder(caller, path);
  else if (kind == "file")
    log_.record_file(caller, path);
  else
    return false;
  return true;
}

// HOT: each call of the C library that Ruby or an extension makes, of those that matter. In order of price.
void Inputs::deliver(Origin origin, const Observation& seen) {
  Inputs* const inputs = running_.load(std::memory_order_acquire);
  if (inputs == nullptr || starts_as_noise(seen.path)) return;
  const KeptErrno kept;
  const uint64_t key = RecentObservations::key_of(seen);
  if (RecentObservations::has(key)) return;
  if (runs_elsewhere()) {
    Observation noted = seen;
    noted.is_asked = seen.act != Act::kStarts || starts_for_project_;
    return PendingObservations::note(noted);
  }
  Delivery delivery{inputs, &seen, false};
  if (ruby_thread_has_gvl_p() != 0) {
    deliver_with_lock(&delivery);
  } else if (origin == Origin::kRuby) {
    rb_thread_call_with_gvl(&deliver_with_lock, &delivery);
  } else {
    return PendingObservations::note(seen);
  }
  if (delivery.is_remembered) RecentObservations::add(key);
}

// In a child of vfork, or on a thread that Ruby does not know.
bool Inputs::runs_elsewhere() {
  return ruby_native_thread_p() == 0 || ::getpid() != own_process;
}

void* Inputs::deliver_with_lock(void* argument) {
  Delivery& delivery = *static_cast<Delivery*>(argument);
  if (running_.load(std::memory_order_acquire) != delivery.inputs) return nullptr;
  if (!is_main_ractor())
    PendingObservations::note(*delivery.seen);
  else
    delivery.is_remembered = delivery.inputs->take(*delivery.seen);
  return nullptr;
}

bool Inputs::take(const Observation& seen) {
  try {
    if (PendingObservations::any() && pending_ == nullptr) take_pending();
    return take_one(seen);
  } catch (...) {  // memory is short: the only exception there is
    log_.lose();
    return false;
  }
}

bool Inputs::take_one(const Observation& seen) {
  switch (seen.act) {
    case Act::kVariable:
      return environment_.read(caller_of(seen), seen.path, seen.other);
    case Act::kAllVariables: {
      const Callers::Caller caller = caller_of(seen);
      // To hand them on, with others, to a program that is started.
      if (!starts_program(caller.function)) return environment_.all_read(caller);
      contexts_->invite_for_own();
      return false;
    }
    case Act::kVariableChanges:
      environment_.will_change(seen.path);
      return false;
    case Act::kForked:
      processes_.forked(caller_of(seen));
      return false;
    case Act::kStarts:
      processes_.started(caller_of(seen), seen);
      return false;
    case Act::kBinds:
    case Act::kConnects:
    case Act::kLooksUp:
      sockets_.take(seen, [&] { return caller_of(seen); });
      return false;
    default:
      if (pending_ != nullptr) paths_.assume(seen.is_asked);
      const bool remembered = paths_.take(seen);
      paths_.assume_nothing();
      return remembered;
  }
}

Callers::Caller Inputs::caller_of(const Observation& seen) {
  if (pending_ == nullptr) return callers_.who_asks(Callers::Subject::kElsewhere);
  Callers::Caller caller;
  caller.asks = seen.is_asked;
  return caller;
}

void Inputs::take_pending() {
  if (!PendingObservations::any()) return;
  PendingObservations::take([this](const Observation& seen, bool is_the_same) {
    pending_ = &seen;
    if (!is_the_same) log_.lose();
    take(seen);
    pending_ = nullptr;
  });
  if (const uint32_t lost = PendingObservations::take_losses()) log_.lose(lost);
}

// Null: nothing may be recorded here and now.
Inputs* Inputs::at_hand() {
  Inputs* const inputs = running_.load(std::memory_order_acquire);
  const bool is_here = inputs != nullptr && !runs_elsewhere() && ruby_thread_has_gvl_p() != 0;
  return is_here && is_main_ractor() ? inputs : nullptr;
}

void Inputs::settle() {
  Inputs* const inputs = at_hand();
  if (inputs == nullptr) return;
  const KeptErrno kept;
  inputs->take_pending();
}

void Inputs::will_start_program() {
  Inputs* const inputs = at_hand();
  if (inputs == nullptr) return;
  const KeptErrno kept;
  inputs->contexts_->invite_for_own();
  alibi_invitation(inputs->log_.session());  // puts an old one right that somebody put back
  starts_for_project_ = inputs->callers_.who_asks(Callers::Subject::kElsewhere).asks;
  inputs->sockets_.settle();  // the program may get a socket that is closed here then
}

void Inputs::will_fork() {
  Inputs* const inputs = at_hand();
  if (inputs == nullptr) return;
  const KeptErrno kept;
  inputs->contexts_->invite_for_own();
  inputs->lines_->say_own();
}

// Code that goes another way when a feature is missing depends on that.
void Inputs::on_raise(VALUE, const rb_trace_arg_t* argument) {
  Inputs* const inputs = running_.load(std::memory_order_acquire);
  if (inputs == nullptr || !is_main_ractor()) return;
  const VALUE exception = rb_tracearg_raised_exception(const_cast<rb_trace_arg_t*>(argument));
  if (!RTEST(rb_obj_is_kind_of(exception, rb_eLoadError))) return;
  const VALUE feature = rb_attr_get(exception, rb_intern("@path"));
  if (!RB_TYPE_P(feature, T_STRING)) return;
  const KeptErrno kept;
  try {
    const Callers::Caller caller = inputs->callers_.who_asks(Callers::Subject::kFeature);
    if (caller.asks)
      inputs->packages_.missing(caller, {RSTRING_PTR(feature), static_cast<size_t>(RSTRING_LEN(feature))});
  } catch (...) {
    inputs->log_.lose();
  }
}

}  // namespace alibi::ruby
