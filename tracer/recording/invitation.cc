#include "tracer/recording/invitation.h"

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <new>

namespace alibi::recording {
namespace {

// NAME=2,cccccccc,iiiiiiiiiiiiiiii,shard,directory: the context at an offset where it can be stored at once.
constexpr std::string_view kVersion = "2,";
constexpr size_t kNameLength = sizeof kInvitationName - 1;
constexpr size_t kContextDigits = 8;
constexpr size_t kContextOffset = kNameLength + 1 + kVersion.size();
constexpr size_t kSessionDigits = 16;
static_assert(kContextOffset % sizeof(uint64_t) == 0);

template <typename Number>
void append_hex(Number number, size_t digits, std::string* text) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (size_t i = digits; i-- > 0;) text->push_back(kDigits[(number >> (4 * i)) & 0xF]);
}

template <typename Number>
bool take_hex(size_t digits, std::string_view* text, Number* number) {
  if (text->size() <= digits || (*text)[digits] != ',') return false;
  const auto parsed = std::from_chars(text->data(), text->data() + digits, *number, 16);
  if (parsed.ec != std::errc() || parsed.ptr != text->data() + digits) return false;
  text->remove_prefix(digits + 1);
  return true;
}

}  // namespace

std::string invitation_text(const Invitation& invitation) {
  std::string text(kVersion);
  append_hex(invitation.context.value, kContextDigits, &text);
  text += ',';
  append_hex(invitation.session_id, kSessionDigits, &text);
  return text + ',' + invitation.shard + ',' + invitation.directory;
}

std::optional<Invitation> parse_invitation(std::string_view text) {
  Invitation invitation;
  if (!text.starts_with(kVersion)) return std::nullopt;
  text.remove_prefix(kVersion.size());
  if (!take_hex(kContextDigits, &text, &invitation.context.value) ||
      !take_hex(kSessionDigits, &text, &invitation.session_id))
    return std::nullopt;
  const size_t comma = text.find(',');
  if (comma == std::string_view::npos || comma == 0) return std::nullopt;
  invitation.shard = text.substr(0, comma);
  invitation.directory = text.substr(comma + 1);
  const bool is_place =
      invitation.directory.starts_with('/') && invitation.shard.find('/') == std::string::npos;
  return is_place ? std::optional(std::move(invitation)) : std::nullopt;
}

bool InvitationVariable::issue(const Invitation& invitation) {
  const std::string setting = std::string(kInvitationName) + '=' + invitation_text(invitation);
  // operator new aligns for the store of the context.
  std::unique_ptr<char[]> text(new (std::nothrow) char[setting.size() + 1]);
  if (text == nullptr) return false;
  std::memcpy(text.get(), setting.c_str(), setting.size() + 1);
  if (::putenv(text.get()) != 0) return false;
  static_cast<void>(text_.release());  // see text_
  text_ = std::move(text);
  return true;
}

// Ours, or what somebody who put the whole environment back made of it.
bool InvitationVariable::is_same_but_for_context(const char* text) const {
  constexpr size_t kBefore = kVersion.size();
  return std::strncmp(text, value(), kBefore) == 0 && std::strlen(text) == std::strlen(value()) &&
         std::strcmp(text + kBefore + kContextDigits, value() + kBefore + kContextDigits) == 0;
}

char* InvitationVariable::value() const {
  return text_.get() + kNameLength + 1;
}

void InvitationVariable::set_context(model::ContextId context) {
  if (text_ == nullptr) return;
  std::string digits;  // short: no allocation
  append_hex(context.value, kContextDigits, &digits);
  uint64_t word = 0;
  std::memcpy(&word, digits.data(), sizeof word);
  auto* const place = reinterpret_cast<uint64_t*>(text_.get() + kContextOffset);
  std::atomic_ref<uint64_t>(*place).store(word, std::memory_order_relaxed);
}

void InvitationVariable::renew() const {
  if (text_ == nullptr) return;
  const char* present = std::getenv(kInvitationName);
  if (present != nullptr && present != value()) ::putenv(text_.get());
}

void InvitationVariable::withdraw() {
  if (text_ == nullptr) return;
  const char* const present = std::getenv(kInvitationName);
  if (present != nullptr && is_same_but_for_context(present)) ::unsetenv(kInvitationName);
  static_cast<void>(text_.release());
}

std::string_view InvitationVariable::setting() const {
  return text_ == nullptr ? std::string_view() : std::string_view(text_.get());
}

}  // namespace alibi::recording
