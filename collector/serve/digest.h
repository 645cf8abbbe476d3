// SHA-256, by which equal bytes are kept once. Pure, any thread.
#ifndef ALIBI_COLLECTOR_SERVE_DIGEST_H_
#define ALIBI_COLLECTOR_SERVE_DIGEST_H_

#include <string>
#include <string_view>

namespace alibi::serve {

std::string sha256(std::string_view bytes);      // 32 bytes
std::string sha256_hex(std::string_view bytes);  // 64 digits

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_DIGEST_H_
