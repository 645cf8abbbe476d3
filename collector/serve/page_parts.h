// Pieces that several pages show: tables of tests and attempts, links to neighbours, forms for looking up.
// Pure.
#ifndef ALIBI_COLLECTOR_SERVE_PAGE_PARTS_H_
#define ALIBI_COLLECTOR_SERVE_PAGE_PARTS_H_

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "collector/serve/database.h"
#include "collector/serve/html.h"

namespace alibi::serve {

std::string test_address(uint64_t id);
std::string session_address(uint64_t id);
std::string file_address(std::string_view path);

// "test_a.py › test_x", as a link.
void add_test_link(const TestRow& test, Html* html);
void add_status(Status status, uint32_t flags, Html* html);
void add_head(std::initializer_list<const char*> columns, Html* html);  // with the table's opening
void add_end(Html* html);
void add_failure(const AttemptRow& attempt, Html* html);

// A field and a button that ask this page again.
void add_search(std::string_view address, std::string_view name, std::string_view label,
                std::string_view value, Html* html);
// "Earlier" and "Next" where there are such pages. `address` ends with "?" or "&".
void add_neighbours(std::string_view address, Page page, size_t shown, Html* html);

Answer missing_page(std::string_view what);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_PAGE_PARTS_H_
