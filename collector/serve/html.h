// HTML that is made of other people's texts: everything that is added as text is escaped, so that a test
// named <script> is shown and never run. Used by the pages; pure.
#ifndef ALIBI_COLLECTOR_SERVE_HTML_H_
#define ALIBI_COLLECTOR_SERVE_HTML_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "collector/serve/http_message.h"

namespace alibi::serve {

// Control characters become signs that can be seen.
std::string escaped(std::string_view text);
// At most so many letters, with "…" for what was left away.
std::string clipped(std::string_view text, size_t letters);

class Html {
 public:
  using Attributes = std::initializer_list<std::pair<const char*, std::string_view>>;

  Html& open(const char* tag, Attributes attributes = {});
  Html& close(const char* tag);
  Html& text(std::string_view text);
  Html& element(const char* tag, std::string_view text, Attributes attributes = {});
  Html& link(std::string_view address, std::string_view text);  // an address of ours
  Html& drawing(std::string_view svg);                          // of ours, as it is

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// The frame of every page: title, navigation, `main`, which has its own heading. The answer forbids scripts,
// frames and foreign content.
Answer page(std::string_view title, std::string main, std::string_view current);

Answer icon();  // what browsers show beside the title

std::string duration_text(uint64_t nanoseconds);          // "1.24 s"
std::string moment_text(uint64_t unix_ns);                // "2026-11-22 21:50:03 UTC"
std::string age_text(uint64_t unix_ns, uint64_t now_ns);  // "3 h ago"
std::string count_text(uint64_t number);                  // "100,000"

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_HTML_H_
