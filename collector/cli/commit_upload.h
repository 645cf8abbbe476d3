// Tells the service about commits, over the client that everything else goes over. Used by `alibi ship`, in a
// hurry before a run and at leisure without one. Any thread.
#ifndef ALIBI_COLLECTOR_CLI_COMMIT_UPLOAD_H_
#define ALIBI_COLLECTOR_CLI_COMMIT_UPLOAD_H_

#include <string>

#include "collector/origin/git_upload.h"
#include "collector/ship/opening.h"
#include "collector/transport/intake_client.h"

namespace alibi::cli {

// Of the repository that holds `folder`. `repository_url`: without credentials.
origin::UploadResult upload_commits(const std::string& folder, const std::string& repository_url,
                                    const origin::UploadOptions& options, transport::IntakeClient* client);

// Of the session's repository, where it has one.
Result<void> tell_commits(const ship::SessionFacts& facts, const origin::UploadOptions& options,
                          transport::IntakeClient* client);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_COMMIT_UPLOAD_H_
