#include "tests/support/golden.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "tests/support/temporary_directory.h"

namespace alibi::testing {

std::string golden_path(const std::string& name) {
  return std::string(ALIBI_GOLDEN_DIRECTORY) + "/" + name;
}

GoldenOutcome compare_with_golden(std::span<const std::byte> bytes, const std::string& name,
                                  std::string* difference) {
  const char* const accept = std::getenv("ALIBI_ACCEPT_GOLDEN");
  if (accept != nullptr && std::string_view(accept) == "1") {
    write_text(golden_path(name), {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return GoldenOutcome::kAccepted;
  }
  const std::vector<std::byte> kept = read_bytes(golden_path(name));
  if (std::ranges::equal(kept, bytes)) return GoldenOutcome::kSame;
  const auto at = std::mismatch(kept.begin(), kept.end(), bytes.begin(), bytes.end()).first - kept.begin();
  *difference = name + " differs from the kept bytes at offset " + std::to_string(at) + " (kept " +
                std::to_string(kept.size()) + " bytes, now " + std::to_string(bytes.size()) +
                "); a changed format needs a new version";
  return GoldenOutcome::kDiffers;
}

}  // namespace alibi::testing
