#include "collector/cli/commit_upload.h"

#include <utility>
#include <vector>

#include "collector/cli/shipper.h"
#include "collector/origin/git.h"
#include "collector/payload/forms.h"
#include "collector/payload/git_messages.h"
#include "collector/payload/multipart.h"

namespace alibi::cli {
namespace {

// How upload_git talks to the service.
class GitQuestions final : public origin::IntakeQuestions {
 public:
  GitQuestions(transport::IntakeClient* client, std::string repository_url)
      : client_(client), repository_url_(std::move(repository_url)) {}

  Result<std::vector<std::string>> search_commits(const std::vector<std::string>& commits) override {
    Result<std::string> answer = client_->ask(transport::Route::kSearchCommits,
                                              payload::encode_commit_search({repository_url_, commits, {}}));
    if (!answer) return std::move(answer).error();
    Result<payload::KnownCommits> known = payload::parse_known_commits(*answer);
    if (!known) return std::move(known).error();
    return std::move(known->commits);
  }

  Result<void> upload_pack(const std::string& head, const origin::GitPack& pack) override {
    const std::string boundary = random_hex(16);
    const std::string pushed = payload::encode_pushed_commit({repository_url_, head});
    Result<std::string> form = payload::pack_form({pushed, pack.file_name, pack.bytes}, boundary);
    if (!form) return std::move(form).error();
    const transport::Delivery delivery =
        client_->send({transport::Route::kPackfile, payload::form_content_type(boundary),
                       transport::Encoding::kPlain, std::move(*form)});
    if (delivery.fate == transport::Fate::kDelivered) return {};
    return Error{delivery.code, 0, delivery.reason};
  }

 private:
  transport::IntakeClient* client_;
  const std::string repository_url_;
};

}  // namespace

origin::UploadResult upload_commits(const std::string& folder, const std::string& repository_url,
                                    const origin::UploadOptions& options, transport::IntakeClient* client) {
  GitQuestions questions(client, repository_url);
  return origin::upload_git(origin::GitCommand(folder), &questions, options, origin::Timepiece::real());
}

Result<void> tell_commits(const ship::SessionFacts& facts, const origin::UploadOptions& options,
                          transport::IntakeClient* client) {
  const std::string repository(origin::tag_of(facts.origin.tags, "git.repository_url"));
  if (repository.empty()) return {};
  const origin::UploadResult told = upload_commits(facts.run.root, repository, options, client);
  if (told.error) return *told.error;
  return {};
}

}  // namespace alibi::cli
