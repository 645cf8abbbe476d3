#include "collector/transport/api_key.h"

#include <algorithm>

#include "collector/model/error_codes.h"

namespace alibi::transport {
namespace {

constexpr size_t kShortestSecret = 6;
constexpr size_t kLongestKey = 4096;
constexpr std::string_view kSpace = " \t\r\n";

bool is_plain(char letter) {
  return letter > ' ' && letter < '\x7f';
}

}  // namespace

Result<ApiKey> ApiKey::from(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return ApiKey();
  text = text.substr(first, text.find_last_not_of(kSpace) - first + 1);
  if (text.size() > kLongestKey || !std::all_of(text.begin(), text.end(), is_plain)) {
    return Error{
        collector::kBadAddress, 0,
        "DD_API_KEY holds what no key holds (spaces, line breaks or letters beyond ASCII): set it to "
        "the key alone"};
  }
  ApiKey key;
  key.text_ = text;
  return key;
}

std::string ApiKey::redacted(std::string text) const {
  if (text_.size() < kShortestSecret) return text;
  for (size_t at = text.find(text_); at != std::string::npos; at = text.find(text_, at))
    text.replace(at, text_.size(), "***");
  return text;
}

}  // namespace alibi::transport
