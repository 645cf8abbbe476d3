// Options that most commands have. Used by the files that define commands; CLI11 stays out of the header.
#ifndef ALIBI_COLLECTOR_CLI_SHARED_OPTIONS_H_
#define ALIBI_COLLECTOR_CLI_SHARED_OPTIONS_H_

#include <string>

namespace CLI {
class App;
}

namespace alibi::cli {

enum class Output : bool { kText, kJson };

void add_data(CLI::App* command, std::string* data);
void add_json(CLI::App* command, Output* output);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_SHARED_OPTIONS_H_
