// Where the evidence lies. Used by every command; the only reader of ALIBI_DATA.
#ifndef ALIBI_COLLECTOR_CLI_DATA_FOLDER_H_
#define ALIBI_COLLECTOR_CLI_DATA_FOLDER_H_

#include <string>

namespace alibi::cli {

// `chosen` if not empty, else ALIBI_DATA, else the nearest folder .alibi in the working directory or above
// it, else ./.alibi. No trailing slash. It need not exist.
std::string data_folder(const std::string& chosen);

std::string without_trailing_slashes(std::string path);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_DATA_FOLDER_H_
