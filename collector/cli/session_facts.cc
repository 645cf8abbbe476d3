#include "collector/cli/session_facts.h"

#include <utility>

#include "collector/cli/shipper.h"
#include "collector/origin/git.h"
#include "tracer/base/file_system.h"

namespace alibi::cli {

origin::SessionOrigin origin_here(origin::SessionFacts about, const transport::Environment& environment) {
  about.system = origin::uname_facts();
  return origin::session_origin(about, environment, FileSystem::real(), origin::GitCommand(about.directory),
                                origin::Timepiece::real());
}

ship::SessionFacts session_facts(const ship::RunDescription& run, origin::SessionOrigin origin,
                                 const transport::Environment& environment, const Intake& intake) {
  ship::SessionFacts facts;
  facts.run = run;
  facts.root = origin::repository_root(run.root);
  if (facts.root.empty()) facts.root = run.root;
  facts.origin = std::move(origin);
  facts.library_version = ALIBI_VERSION;
  facts.runtime_id = random_hex(16);
  facts.session_id = random_number();
  facts.switches = ship::read_switches(environment);
  facts.is_local = intake.local != nullptr;
  return facts;
}

}  // namespace alibi::cli
