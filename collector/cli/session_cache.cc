#include "collector/cli/session_cache.h"

#include <algorithm>

#include "collector/model/error_codes.h"
#include "collector/store/disk.h"

namespace alibi::cli {

SessionCache::SessionCache(const std::string& data, const std::string& evidence,
                           const change::Interpreter& interpreter, change::KeepUnits keep)
    : keep_(keep) {
  std::string version = interpreter.version;
  std::replace_if(
      version.begin(), version.end(), [](char letter) { return letter == '/' || letter == ' '; }, '-');
  stem_ = data + "/derived/" + evidence + "-" + change::kUnitsFormat + "-" + version + ".";
}

Result<std::string> SessionCache::read(const char* kind) const {
  if (keep_ == change::KeepUnits::kIgnore)
    return Error{ErrorCode::kCannotRead, 0, "what is kept is not believed"};
  return store::read_file(stem_ + kind);
}

void SessionCache::keep(const char* kind, const std::string& bytes) const {
  if (keep_ != change::KeepUnits::kYes) return;
  if (!store::make_directories(stem_.substr(0, stem_.rfind('/'))).ok()) return;
  (void)store::write_file(stem_ + kind, bytes, store::Durability::kUnsynced).ok();
}

}  // namespace alibi::cli
