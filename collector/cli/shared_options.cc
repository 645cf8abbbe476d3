#include "collector/cli/shared_options.h"

#include <CLI/CLI.hpp>

namespace alibi::cli {

void add_data(CLI::App* command, std::string* data) {
  command->add_option("--data", *data, "Data folder (default: $ALIBI_DATA, else the nearest .alibi upwards)")
      ->type_name("DIR");
}

void add_json(CLI::App* command, Output* output) {
  command->add_flag_callback(
      "--json", [output] { *output = Output::kJson; }, "Print JSON for programs");
}

}  // namespace alibi::cli
