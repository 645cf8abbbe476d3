// Times and moments as JUnit's XML has them, read the same way in every locale. Used by all that read such
// documents. Pure.
#ifndef ALIBI_COLLECTOR_JUNIT_NUMBERS_H_
#define ALIBI_COLLECTOR_JUNIT_NUMBERS_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace alibi::junit {

// "0.125", "1,234.5", "1e-05"; nothing for what is no number, negative or absurd.
std::optional<uint64_t> nanoseconds(std::string_view seconds);
// "2026-11-22T21:50:03.123+01:00" as Unix seconds; without an offset as UTC.
std::optional<int64_t> moment(std::string_view text);

}  // namespace alibi::junit

#endif  // ALIBI_COLLECTOR_JUNIT_NUMBERS_H_
