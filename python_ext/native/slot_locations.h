// The location table of a CPython 3.11 code object (co_linetable): bytes to locations and back.
//
// Used while a code object is re-assembled. Works on bytes only. A damaged table (code objects can be
// made by hand) decodes to "no location" from the damage on; nothing is read past the end.
#ifndef ALIBI_PYTHON_EXT_SLOT_LOCATIONS_H_
#define ALIBI_PYTHON_EXT_SLOT_LOCATIONS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace alibi::python {

struct Location {
  int line = -1;  // -1: the instruction has no location at all
  int end_line = -1;
  int column = -1;  // -1: only the line is known
  int end_column = -1;

  bool has_line() const { return line >= 0; }
  bool operator==(const Location&) const = default;
};

// One location for each of the `units` code units.
std::vector<Location> decode_locations(std::string_view table, int first_line, size_t units);

class LocationWriter {
 public:
  explicit LocationWriter(int first_line) : line_(first_line) {}
  void append(const Location& location, int units);
  const std::string& bytes() const { return bytes_; }

 private:
  void append_entry(const Location& location, int units);
  void append_form(int form, int units);
  void append_varint(unsigned value);
  void append_signed_varint(int value);

  int line_;
  std::string bytes_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SLOT_LOCATIONS_H_
