// The project here and now, for selection: from what the pytest plugin says of itself (a JSON document), or,
// when a person calls, from the last session and its interpreter.
#ifndef ALIBI_COLLECTOR_CLI_PROJECT_REQUEST_H_
#define ALIBI_COLLECTOR_CLI_PROJECT_REQUEST_H_

#include <string>
#include <string_view>

#include "collector/cli/selection.h"
#include "collector/store/store.h"
#include "tracer/base/result.h"

namespace alibi::cli {

// See docs/select-protocol.md. Nothing in it is believed to be well-formed.
Result<SelectionRequest> parse_request(std::string_view document);

// The newest session of an environment that can be read.
struct LastSession {
  std::string environment;
  collector::SessionDescription description;
};
Result<LastSession> last_session(store::Store* store, const std::string& environment);

// `python`: the interpreter to ask; empty: the one that ran the newest session.
Result<SelectionRequest> request_of_session(const store::Store& store, const LastSession& session,
                                            const std::string& python);
Result<SelectionRequest> request_of_last_session(store::Store* store, const std::string& environment,
                                                 const std::string& python);

// A whole file, or standard input for "-".
Result<std::string> read_document(const std::string& file);

// `file`: what the test runner says of itself, "-": on standard input; empty: as of the last session.
Result<SelectionRequest> read_request(const std::string& file, const std::string& environment,
                                      const std::string& python, store::Store* store);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_PROJECT_REQUEST_H_
