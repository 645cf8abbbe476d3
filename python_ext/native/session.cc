#include "session.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>

#include "child_memory.h"
#include "joining.h"
#include "monitoring_events.h"
#include "slot_events.h"
#include "trace_events.h"

namespace alibi::python {
namespace {

Session* running_session = nullptr;
std::atomic<bool> foreign_code_ran{false};

struct Candidate {
  const char* strategy;
  std::unique_ptr<EventSource> (*make)(CodeFiles&, Activation&);
};

constexpr Candidate kCandidates[] = {
#if ALIBI_HAS_MONITORING
    {"self",
     [](CodeFiles& files, Activation& activation) {
       return make_monitoring_events(files, activation, Rearming::kSelf);
     }},
    {"restart",
     [](CodeFiles& files, Activation& activation) {
       return make_monitoring_events(files, activation, Rearming::kRestart);
     }},
#endif
#if ALIBI_HAS_SLOTS
    {"slots", &make_slot_events},
#endif
    {"trace", &make_trace_events},
};

alibi_text text_of(const std::string& string) {
  return {string.data(), string.size()};
}

// "cpython 3.12.1" from "3.12.1 (main, …) [GCC …]".
std::string interpreter_name() {
  const char* version = Py_GetVersion();
  return "cpython " + std::string(version, std::strcspn(version, " "));
}

// pytest keeps it in the environment: "tests/test_a.py::test_b (call)".
std::string test_of_starter() {
  const char* variable = std::getenv("PYTEST_CURRENT_TEST");
  const std::string test = variable != nullptr ? variable : "";
  return test.substr(0, test.rfind(" ("));
}

// Somebody is about to be called at each line, or to run code while nobody is.
bool announces_listener(const char* event) {
  if (std::strncmp(event, "sys.", 4) != 0) return false;
  constexpr const char* kEvents[] = {"sys.monitoring.register_callback", "sys.settrace", "sys.setprofile"};
  return std::any_of(std::begin(kEvents), std::end(kEvents),
                     [event](const char* each) { return std::strcmp(event, each) == 0; });
}

}  // namespace

Session::Session(SessionOptions options) : options_(std::move(options)) {}

Session::~Session() {
  stop();
}

std::vector<const char*> Session::strategies() {
  std::vector<const char*> names;
  for (const Candidate& candidate : kCandidates) names.push_back(candidate.strategy);
  return names;
}

void Session::before_fork() {
  if (running_session == nullptr || !in_main_interpreter()) return;
  RecordingLock lock;
  alibi_session_before_fork(running_session->session_);
}

void Session::after_fork_in_child() {
  RecordingLock::after_fork_in_child();
  if (running_session == nullptr) return;
  use_child_memory();
  running_session->activation_->after_fork_in_child();
  if (running_session->imports_) running_session->imports_->after_fork_in_child();
}

std::optional<StartFailure> Session::start() {
  if (options_.role != ALIBI_CHILD) options_.ruby_option = ruby_option_of_user();
  if (!in_main_interpreter()) {
    return StartFailure{ALIBI_INVALID_ARGUMENT,
                        "Alibi records the main interpreter only, not sub-interpreters"};
  }
  if (running_session != nullptr) {
    return StartFailure{ALIBI_INVALID_ARGUMENT, "a recording already runs in this process"};
  }
  if (auto failure = open_shard()) return failure;
  files_ = std::make_unique<CodeFiles>(session_, options_.files);
  activation_ = std::make_unique<Activation>(session_);
  std::string why;
  if (!files_->start(&why) || !start_source(&why) || !start_evidence(&why)) {
    tear_down();
    return StartFailure{ALIBI_INTERNAL, why};
  }
  alibi_set_strategy(session_, text_of(source_->strategy()));
  if (options_.role == ALIBI_MAIN && environment_) {
    leave_for_programs(options_, environment_->outside(), {files_->opcode_facts(), source_->strategy()});
  }
  running_session = this;
  watch_sub_interpreters();
  crashes_.start(shard_path(), options_.hang_ms);
  if (options_.role == ALIBI_CHILD) crashes_.enter(ALIBI_CONTEXT_TEST, test_of_starter());
  return std::nullopt;
}

// Hears of other interpreters under their own GIL, so it may only leave a mark.
int Session::audit(const char* event, PyObject*, void*) {
  if (running_session == nullptr) return 0;
  if (!in_main_interpreter()) {
    foreign_code_ran.store(true, std::memory_order_relaxed);
  } else if (announces_listener(event)) {
    RecordingLock lock;
    running_session->source_->another_tool_registers();
  }
  return 0;
}

// What runs in other interpreters is not recorded: whoever is current meanwhile loses its alibi.
void Session::count_sub_interpreters() {
  const bool ran = foreign_code_ran.exchange(false, std::memory_order_relaxed);
  const bool exists = PyInterpreterState_Next(PyInterpreterState_Head()) != nullptr;
  if (ran || exists) activation_->count_loss(ALIBI_DROP_SUBINTERPRETER);
}

void Session::watch_sub_interpreters() {
  static bool watching = false;  // an audit hook stays for the life of the process
  if (!watching && PySys_AddAuditHook(&Session::audit, nullptr) == 0) watching = true;
  PyErr_Clear();
  if (!watching) activation_->count_loss(ALIBI_DROP_SUBINTERPRETER);
}

std::optional<StartFailure> Session::open_shard() {
  const std::string interpreter = interpreter_name();
  alibi_session_options options = {};
  options.directory = text_of(options_.directory);
  options.root = text_of(options_.root);
  options.interpreter = text_of(interpreter);
  options.worker = text_of(options_.worker);
  options.session_id = options_.session_id;
  options.role = options_.role;
  options.invitation = text_of(options_.invitation);
  options.program = text_of(options_.program);
  options.command = text_of(options_.command);
  alibi_error error = {};
  const alibi_status status = alibi_session_open(&options, &session_, &error);
  if (status == ALIBI_OK) return std::nullopt;
  session_ = nullptr;
  return StartFailure{status, error.message};
}

bool Session::start_source(std::string* why) {
  rejected_.clear();
  for (const Candidate& candidate : kCandidates) {
    if (!options_.strategy.empty() && options_.strategy != candidate.strategy) continue;
    source_ = candidate.make(*files_, *activation_);
    activation_->set_source(source_.get());
    std::string cause;
    if (source_->start(&cause)) return true;
    source_.reset();
    if (!rejected_.empty()) rejected_ += "; ";
    rejected_ += std::string(candidate.strategy) + ": " + cause;
  }
  *why = rejected_.empty() ? "there is no strategy \"" + options_.strategy + "\" for this interpreter"
                           : rejected_;
  return false;
}

bool Session::start_evidence(std::string* why) {
  const Recording recording{session_, *files_, *activation_, *source_};
  imports_ = std::make_unique<ImportEvents>(recording);
  if (!imports_->start(why)) return false;
  if (options_.inputs) {
    inputs_ = std::make_unique<InputEvents>(recording);
    if (!inputs_->start(options_.ruby_option, why)) return false;
    const EnvironmentOutside* outside = options_.environment.has_value() ? &*options_.environment : nullptr;
    environment_ = std::make_unique<EnvironmentEvents>(recording, outside);
    if (!environment_->start(why)) return false;
  }
  if (options_.state) {
    state_ = std::make_unique<SharedState>(recording);
    if (!state_->start(why)) return false;
  }
  return true;
}

void Session::stop() {
  if (session_ == nullptr) return;
  final_strategy_ = strategy();
  final_reason_ = strategy_reason();
  shard_path_ = shard_path();
  final_statistics_ = statistics();
  tear_down();
}

// In the reverse order of the start; also after a start that failed half-way.
void Session::tear_down() {
  ExceptionGuard guard;
  if (running_session == this) running_session = nullptr;
  crashes_.stop();
  if (state_) state_->stop();
  if (environment_) environment_->stop();
  if (inputs_) inputs_->stop();
  if (imports_) imports_->stop();
  if (source_) source_->stop();
  state_.reset();
  environment_.reset();
  inputs_.reset();
  imports_.reset();
  if (activation_) activation_->set_source(nullptr);
  source_.reset();
  files_.reset();
  activation_.reset();
  for (int32_t reason = 1; reason < ALIBI_DROP_REASON_COUNT; ++reason) {
    final_drops_[reason] = alibi_drop_count(session_, reason);
  }
  alibi_session_close(std::exchange(session_, nullptr), nullptr);
}

uint32_t Session::begin_test(const std::string& test_id) {
  if (session_ == nullptr) return 0;
  count_sub_interpreters();
  const uint32_t context = begin_context(ALIBI_CONTEXT_TEST, test_id, "");
  if (context == 0) return 0;
  crashes_.enter(ALIBI_CONTEXT_TEST, test_id);
  imports_->begin_test(context);
  if (inputs_) inputs_->begin_test(context);
  // Beside another test it must not forget what that one did.
  if (environment_ && activation_->open_contexts() == 1) environment_->begin_test(context);
  if (state_) state_->begin_test(context);
  return context;
}

void Session::end_test(uint32_t context, alibi_outcome outcome, uint64_t duration_ns,
                       const std::string& reason) {
  if (session_ == nullptr || context == 0) return;
  ExceptionGuard guard;
  count_sub_interpreters();
  if (state_) state_->end_test(context);
  if (environment_) environment_->end_test(context);
  if (inputs_) inputs_->end_test(context);
  imports_->end_test(context);
  activation_->pop_context(context);
  alibi_end_test(session_, context, outcome, duration_ns, text_of(reason));
  crashes_.leave();
}

uint32_t Session::begin_context(alibi_context_kind kind, const std::string& name, const std::string& scope) {
  if (session_ == nullptr) return 0;
  uint32_t context = 0;
  const uint32_t parent = activation_->current_context();
  if (alibi_define_context(session_, kind, parent, text_of(name), text_of(scope), &context, nullptr) !=
      ALIBI_OK) {
    return 0;
  }
  activation_->push_context(context);
  if (kind == ALIBI_CONTEXT_COLLECTION) crashes_.enter(kind, name);
  return context;
}

void Session::end_context(uint32_t context) {
  if (session_ == nullptr || context == 0) return;
  imports_->context_ends();
  activation_->pop_context(context);
  crashes_.leave_collection();
}

void Session::resume_context(uint32_t context) {
  if (session_ != nullptr && context != 0) activation_->push_context(context);
}

void Session::charge(uint32_t user, uint32_t used) {
  if (session_ != nullptr) alibi_charge(session_, user, used);
}

void Session::note(uint32_t context, const std::string& text) {
  if (session_ != nullptr) alibi_record_note(session_, context, text_of(text));
}

void Session::end_collection(uint32_t context, const std::vector<std::string>& test_ids, bool ended_well) {
  if (session_ == nullptr || context == 0) return;
  for (const std::string& test_id : test_ids) alibi_record_collected(session_, context, text_of(test_id));
  alibi_end_test(session_, context, ended_well ? ALIBI_PASSED : ALIBI_ERROR, 0, {});
}

void Session::record_input(int32_t kind, int32_t state, const std::string& subject, const std::string& detail,
                           const alibi_hash& hash) {
  if (session_ == nullptr) return;
  const alibi_input input{
      activation_->current_context(), kind, state, hash, text_of(subject), text_of(detail)};
  alibi_record_input(session_, &input);
}

bool Session::observe(int32_t kind, const std::string& subject) {
  if (session_ == nullptr || !inputs_ || !environment_) return false;
  return kind == ALIBI_INPUT_ENVIRONMENT ? environment_->declared(subject) : inputs_->declared(kind, subject);
}

void Session::lose_input() {
  if (session_ != nullptr) activation_->count_loss(ALIBI_DROP_INPUT);
}

void Session::record_imported(const std::string& module, const std::string& path) {
  if (session_ != nullptr) alibi_record_imported(session_, text_of(module), text_of(path));
}

PyObject* Session::instrument(PyObject* code) {
  if (session_ == nullptr || !PyCode_Check(code)) return Ref::share(code).release();
  return source_->prepare(code);
}

std::string Session::strategy() const {
  return source_ ? source_->strategy() : final_strategy_;
}

std::string Session::strategy_reason() const {
  if (!source_) return final_reason_;
  std::string reason = source_->reason();
  if (reason.empty()) return rejected_;
  return rejected_.empty() ? reason : rejected_ + "; " + reason;
}

std::string Session::shard_path() const {
  if (session_ == nullptr) return shard_path_;
  const alibi_text path = alibi_shard_path(session_);
  return std::string(path.bytes != nullptr ? path.bytes : "", path.length);
}

uint64_t Session::drop_count(int32_t reason) const {
  return session_ != nullptr ? alibi_drop_count(session_, reason) : final_drops_[reason];
}

std::vector<std::pair<std::string, uint64_t>> Session::statistics() const {
  if (!files_) return final_statistics_;
  const CodeFiles::Counts counts = files_->counts();
  std::vector<std::pair<std::string, uint64_t>> all = {{"files", counts.files},
                                                       {"code_objects", counts.code_objects},
                                                       {"code_units", counts.code_units},
                                                       {"probes", counts.probes}};
  if (state_) {
    for (auto& each : state_->statistics()) all.push_back(std::move(each));
  }
  return all;
}

}  // namespace alibi::python
