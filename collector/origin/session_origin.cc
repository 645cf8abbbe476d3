#include "collector/origin/session_origin.h"

#include <utility>

#include "collector/origin/ci_provider.h"
#include "collector/origin/git_tags.h"

namespace alibi::origin {

SessionOrigin session_origin(const SessionFacts& facts, const Environment& environment,
                             const FileSystem& files, const Git& git, const Timepiece& time) {
  constexpr Milliseconds kPatience{10'000};
  SessionOrigin origin;
  const Tags provider = provider_tags(environment, files);
  UserTags user = user_tags(environment);
  GitTags of_git = git_tags(environment, provider, user.tags, TimedGit(git, time, kPatience));
  origin.notices = std::move(of_git.notices);
  origin.runtime = runtime_tags(facts.language, facts.runtime, facts.system);

  // git_tags has decided about git.*, corrections by DD_TAGS included.
  for (const auto& [name, value] : provider)
    if (!name.starts_with("git.")) put(&origin.tags, name, value);
  for (const auto& [name, value] : runtime_tags_of_events(origin.runtime, environment, &origin.notices))
    put(&origin.tags, name, value);
  for (const auto& [name, value] : user.tags)
    if (!name.starts_with("git.")) put(&origin.tags, name, value);
  fill(&origin.tags, of_git.tags);

  origin.configurations = std::move(user.configurations);
  const std::string url(tag_of(origin.tags, "git.repository_url"));
  origin.service = service_name(facts.language, environment, url, facts.directory, facts.framework);
  origin.environment = environment_name(facts.language, environment, facts.agents_default);
  origin.session_name = session_name(environment, tag_of(origin.tags, "ci.job.name"), facts.command);
  return origin;
}

}  // namespace alibi::origin
