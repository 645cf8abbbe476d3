// Lines of a file as the protocol's bitmap: line n is bit n, counted from the most significant bit of the
// first byte; at least 32 bytes. Bit 0 says "executed, lines unknown". Pure.
#ifndef ALIBI_COLLECTOR_PAYLOAD_LINE_BITMAP_H_
#define ALIBI_COLLECTOR_PAYLOAD_LINE_BITMAP_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace alibi::payload {

inline constexpr size_t kLeastBitmapBytes = 32;
// No source has more; what claims more is taken as "lines unknown", so that one number cannot cost 512 MB.
inline constexpr uint32_t kMostLine = (1U << 23) - 1;

// Replaces what `bitmap` holds. Of no lines, and of a line beyond kMostLine: "executed, lines unknown".
void write_bitmap(const std::vector<uint32_t>& lines, std::string* bitmap);

// Appends the lines, ascending. False when they are not known: bit 0 is set, no bit is, or one beyond
// kMostLine; nothing is appended then.
bool read_bitmap(std::string_view bitmap, std::vector<uint32_t>* lines);

// How many lines read_bitmap would append at most.
uint64_t lines_in(std::string_view bitmap);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_LINE_BITMAP_H_
