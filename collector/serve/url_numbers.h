// What routes read from a request's address: numbers, pages, a status. Pure.
#ifndef ALIBI_COLLECTOR_SERVE_URL_NUMBERS_H_
#define ALIBI_COLLECTOR_SERVE_URL_NUMBERS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "collector/serve/database.h"
#include "collector/serve/http_message.h"

namespace alibi::serve {

std::optional<uint64_t> number_in(const std::string& text);
Page page_of(const HttpRequest& request, uint64_t limit);  // "offset" and "limit", within bounds
bool is_commit(const std::string& text);  // by its letters; also the empty one, for "the newest"
std::optional<Status> status_in(const HttpRequest& request);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_URL_NUMBERS_H_
