#include "joining.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "python_text.h"

namespace alibi::python {
namespace {

constexpr char kRoot[] = "root";
constexpr char kCodeRoot[] = "code_root";
constexpr char kExclude[] = "exclude";
constexpr char kStrategy[] = "strategy";

constexpr char kRubyOption[] = "ruby_option";
constexpr char kInterpreter[] = "interpreter";
constexpr char kOpcodeFacts[] = "opcode_facts";
constexpr char kProven[] = "proven";

// Version, when it was built, and by what.
std::string identity_of_interpreter() {
  std::string identity = Py_GetVersion();
  std::replace(identity.begin(), identity.end(), '\n', ' ');
  return identity;
}

struct Release {
  void operator()(alibi_outside* outside) const { alibi_outside_free(outside); }
};
using OutsideHandle = std::unique_ptr<alibi_outside, Release>;

std::vector<std::string> values_of(const alibi_outside* outside, const char* key) {
  std::vector<std::string> values;
  alibi_text value;
  while (alibi_outside_setting(outside, key, values.size(), &value) != 0)
    values.emplace_back(value.bytes, value.length);
  return values;
}

std::string value_of(const alibi_outside* outside, const char* key) {
  const std::vector<std::string> values = values_of(outside, key);
  return values.empty() ? std::string() : values.front();
}

}  // namespace

std::string ruby_option_of_user() {
  const char* const variable = std::getenv("ALIBI_RUBY_OPTION");
  const std::string option = variable != nullptr ? variable : "";
  const bool is_word =
      option.rfind("-r/", 0) == 0 && option.find_first_of(" \t\r\n\f\v") == std::string::npos;
  return is_word ? option : std::string();
}

bool take_over(const std::string& invitation, SessionOptions* options) {
  const OutsideHandle outside(alibi_outside_read(text_view(invitation)));
  if (outside == nullptr) return false;
  const alibi_text directory = alibi_outside_directory(outside.get());
  options->directory.assign(directory.bytes, directory.length);
  options->session_id = alibi_outside_session_id(outside.get());
  options->role = ALIBI_CHILD;
  options->invitation = invitation;
  options->root = value_of(outside.get(), kRoot);
  options->files.roots = values_of(outside.get(), kCodeRoot);
  options->files.excludes = values_of(outside.get(), kExclude);
  options->files.runs_tests = false;
  options->strategy = value_of(outside.get(), kStrategy);
  options->ruby_option = value_of(outside.get(), kRubyOption);
  options->state = false;  // no later test runs here
  if (value_of(outside.get(), kInterpreter) == identity_of_interpreter()) {
    options->files.known.opcode_facts = value_of(outside.get(), kOpcodeFacts);
    options->files.known.strategy = value_of(outside.get(), kProven);
  }
  EnvironmentOutside& environment = options->environment.emplace();
  environment.all = alibi_outside_environment(outside.get());
  std::vector<alibi_variable> variables(alibi_outside_variables(outside.get(), nullptr, 0));
  alibi_outside_variables(outside.get(), variables.data(), variables.size());
  for (const alibi_variable& each : variables)
    environment.variables[std::string(each.name.bytes, each.name.length)] = each.hash;
  return !options->root.empty();
}

bool leave_for_programs(const SessionOptions& options, const EnvironmentOutside& environment,
                        const KnownInterpreter& interpreter) {
  const std::string identity = identity_of_interpreter();
  std::vector<alibi_setting> settings = {{kRoot, text_view(options.root)},
                                         {kInterpreter, text_view(identity)},
                                         {kOpcodeFacts, text_view(interpreter.opcode_facts)},
                                         {kProven, text_view(interpreter.strategy)}};
  if (!options.strategy.empty()) settings.push_back({kStrategy, text_view(options.strategy)});
  if (!options.ruby_option.empty()) settings.push_back({kRubyOption, text_view(options.ruby_option)});
  for (const std::string& root : options.files.roots) settings.push_back({kCodeRoot, text_view(root)});
  for (const std::string& exclude : options.files.excludes)
    settings.push_back({kExclude, text_view(exclude)});
  std::vector<alibi_variable> variables;
  for (const auto& [name, hash] : environment.variables) variables.push_back({text_view(name), hash});
  return alibi_outside_write(text_view(options.directory), settings.data(), settings.size(), environment.all,
                             variables.data(), variables.size(), nullptr) == ALIBI_OK;
}

}  // namespace alibi::python
