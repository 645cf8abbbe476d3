#include "collector/run/worker_environment.h"

namespace alibi::run {
namespace {

void replace_all(std::string* text, std::string_view what, const std::string& by) {
  for (size_t at = 0; (at = text->find(what, at)) != std::string::npos; at += by.size())
    text->replace(at, what.size(), by);
}

bool is_set(const std::map<std::string, std::string>& variables, const char* name) {
  const auto found = variables.find(name);
  return found != variables.end() && !found->second.empty();
}

}  // namespace

std::string with_indexes(std::string text, uint32_t node, uint32_t worker) {
  replace_all(&text, "{{nodeIndex}}", std::to_string(node));
  replace_all(&text, "{{workerIndex}}", std::to_string(worker));
  return text;
}

std::map<std::string, std::string> worker_environment(const RunRequest& request,
                                                      const framework::Launch& launch, uint32_t worker) {
  constexpr const char* kSession = "DD_TEST_SESSION_NAME";
  constexpr const char* kManifest = "TEST_OPTIMIZATION_MANIFEST_FILE";
  constexpr const char* kOtherManifest = "DD_TEST_OPTIMIZATION_MANIFEST_FILE";
  std::map<std::string, std::string> variables = request.environment;
  for (const auto& [name, value] : launch.environment) {
    if (value)
      variables[name] = *value;
    else
      variables.erase(name);
  }
  for (const auto& [name, value] : request.worker_env)
    variables[name] = with_indexes(value, request.node, worker);

  // An inherited name may have placeholders, too: it is the same for all nodes of a job.
  if (is_set(variables, kSession))
    variables[kSession] = with_indexes(variables[kSession], request.node, worker);
  else if (!request.session_name.empty())
    variables[kSession] =
        request.session_name + "-node-" + std::to_string(request.node) + "-worker-" + std::to_string(worker);
  // Both names mean one file: whoever gave one of them has said which.
  if (!request.manifest.empty() && !is_set(variables, kManifest) && !is_set(variables, kOtherManifest))
    variables[kManifest] = variables[kOtherManifest] = request.manifest;
  return variables;
}

}  // namespace alibi::run
