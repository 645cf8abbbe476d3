// The C ABI of crash and hang reports. Nothing below allocates, so nothing throws.
#include "tracer/abi/alibi_crash.h"

#include <cstdio>
#include <string_view>

#include "tracer/crash/crash_handler.h"
#include "tracer/crash/hang_timer.h"
#include "tracer/crash/reporting.h"

namespace crash = alibi::crash;

namespace {

static_assert(static_cast<int>(crash::RunningKind::kTest) == ALIBI_CONTEXT_TEST);
static_assert(static_cast<int>(crash::RunningKind::kCollection) == ALIBI_CONTEXT_COLLECTION);

alibi_status refuse(alibi_status status, const char* message, alibi_error* error) {
  if (error != nullptr) {
    *error = {};
    error->status = status;
    std::snprintf(error->message, sizeof error->message, "%s", message);
  }
  return status;
}

}  // namespace

extern "C" {

alibi_status alibi_crash_start(const alibi_crash_options* options, alibi_error* error) {
  if (options == nullptr || options->shard_path.bytes == nullptr ||
      !crash::prepare_reports({options->shard_path.bytes, options->shard_path.length}, options->dump))
    return refuse(ALIBI_INVALID_ARGUMENT, "crash reports need the path of a shard", error);
  crash::install_crash_handlers(options->interpreter);
  if (options->hang_ms != 0 && !crash::start_hang_timer(options->hang_ms))
    return refuse(ALIBI_CANNOT_CREATE, "no timer for tests that hang", error);
  return ALIBI_OK;
}

void alibi_crash_stop(void) {
  crash::stop_hang_timer();
  crash::remove_crash_handlers();
  crash::set_running(crash::RunningKind::kNothing, {});
  crash::announce_to(-1);
}

void alibi_crash_announce_to(int descriptor) {
  crash::announce_to(descriptor);
}

void alibi_crash_enter(int32_t kind, alibi_text name) {
  const bool is_test = kind == ALIBI_CONTEXT_TEST;
  if (!is_test && kind != ALIBI_CONTEXT_COLLECTION) return;
  crash::set_running(static_cast<crash::RunningKind>(kind),
                     name.length == 0 ? std::string_view() : std::string_view(name.bytes, name.length));
  crash::settle_crash_handlers();
  if (is_test) crash::arm_hang_timer();
}

void alibi_crash_leave(void) {
  crash::disarm_hang_timer();
  crash::set_running(crash::RunningKind::kNothing, {});
}

}  // extern "C"
