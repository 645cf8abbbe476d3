// RSpec as a framework. One thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_RUBY_RSPEC_H_
#define ALIBI_COLLECTOR_FRAMEWORK_RUBY_RSPEC_H_

#include <optional>
#include <string>
#include <vector>

#include "collector/framework/ruby/ruby_framework.h"

namespace alibi::framework {

class Rspec final : public RubyFramework {
 public:
  Rspec(const Project& project, RunProgram run_program, const Disk& disk);

  std::string_view name() const override { return "rspec"; }
  Abilities abilities() const override;
  Result<Discovery> list_files() override;
  Result<Discovery> list_tests() override;
  Result<std::vector<Launch>> launches(const std::vector<plan::Unit>& units, const std::string& junit,
                                       const std::string& worker) override;
  Result<std::optional<Launch>> persistent_launch(const std::vector<plan::Unit>& units,
                                                  const std::string& junit,
                                                  const std::string& worker) override;

 private:
  Words command() const;
  Launch base_launch() const;
  Result<Discovery> asked();

  std::optional<Result<Discovery>> asked_;
};

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_RUBY_RSPEC_H_
