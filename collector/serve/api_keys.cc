#include "collector/serve/api_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

#include "collector/model/error_codes.h"

namespace alibi::serve {
namespace {

std::array<unsigned char, 32> hash_of(std::string_view key) {
  std::array<unsigned char, 32> hash{};
  unsigned length = 0;
  EVP_Digest(key.data(), key.size(), hash.data(), &length, EVP_sha256(), nullptr);
  return hash;
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r";
  const size_t start = line.find_first_not_of(kBlank);
  if (start == std::string_view::npos) return {};
  return line.substr(start, line.find_last_not_of(kBlank) - start + 1);
}

}  // namespace

Result<ApiKeys> ApiKeys::parse(std::string_view text) {
  ApiKeys keys;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view key = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!key.empty() && !key.starts_with('#')) keys.hashes_.push_back(hash_of(key));
  }
  if (keys.empty()) return Error{collector::kBadServeOption, 0, "there is no key in the file of API keys"};
  return keys;
}

bool ApiKeys::allow(std::string_view key) const {
  const Hash asked = hash_of(key);
  unsigned matches = 0;
  for (const Hash& hash : hashes_)
    matches |= CRYPTO_memcmp(hash.data(), asked.data(), hash.size()) == 0 ? 1U : 0U;
  return matches != 0 && !key.empty();
}

std::string basic_password(std::string_view authorization) {
  constexpr std::string_view kBasic = "Basic ";
  if (!authorization.starts_with(kBasic)) return {};
  const std::string_view packed = authorization.substr(kBasic.size());
  constexpr size_t kLongest = 1024;
  if (packed.empty() || packed.size() > kLongest || packed.size() % 4 != 0) return {};
  std::string text(packed.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(packed.data()), static_cast<int>(packed.size()));
  if (length < 0) return {};
  text.resize(static_cast<size_t>(length) - (packed.ends_with("==") ? 2 : packed.ends_with("=") ? 1 : 0));
  const size_t colon = text.find(':');
  return colon == std::string::npos ? std::string() : text.substr(colon + 1);
}

}  // namespace alibi::serve
