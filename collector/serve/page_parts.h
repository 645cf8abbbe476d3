// Pieces that several pages show: tables, statuses, failures, numbers that matter, links to neighbours, forms
// for looking up. Pure.
#ifndef ALIBI_COLLECTOR_SERVE_PAGE_PARTS_H_
#define ALIBI_COLLECTOR_SERVE_PAGE_PARTS_H_

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/serve/database.h"
#include "collector/serve/html.h"

namespace alibi::serve {

std::string test_address(uint64_t id);
std::string session_address(uint64_t id);
std::string file_address(std::string_view path);
std::string short_sha(const std::string& sha);

// "[de]", of what a client says about parameters; empty: there are none.
std::string parameters_text(const std::string& parameters);
std::string test_name(const TestRow& test);          // with its parameters
std::string owners_text(const std::string& owners);  // of a JSON list
std::string place_of(const TestRow& test);           // module and suite

// A table that is a list of cards where it is narrow: every cell knows its column. A number is set right.
class Table {
 public:
  struct Column {
    const char* name;
    bool is_number = false;
  };
  // `caption` is for those who do not see the page.
  Table(std::string_view caption, std::vector<Column> columns, Html* html);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  Table& row();
  Html& cell();  // the next one; what is added goes into it
  Table& text(std::string_view text);
  Table& number(uint64_t value);
  Table& duration(uint64_t nanoseconds);

 private:
  void end_cell();
  void end_row();

  std::vector<Column> columns_;
  Html* html_;
  size_t next_ = 0;
  bool in_row_ = false, in_cell_ = false;
};

void add_heading(std::string_view text, Html* html);  // the page's own, h1
void add_test_link(const TestRow& test, Html* html);
void add_status(Status status, uint32_t flags, Html* html);  // by sign, word and colour
void add_badge(std::string_view text, Html* html);
void add_flags(uint32_t flags, Html* html);
void add_marks(const TestRow& test, Html* html);  // marks and flakiness, as badges
void add_time(uint64_t unix_ns, uint64_t now_ns, Html* html);
void add_commit(const std::string& branch, const std::string& sha, Html* html);
// `before`: how many failures are on the page already. The first are unfolded, later stacks are shorter.
void add_failure(const AttemptRow& attempt, size_t before, Html* html);
void add_fact(std::string_view name, std::string_view value, Html* html);  // nothing when it is empty

// Numbers that matter most, large.
void add_figures(std::initializer_list<std::pair<const char*, std::string>> figures, Html* html);

struct Tab {
  std::string name, address;
  bool is_current = false;
};
void add_tabs(std::string_view label, const std::vector<Tab>& tabs, Html* html);

struct Hidden {  // goes along with a form
  const char* name;
  std::string value;
};
// A field and a button that ask this page again.
void add_search(std::string_view address, std::string_view name, std::string_view label,
                std::string_view value, const std::vector<Hidden>& hidden, Html* html);
// "Before" and "Next" where there are such pages. `address` ends with "?" or "&".
void add_neighbours(std::string_view address, Page page, size_t shown, Html* html);
void add_empty(std::string_view text, Html* html);

Answer see_other(const std::string& address);  // after a form
Answer missing_page(std::string_view what);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_PAGE_PARTS_H_
