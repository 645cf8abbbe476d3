#include "collector/payload/multipart.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "collector/model/error_codes.h"

namespace alibi::payload {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr size_t kLongestBoundary = 70;  // RFC 2046

Error not_form(std::string what) {
  return Error{collector::kNotPayload, 0, "a form cannot be read: " + std::move(what)};
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Reads what follows "=", up to the next ";", and moves `*rest` behind it. A quoted value ends at its quote.
std::optional<std::string> parameter_value(std::string_view* rest) {
  *rest = trimmed(*rest);
  if (rest->empty() || rest->front() != '"') {
    const size_t end = std::min(rest->find(';'), rest->size());
    const std::string value(trimmed(rest->substr(0, end)));
    rest->remove_prefix(end);
    return value;
  }
  std::string value;
  for (size_t at = 1; at < rest->size(); ++at) {
    char c = (*rest)[at];
    if (c == '"') {
      rest->remove_prefix(at + 1);
      return value;
    }
    if (c == '\\' && at + 1 < rest->size()) c = (*rest)[++at];
    value += c;
  }
  return std::nullopt;
}

// The parameter `name` of a header's value: "form-data; name=\"event\"; filename=\"event.json\"".
std::optional<std::string> parameter(std::string_view value, std::string_view name) {
  std::string_view rest = value;
  while (true) {
    const size_t semicolon = rest.find(';');
    if (semicolon == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(semicolon + 1);
    const size_t equals = rest.find_first_of("=;");
    if (equals == std::string_view::npos) return std::nullopt;
    if (rest[equals] == ';') continue;  // a parameter without a value
    const std::string_view key = trimmed(rest.substr(0, equals));
    rest.remove_prefix(equals + 1);
    std::optional<std::string> found = parameter_value(&rest);
    if (!found || same_word(key, name)) return found;
  }
}

bool can_be_quoted(std::string_view text) {
  return text.find_first_of("\"\\\r\n") == std::string_view::npos &&
         text.find('\0') == std::string_view::npos;
}

// Splits a body at its delimiters.
class Delimiters {
 public:
  Delimiters(std::string_view body, const std::string& boundary)
      : body_(body), delimiter_("\r\n--" + boundary) {}

  // Moves behind the first delimiter, with which the body may also begin.
  bool find_first() {
    const std::string_view bare = std::string_view(delimiter_).substr(kLineEnd.size());
    if (body_.starts_with(bare) && ends_line(bare.size())) return true;
    return find().has_value();
  }
  // What lies before the next delimiter; nothing: there is no other.
  std::optional<std::string_view> find() {
    // The line end of the last delimiter may be the one that the next begins with: an empty part.
    for (size_t from = at_ < kLineEnd.size() ? at_ : at_ - kLineEnd.size();;) {
      const size_t found = body_.find(delimiter_, from);
      if (found == std::string_view::npos) return std::nullopt;
      const size_t begin = at_;
      if (ends_line(found + delimiter_.size())) return body_.substr(begin, std::max(found, begin) - begin);
      from = found + 1;
    }
  }
  bool closed() const { return closed_; }

 private:
  // Is this the end of a delimiter, and not the beginning of a longer text?
  bool ends_line(size_t at) {
    if (body_.substr(at).starts_with("--")) {
      closed_ = true;
      at_ = at + 2;
      return true;
    }
    while (at < body_.size() && (body_[at] == ' ' || body_[at] == '\t')) ++at;
    if (!body_.substr(at).starts_with(kLineEnd)) return false;
    at_ = at + kLineEnd.size();
    return true;
  }

  std::string_view body_;
  const std::string delimiter_;
  size_t at_ = 0;
  bool closed_ = false;
};

void read_header(std::string_view line, FormPart* part) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view key = trimmed(line.substr(0, colon));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (same_word(key, "content-type")) part->content_type = value;
  if (!same_word(key, "content-disposition")) return;
  part->name = parameter(value, "name").value_or("");
  part->file_name = parameter(value, "filename").value_or("");
}

Result<FormPart> read_part(std::string_view bytes, const FormLimits& limits) {
  FormPart part;
  for (std::string_view rest = bytes;;) {
    const size_t used = bytes.size() - rest.size();
    const size_t end = rest.substr(0, limits.most_header_bytes).find(kLineEnd);
    if (end == std::string_view::npos || used + end > limits.most_header_bytes)
      return not_form("the headers of a part do not end");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + kLineEnd.size());
    if (!line.empty()) {
      read_header(line, &part);
      continue;
    }
    part.body = rest;
    return part;
  }
}

}  // namespace

std::string form_content_type(std::string_view boundary) {
  return "multipart/form-data; boundary=" + std::string(boundary);
}

Result<std::string> encode_form(const std::vector<FormPart>& parts, std::string_view boundary) {
  const auto refused = [](std::string what) {
    return Error{ErrorCode::kInvalidArgument, 0, "a form cannot be made: " + std::move(what)};
  };
  const bool plain = std::ranges::all_of(boundary, [](char c) { return is_letter_or_digit(c) || c == '-'; });
  if (boundary.empty() || boundary.size() > kLongestBoundary || !plain)
    return refused("the boundary has to be 1 to 70 letters, digits or dashes");
  std::string form;
  for (const FormPart& part : parts) {
    if (!can_be_quoted(part.name) || !can_be_quoted(part.file_name) || !can_be_quoted(part.content_type))
      return refused("the name of part \"" + part.name + "\" has a quote or a line end in it");
    if (part.body.find("--" + std::string(boundary)) != std::string_view::npos)
      return refused("its boundary occurs in part \"" + part.name + "\"; choose another");
    form.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=\"");
    form.append(part.name).append("\"");
    if (!part.file_name.empty()) form.append("; filename=\"").append(part.file_name).append("\"");
    if (!part.content_type.empty()) form.append("\r\nContent-Type: ").append(part.content_type);
    form.append("\r\n\r\n").append(part.body).append(kLineEnd);
  }
  form.append("--").append(boundary).append("--\r\n");
  return form;
}

Result<std::string> form_boundary(std::string_view content_type) {
  const std::string_view kind = trimmed(content_type.substr(0, content_type.find(';')));
  if (!same_word(kind, "multipart/form-data")) return not_form("its Content-Type is not multipart/form-data");
  std::optional<std::string> boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kLongestBoundary || !can_be_quoted(*boundary))
    return not_form("its Content-Type has no boundary of 1 to 70 characters");
  return std::move(*boundary);
}

Result<std::vector<FormPart>> decode_form(std::string_view body, std::string_view content_type,
                                          const FormLimits& limits) {
  const Result<std::string> boundary = form_boundary(content_type);
  if (!boundary) return boundary.error();
  Delimiters delimiters(body, *boundary);
  if (!delimiters.find_first()) return not_form("its boundary does not occur in it");
  std::vector<FormPart> parts;
  while (!delimiters.closed()) {
    const std::optional<std::string_view> bytes = delimiters.find();
    if (!bytes) return not_form("it does not end with its boundary: it was cut short");
    if (parts.size() == limits.most_parts) {
      return Error{collector::kPayloadTooLarge, 0,
                   "a form has more than " + std::to_string(limits.most_parts) + " parts"};
    }
    Result<FormPart> part = read_part(*bytes, limits);
    if (!part) return part.error();
    parts.push_back(std::move(*part));
  }
  return parts;
}

}  // namespace alibi::payload
