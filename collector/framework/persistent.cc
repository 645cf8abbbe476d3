#include "collector/framework/persistent.h"

namespace alibi::framework {

Result<std::optional<Launch>> persistent_pytest(const Project& /*project*/, Launch /*base*/,
                                                const std::vector<plan::Unit>& /*units*/,
                                                const std::string& /*junit*/, const std::string& /*worker*/) {
  return std::optional<Launch>();
}

Result<std::optional<Launch>> persistent_rspec(const Project& /*project*/, Launch /*base*/,
                                               const std::vector<plan::Unit>& /*units*/,
                                               const std::string& /*junit*/, const std::string& /*worker*/) {
  return std::optional<Launch>();
}

Result<std::optional<Launch>> persistent_minitest(const Project& /*project*/, Launch /*base*/,
                                                  const std::vector<plan::Unit>& /*units*/,
                                                  const std::string& /*junit*/,
                                                  const std::string& /*worker*/) {
  return std::optional<Launch>();
}

bool has_persistent_pytest() {
  return false;
}
bool has_persistent_rspec() {
  return false;
}
bool has_persistent_minitest() {
  return false;
}

}  // namespace alibi::framework
