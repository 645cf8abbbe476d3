// multipart/form-data, both directions. Bodies hold any bytes, also CR, LF and dashes: parts end at the whole
// delimiter and nowhere else.
//
// Used by ship (to send) and by `alibi serve` (to read what anybody sent), any thread. Pure: the boundary
// comes from the caller, who has the randomness.
#ifndef ALIBI_COLLECTOR_PAYLOAD_MULTIPART_H_
#define ALIBI_COLLECTOR_PAYLOAD_MULTIPART_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::payload {

struct FormPart {
  std::string name;
  std::string file_name;     // empty: none
  std::string content_type;  // empty: none
  std::string_view body;     // of memory that somebody else holds
};

struct FormLimits {
  size_t most_parts = 16;
  size_t most_header_bytes = 8192;  // of one part
};

// "multipart/form-data; boundary=…", for the header Content-Type.
std::string form_content_type(std::string_view boundary);

// Refuses a boundary that is not 1 to 70 letters, digits and dashes or that occurs in a body, and names with
// quotes or line ends.
Result<std::string> encode_form(const std::vector<FormPart>& parts, std::string_view boundary);

// Of the header Content-Type, quoted or not.
Result<std::string> form_boundary(std::string_view content_type);

// The parts' bodies point into `body`. A form that does not end with its closing delimiter is refused: it was
// cut short.
Result<std::vector<FormPart>> decode_form(std::string_view body, std::string_view content_type,
                                          const FormLimits& limits = {});

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_MULTIPART_H_
