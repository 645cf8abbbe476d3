// Minitest as a framework: Rails' own command, or each test file loaded by a driver, without a Rake task that
// would have to know how to run some files. One thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_RUBY_MINITEST_H_
#define ALIBI_COLLECTOR_FRAMEWORK_RUBY_MINITEST_H_

#include <string>
#include <vector>

#include "collector/framework/ruby/ruby_framework.h"

namespace alibi::framework {

class Minitest final : public RubyFramework {
 public:
  Minitest(const Project& project, RunProgram run_program, const Disk& disk);

  std::string_view name() const override { return "minitest"; }
  Abilities abilities() const override;
  Result<Discovery> list_files() override;
  Result<Discovery> list_tests() override;
  Result<std::vector<Launch>> launches(const std::vector<plan::Unit>& units, const std::string& junit,
                                       const std::string& worker) override;
  Result<std::optional<Launch>> persistent_launch(const std::vector<plan::Unit>& units,
                                                  const std::string& junit,
                                                  const std::string& worker) override;

 private:
  // How the files are told to the command.
  enum class Way { kArguments, kRakeVariables, kDriver };
  struct Command {
    Words words;
    Way way;
  };
  // What Rails' command would not take by itself, with a notice.
  void leave_out_as_rails(Discovery* discovery);
  // A file or driver as a word for the command.
  std::string argument_for(const Command& how, std::string file) const;
  Command command() const;
  // The launch without files.
  Result<Launch> base_launch(const Command& command);
};

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_RUBY_MINITEST_H_
