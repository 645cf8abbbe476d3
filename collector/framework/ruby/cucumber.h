// Cucumber for Ruby as a framework. One thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_RUBY_CUCUMBER_H_
#define ALIBI_COLLECTOR_FRAMEWORK_RUBY_CUCUMBER_H_

#include <optional>
#include <string>
#include <vector>

#include "collector/framework/ruby/ruby_framework.h"

namespace alibi::framework {

class CucumberRuby final : public RubyFramework {
 public:
  CucumberRuby(const Project& project, RunProgram run_program, const Disk& disk);

  std::string_view name() const override { return "cucumber"; }
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
  // Formatters are found by name on Ruby's path.
  Result<Variables> formatter_variables(const std::string& driver);

  std::optional<Result<Discovery>> asked_;
};

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_RUBY_CUCUMBER_H_
