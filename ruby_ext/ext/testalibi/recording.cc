#include "recording.h"

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "foreign_tracing.h"
#include "joining.h"
#include "keeper.h"
#include "ruby_option.h"
#include "run_time_names.h"
#include "shared_state.h"

namespace alibi::ruby {
namespace {

struct Recording {
  alibi_session* session = nullptr;
  ProjectFiles files;
  CodeUnits units;
  Contexts contexts;
  LineEvents lines;
  Inputs inputs;
  RunTimeNames names;
  SharedState state;
  SharedSettings shared;
  EnvironmentOutside outside;
  std::string fault;  // what open() has to say
};

// Its tables are as large as they are from the start, and live as long as the process.
Recording* recording = nullptr;

void mark(void*) {
  if (recording == nullptr) return;
  recording->units.mark();
  recording->lines.mark();
  recording->inputs.mark();
  recording->state.mark();
}

alibi_text text(VALUE string) {
  return {RSTRING_PTR(string), static_cast<size_t>(RSTRING_LEN(string))};
}

bool is_on() {
  return recording != nullptr && recording->session != nullptr;
}

VALUE item(VALUE hash, const char* key) {
  return rb_hash_lookup2(hash, ID2SYM(rb_intern(key)), Qnil);
}

VALUE text_item(VALUE hash, const char* key) {
  const VALUE found = item(hash, key);
  return NIL_P(found) ? rb_str_new_cstr("") : StringValue(const_cast<VALUE&>(found));
}

// Of texts that were checked to be texts.
std::vector<std::string> texts(VALUE array) {
  std::vector<std::string> list;
  for (long i = 0; i < RARRAY_LEN(array); ++i) {
    const VALUE each = RARRAY_AREF(array, i);
    list.emplace_back(RSTRING_PTR(each), static_cast<size_t>(RSTRING_LEN(each)));
  }
  return list;
}

VALUE text_array(VALUE hash, const char* key) {
  const VALUE found = item(hash, key);
  if (NIL_P(found)) return rb_ary_new();
  Check_Type(found, T_ARRAY);
  for (long i = 0; i < RARRAY_LEN(found); ++i) Check_Type(RARRAY_AREF(found, i), T_STRING);
  return found;
}

// No Ruby here that raises: containers are alive.
bool open_session(const alibi_session_options& options) {
  alibi_error error{};
  if (alibi_session_open(&options, &recording->session, &error) != ALIBI_OK) {
    recording->session = nullptr;
    recording->fault = error.message;
    return false;
  }
  recording->files.start(recording->session, recording->shared.roots, recording->shared.ignored);
  recording->units.start(recording->session, &recording->files);
  recording->contexts.start(recording->session);
  return true;
}

// That of all sessions: DATA/sessions/<id>.
std::string data_folder(std::string_view path) {
  const std::string_view sessions = path.substr(0, path.rfind('/'));
  return std::string(sessions.ends_with("/sessions") ? sessions.substr(0, sessions.rfind('/')) : path);
}

bool is_way(VALUE name) {
  for (const char* each : {"", "oneshot", "raw", "api"}) {
    if (std::strcmp(StringValueCStr(name), each) == 0) return true;
  }
  return false;
}

LineEvents::Way way_named(std::string_view name) {
  if (name == "raw") return LineEvents::Way::kRaw;
  return name == "api" ? LineEvents::Way::kApi : LineEvents::Way::kOneshot;
}

void tracing_changed(bool starts);
void ractor_begins();

// The session is open.
void begin_recording(VALUE self, Callers::Runs runs) {
  watch_foreign_tracing(self, &tracing_changed, &ractor_begins);
  recording->lines.start(recording->session, &recording->units, &recording->contexts,
                         way_named(recording->shared.strategy));
  const char* strategy = recording->lines.strategy();
  alibi_set_strategy(recording->session, {strategy, std::strlen(strategy)});
  RubyOption::set(recording->shared.ruby_option);
  recording->inputs.start(recording->session, &recording->lines, &recording->contexts, &recording->files,
                          data_folder(recording->shared.directory), recording->outside, runs);
  recording->names.start(self, recording->session, &recording->lines, &recording->inputs.callers());
  recording->state.start(recording->session, &recording->contexts, &recording->lines, &recording->files);
}

void make_recording() {
  if (is_on()) rb_raise(rb_eRuntimeError, "a recording already runs in this process");
  if (recording == nullptr) recording = new Recording;
}

std::string std_text(VALUE string) {
  return {RSTRING_PTR(string), static_cast<size_t>(RSTRING_LEN(string))};
}

VALUE native_open(VALUE self, VALUE hash) {
  Check_Type(hash, T_HASH);
  make_recording();
  const VALUE directory = text_item(hash, "directory");
  const VALUE root = text_item(hash, "root");
  const VALUE interpreter = text_item(hash, "interpreter");
  const VALUE worker = text_item(hash, "worker");
  VALUE strategy = text_item(hash, "strategy");
  const VALUE option = text_item(hash, "ruby_option");
  const VALUE extension = text_item(hash, "extension");
  const VALUE roots = text_array(hash, "roots");
  const VALUE ignored = text_array(hash, "ignored");
  const uint64_t session_id = NUM2ULL(item(hash, "session_id"));
  const int32_t role = NUM2INT(item(hash, "role"));
  if (!is_way(strategy))
    rb_raise(rb_eArgError, "unknown strategy %s: oneshot, raw or api", StringValueCStr(strategy));
  recording->shared =
      SharedSettings{std_text(directory), session_id,         std_text(root),   texts(roots),
                     texts(ignored),      std_text(strategy), std_text(option), std_text(extension)};
  const alibi_session_options options{
      text(directory), text(root), text(interpreter), text(worker), session_id, role, {}, {}, {}};
  if (!open_session(options)) rb_raise(rb_eRuntimeError, "%s", recording->fault.c_str());
  recording->outside = EnvironmentInputs::present();
  begin_recording(self, Callers::Runs::kTests);
  // Without it programs that are started do not join, and their tests run always.
  if (role == ALIBI_MAIN) leave_for_programs(recording->shared, recording->outside);
  for (const VALUE kept : {directory, root, interpreter, worker, strategy, option, extension})
    RB_GC_GUARD(const_cast<VALUE&>(kept));
  return self;
}

// False: the session that this program was started for is over.
VALUE native_join(VALUE self, VALUE invitation, VALUE interpreter, VALUE program, VALUE command) {
  for (VALUE* each : {&invitation, &interpreter, &program, &command}) StringValue(*each);
  make_recording();
  if (!take_over(std_text(invitation), &recording->shared, &recording->outside)) return Qfalse;
  const SharedSettings& shared = recording->shared;
  const alibi_session_options options{{shared.directory.data(), shared.directory.size()},
                                      {shared.root.data(), shared.root.size()},
                                      text(interpreter),
                                      {"", 0},
                                      shared.session_id,
                                      ALIBI_CHILD,
                                      text(invitation),
                                      text(program),
                                      text(command)};
  if (!open_session(options)) return Qfalse;
  begin_recording(self, Callers::Runs::kProgram);
  for (const VALUE kept : {invitation, interpreter, program, command}) RB_GC_GUARD(const_cast<VALUE&>(kept));
  return Qtrue;
}

VALUE native_close(VALUE) {
  if (!is_on()) return Qnil;
  recording->state.stop();
  recording->names.stop();
  recording->inputs.stop();
  recording->lines.stop();
  alibi_error error{};
  const alibi_status status = alibi_session_close(recording->session, &error);
  recording->session = nullptr;
  return status == ALIBI_OK ? Qnil : rb_str_new_cstr(error.message);
}

VALUE native_settle(VALUE) {
  if (!is_on()) return Qnil;
  recording->state.settle();
  Inputs::settle();
  return Qnil;
}

VALUE native_is_open(VALUE) {
  return is_on() ? Qtrue : Qfalse;
}

VALUE native_strategy(VALUE) {
  return rb_str_new_cstr(recording != nullptr ? recording->lines.strategy() : "none");
}

VALUE begin(int32_t kind, VALUE name, VALUE scope) {
  StringValue(name);
  StringValue(scope);
  if (!is_on()) return INT2FIX(0);
  uint32_t context = 0;
  if (alibi_define_context(recording->session, kind, recording->contexts.own(), text(name), text(scope),
                           &context, nullptr) != ALIBI_OK)
    return INT2FIX(0);
  recording->inputs.begin_context();
  recording->lines.begin_context(context);
  return UINT2NUM(context);
}

VALUE native_begin_test(VALUE, VALUE id) {
  if (is_on()) recording->state.begin_test();
  return begin(ALIBI_CONTEXT_TEST, id, rb_str_new_cstr(""));
}

// kind: :fixture, :other or :collection
VALUE native_begin_context(VALUE, VALUE kind, VALUE name, VALUE scope) {
  const ID wanted = rb_sym2id(kind);
  if (wanted == rb_intern("fixture")) return begin(ALIBI_CONTEXT_FIXTURE, name, scope);
  if (wanted == rb_intern("collection")) return begin(ALIBI_CONTEXT_COLLECTION, name, scope);
  return begin(ALIBI_CONTEXT_OTHER, name, scope);
}

VALUE native_end_context(VALUE, VALUE number) {
  const uint32_t context = NUM2UINT(number);
  if (!is_on() || context == 0) return Qnil;
  recording->inputs.end_context(context);
  recording->lines.end_context(context);
  return Qnil;
}

VALUE native_end_test(VALUE self, VALUE number, VALUE outcome, VALUE nanoseconds, VALUE reason) {
  const uint32_t context = NUM2UINT(number);
  const int32_t ended = NUM2INT(outcome);
  const uint64_t duration = NUM2ULL(nanoseconds);
  StringValue(reason);
  if (!is_on() || context == 0) return Qnil;
  native_end_context(self, number);
  recording->state.end_test(context);
  alibi_end_test(recording->session, context, ended, duration, text(reason));
  return Qnil;
}

VALUE native_charge(VALUE, VALUE user, VALUE used) {
  const uint32_t numbers[] = {NUM2UINT(user), NUM2UINT(used)};
  if (is_on() && numbers[0] != 0 && numbers[1] != 0 && numbers[0] != numbers[1])
    alibi_charge(recording->session, numbers[0], numbers[1]);
  return Qnil;
}

VALUE native_record_collected(VALUE, VALUE number, VALUE id) {
  const uint32_t context = NUM2UINT(number);
  StringValue(id);
  if (is_on() && context != 0) alibi_record_collected(recording->session, context, text(id));
  return Qnil;
}

VALUE native_record_note(VALUE, VALUE number, VALUE json) {
  const uint32_t context = NUM2UINT(number);
  StringValue(json);
  if (is_on()) alibi_record_note(recording->session, context, text(json));
  return Qnil;
}

// kind and state are the numbers of alibi.h; content, if any, is hashed.
VALUE native_record_input(VALUE, VALUE kind, VALUE state, VALUE subject, VALUE detail, VALUE content) {
  const int32_t numbers[] = {NUM2INT(kind), NUM2INT(state)};
  StringValue(subject);
  StringValue(detail);
  if (!NIL_P(content)) StringValue(content);
  if (!is_on()) return Qnil;
  alibi_hash hash{0, 0};
  if (!NIL_P(content))
    hash = alibi_hash_bytes(RSTRING_PTR(content), static_cast<size_t>(RSTRING_LEN(content)), 0);
  const alibi_input input{
      recording->contexts.current(), numbers[0], numbers[1], hash, text(subject), text(detail)};
  alibi_record_input(recording->session, &input);
  return Qnil;
}

VALUE native_observe(VALUE, VALUE kind, VALUE subject) {
  const VALUE name = rb_sym2str(kind);
  StringValue(subject);
  if (!is_on()) return Qnil;
  const std::string_view wanted(RSTRING_PTR(name), static_cast<size_t>(RSTRING_LEN(name)));
  const std::string_view what(RSTRING_PTR(subject), static_cast<size_t>(RSTRING_LEN(subject)));
  return recording->inputs.declare(std::string(wanted), std::string(what)) ? Qtrue : Qfalse;
}

VALUE native_lose(VALUE, VALUE reason) {
  const int32_t number = NUM2INT(reason);
  if (is_on()) alibi_drop(recording->session, recording->contexts.current(), number, 1);
  return Qnil;
}

VALUE native_record_imported(VALUE, VALUE name, VALUE path) {
  StringValue(name);
  StringValue(path);
  if (is_on()) alibi_record_imported(recording->session, text(name), text(path));
  return Qnil;
}

VALUE native_invitation(VALUE) {
  if (!is_on()) return rb_str_new_cstr("");
  const alibi_text setting = alibi_invitation(recording->session);
  return rb_str_new(setting.bytes, static_cast<long>(setting.length));
}

VALUE native_drops(VALUE) {
  const VALUE drops = rb_hash_new();
  if (!is_on()) return drops;
  for (int32_t reason = 1; reason < ALIBI_DROP_REASON_COUNT; ++reason) {
    const uint64_t count = alibi_drop_count(recording->session, reason);
    if (count != 0) rb_hash_aset(drops, rb_str_new_cstr(alibi_drop_reason_name(reason)), ULL2NUM(count));
  }
  return drops;
}

void tracing_changed(bool starts) {
  if (is_on()) recording->lines.foreign_tracing(starts);
}

// Its code raises no event here.
void ractor_begins() {
  if (is_on()) alibi_drop(recording->session, recording->contexts.current(), ALIBI_DROP_THREAD, 1);
}

template <typename Function>
void define(VALUE module, const char* name, Function* function, int arguments) {
  (rb_define_singleton_method)(module, name, reinterpret_cast<VALUE (*)(ANYARGS)>(function), arguments);
}

}  // namespace

void define_native(VALUE testalibi) {
  // Loaded once more, by another name.
  if (rb_const_defined_at(testalibi, rb_intern("Native"))) return;
  Keeper::start(mark);
  const VALUE native = rb_define_module_under(testalibi, "Native");
  define(native, "open", native_open, 1);
  define(native, "join", native_join, 4);
  define(native, "close", native_close, 0);
  define(native, "settle", native_settle, 0);
  define(native, "open?", native_is_open, 0);
  define(native, "strategy", native_strategy, 0);
  define(native, "begin_test", native_begin_test, 1);
  define(native, "end_test", native_end_test, 4);
  define(native, "begin_context", native_begin_context, 3);
  define(native, "end_context", native_end_context, 1);
  define(native, "charge", native_charge, 2);
  define(native, "record_collected", native_record_collected, 2);
  define(native, "record_note", native_record_note, 2);
  define(native, "record_input", native_record_input, 5);
  define(native, "record_imported", native_record_imported, 2);
  define(native, "observe", native_observe, 2);
  define(native, "lose", native_lose, 1);
  define(native, "invitation", native_invitation, 0);
  define(native, "drops", native_drops, 0);
}

}  // namespace alibi::ruby

extern "C" __attribute__((visibility("default"))) void Init_testalibi_native() {
#ifdef HAVE_RB_EXT_RACTOR_SAFE
  rb_ext_ractor_safe(true);
#endif
  alibi::ruby::define_native(rb_define_module("Testalibi"));
}
