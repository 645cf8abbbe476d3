// The lines of a file in the checkout that the user named, for the page of that file. The path comes from
// clients and from addresses: nothing outside the checkout is read, through links neither.
#ifndef ALIBI_COLLECTOR_SERVE_SOURCE_TEXT_H_
#define ALIBI_COLLECTOR_SERVE_SOURCE_TEXT_H_

#include <string>
#include <vector>

namespace alibi::serve {

// Empty: no checkout, no such file in it, or too large.
std::vector<std::string> lines_of_source(const std::string& checkout, const std::string& path);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_SOURCE_TEXT_H_
