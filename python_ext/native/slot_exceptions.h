// The exception table of a CPython 3.11 code object (co_exceptiontable): bytes to entries and back.
//
// Used while a code object is re-assembled. Works on bytes only; damage ends in an empty answer.
#ifndef ALIBI_PYTHON_EXT_SLOT_EXCEPTIONS_H_
#define ALIBI_PYTHON_EXT_SLOT_EXCEPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alibi::python {

// Offsets are in code units.
struct ExceptionEntry {
  uint32_t begin = 0;
  uint32_t end = 0;  // one past the last protected unit
  uint32_t handler = 0;
  uint32_t depth_and_lasti = 0;  // (stack depth << 1) | whether the offset is pushed: passed through

  bool operator==(const ExceptionEntry&) const = default;
};

// Nothing when the table is damaged or leaves the `units` of its code.
std::optional<std::vector<ExceptionEntry>> decode_exceptions(std::string_view table, uint32_t units);
std::string encode_exceptions(const std::vector<ExceptionEntry>& entries);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SLOT_EXCEPTIONS_H_
