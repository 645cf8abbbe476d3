#include "collector/store/session_survey.h"

#include <sys/stat.h>

#include "tracer/shard/reader.h"
#include "tracer/shard/session_directory.h"

namespace alibi::store {
namespace {

// Empty when the shard holds all that its process wrote.
std::string damage_of(const std::string& path) {
  const Result<shard::Shard> shard = shard::Shard::read(path);
  if (!shard) return shard.error().message;
  return shard->losses.damaged() ? path + ": " + std::to_string(shard->losses.torn_bytes) + " bytes torn"
                                 : "";
}

}  // namespace

SessionSurvey survey_session(const std::string& directory, uint64_t* budget) {
  SessionSurvey survey;
  const Result<shard::SessionFiles> files = shard::list_session(directory);
  if (!files) return survey;
  survey.shards = files->shards.size();
  survey.lost = files->lost.size() + files->lost_nurseries.size();
  for (const std::string& name : files->shards) {
    const std::string path = directory + "/" + name;
    struct stat status {};
    const bool is_file = ::stat(path.c_str(), &status) == 0;
    const uint64_t bytes = is_file ? static_cast<uint64_t>(status.st_size) : shard::kPlaceBytes;
    survey.bytes += bytes;
    if (bytes > *budget) continue;
    *budget -= bytes;
    survey.judged += 1;
    const std::string damage = damage_of(path);
    if (damage.empty()) continue;
    survey.damaged += 1;
    if (survey.first_cause.empty()) survey.first_cause = damage;
  }
  return survey;
}

}  // namespace alibi::store
