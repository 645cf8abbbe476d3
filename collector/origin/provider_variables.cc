#include "collector/origin/provider_variables.h"

namespace alibi::origin {
namespace {

constexpr TagVariables kAppVeyor[] = {
    {"ci.pipeline.id", {"APPVEYOR_BUILD_ID"}},
    {"ci.pipeline.name", {"APPVEYOR_REPO_NAME"}},
    {"ci.pipeline.number", {"APPVEYOR_BUILD_NUMBER"}},
    {"ci.workspace_path", {"APPVEYOR_BUILD_FOLDER"}},
    {"git.commit.author.name", {"APPVEYOR_REPO_COMMIT_AUTHOR"}},
    {"git.commit.author.email", {"APPVEYOR_REPO_COMMIT_AUTHOR_EMAIL"}},
    {"git.commit.head.sha", {"APPVEYOR_PULL_REQUEST_HEAD_COMMIT"}},
    {"pr.number", {"APPVEYOR_PULL_REQUEST_NUMBER"}},
};

constexpr TagVariables kAzure[] = {
    {"ci.pipeline.id", {"BUILD_BUILDID"}},
    {"ci.pipeline.name", {"BUILD_DEFINITIONNAME"}},
    {"ci.pipeline.number", {"BUILD_BUILDID"}},
    {"ci.job.id", {"SYSTEM_JOBID"}},
    {"ci.job.name", {"SYSTEM_JOBDISPLAYNAME"}},
    {"ci.stage.name", {"SYSTEM_STAGEDISPLAYNAME"}},
    {"ci.workspace_path", {"BUILD_SOURCESDIRECTORY"}},
    {"git.repository_url", {"SYSTEM_PULLREQUEST_SOURCEREPOSITORYURI", "BUILD_REPOSITORY_URI"}},
    {"git.commit.sha", {"SYSTEM_PULLREQUEST_SOURCECOMMITID", "BUILD_SOURCEVERSION"}},
    {"git.branch", {"SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH", "BUILD_SOURCEBRANCHNAME"}},
    {"git.commit.message", {"BUILD_SOURCEVERSIONMESSAGE"}},
    {"git.commit.author.name", {"BUILD_REQUESTEDFORID"}},
    {"git.commit.author.email", {"BUILD_REQUESTEDFOREMAIL"}},
    {"git.pull_request.base_branch", {"SYSTEM_PULLREQUEST_TARGETBRANCH"}},
    {"pr.number", {"SYSTEM_PULLREQUEST_PULLREQUESTNUMBER"}},
};
constexpr std::string_view kAzureCorrelation[] = {"SYSTEM_TEAMPROJECTID", "BUILD_BUILDID", "SYSTEM_JOBID"};

constexpr TagVariables kBitbucket[] = {
    {"ci.pipeline.name", {"BITBUCKET_REPO_FULL_NAME"}},
    {"ci.pipeline.number", {"BITBUCKET_BUILD_NUMBER"}},
    {"ci.workspace_path", {"BITBUCKET_CLONE_DIR"}},
    {"git.repository_url", {"BITBUCKET_GIT_SSH_ORIGIN", "BITBUCKET_GIT_HTTP_ORIGIN"}},
    {"git.commit.sha", {"BITBUCKET_COMMIT"}},
    {"git.branch", {"BITBUCKET_BRANCH"}},
    {"git.tag", {"BITBUCKET_TAG"}},
    {"git.pull_request.base_branch", {"BITBUCKET_PR_DESTINATION_BRANCH"}},
    {"pr.number", {"BITBUCKET_PR_ID"}},
};

constexpr TagVariables kBuildkite[] = {
    {"ci.pipeline.id", {"BUILDKITE_BUILD_ID"}},
    {"ci.pipeline.name", {"BUILDKITE_PIPELINE_SLUG"}},
    {"ci.pipeline.display_name", {"BUILDKITE_PIPELINE_NAME"}},
    {"ci.pipeline.number", {"BUILDKITE_BUILD_NUMBER"}},
    {"ci.pipeline.url", {"BUILDKITE_BUILD_URL"}},
    {"ci.job.id", {"BUILDKITE_JOB_ID"}},
    {"ci.workspace_path", {"BUILDKITE_BUILD_CHECKOUT_PATH"}},
    {"ci.node.name", {"BUILDKITE_AGENT_ID"}},
    {"git.repository_url", {"BUILDKITE_REPO"}},
    {"git.commit.sha", {"BUILDKITE_COMMIT"}},
    {"git.branch", {"BUILDKITE_BRANCH"}},
    {"git.tag", {"BUILDKITE_TAG"}},
    {"git.commit.message", {"BUILDKITE_MESSAGE"}},
    {"git.commit.author.name", {"BUILDKITE_BUILD_AUTHOR"}},
    {"git.commit.author.email", {"BUILDKITE_BUILD_AUTHOR_EMAIL"}},
    {"git.commit.committer.name", {"BUILDKITE_BUILD_CREATOR"}},
    {"git.commit.committer.email", {"BUILDKITE_BUILD_CREATOR_EMAIL"}},
    {"git.pull_request.base_branch", {"BUILDKITE_PULL_REQUEST_BASE_BRANCH"}},
    {"pr.number", {"BUILDKITE_PULL_REQUEST"}},
};
constexpr std::string_view kBuildkiteCorrelation[] = {"BUILDKITE_BUILD_ID", "BUILDKITE_JOB_ID"};

constexpr TagVariables kCircle[] = {
    {"ci.pipeline.id", {"CIRCLE_WORKFLOW_ID"}},
    {"ci.pipeline.name", {"CIRCLE_PROJECT_REPONAME"}},
    {"ci.pipeline.number", {"CIRCLE_BUILD_NUM"}},
    {"ci.job.id", {"CIRCLE_BUILD_NUM"}},
    {"ci.job.name", {"CIRCLE_JOB"}},
    {"ci.job.url", {"CIRCLE_BUILD_URL"}},
    {"ci.workspace_path", {"CIRCLE_WORKING_DIRECTORY"}},
    {"git.repository_url", {"CIRCLE_REPOSITORY_URL"}},
    {"git.commit.sha", {"CIRCLE_SHA1"}},
    {"git.branch", {"CIRCLE_BRANCH"}},
    {"git.tag", {"CIRCLE_TAG"}},
    {"pr.number", {"CIRCLE_PR_NUMBER"}},
};
constexpr std::string_view kCircleCorrelation[] = {"CIRCLE_WORKFLOW_ID", "CIRCLE_BUILD_NUM"};

constexpr TagVariables kCodefresh[] = {
    {"ci.pipeline.id", {"CF_BUILD_ID"}},
    {"ci.pipeline.name", {"CF_PIPELINE_NAME"}},
    {"ci.pipeline.url", {"CF_BUILD_URL"}},
    {"ci.job.name", {"CF_STEP_NAME"}},
    {"git.branch", {"CF_BRANCH"}},
    {"git.pull_request.base_branch", {"CF_PULL_REQUEST_TARGET"}},
    {"pr.number", {"CF_PULL_REQUEST_NUMBER"}},
};
constexpr std::string_view kCodefreshCorrelation[] = {"CF_BUILD_ID"};

// The rest needs the server's address: see GitHub's own file.
constexpr TagVariables kGithub[] = {
    {"ci.pipeline.id", {"GITHUB_RUN_ID"}},
    {"ci.pipeline.name", {"GITHUB_WORKFLOW"}},
    {"ci.pipeline.number", {"GITHUB_RUN_NUMBER"}},
    {"ci.job.name", {"GITHUB_JOB"}},
    {"ci.workspace_path", {"GITHUB_WORKSPACE"}},
    {"git.commit.sha", {"GITHUB_SHA"}},
    {"git.branch", {"GITHUB_HEAD_REF", "GITHUB_REF"}},
    {"git.pull_request.base_branch", {"GITHUB_BASE_REF"}},
};
constexpr std::string_view kGithubCorrelation[] = {"GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID",
                                                   "GITHUB_RUN_ATTEMPT"};

constexpr TagVariables kGitlab[] = {
    {"ci.pipeline.id", {"CI_PIPELINE_ID"}},
    {"ci.pipeline.name", {"CI_PROJECT_PATH"}},
    {"ci.pipeline.number", {"CI_PIPELINE_IID"}},
    {"ci.pipeline.url", {"CI_PIPELINE_URL"}},
    {"ci.job.id", {"CI_JOB_ID"}},
    {"ci.job.name", {"CI_JOB_NAME"}},
    {"ci.job.url", {"CI_JOB_URL"}},
    {"ci.stage.name", {"CI_JOB_STAGE"}},
    {"ci.workspace_path", {"CI_PROJECT_DIR"}},
    {"ci.node.name", {"CI_RUNNER_ID"}},
    {"ci.node.labels", {"CI_RUNNER_TAGS"}},
    {"git.repository_url", {"CI_REPOSITORY_URL"}},
    {"git.commit.sha", {"CI_COMMIT_SHA"}},
    {"git.branch", {"CI_COMMIT_REF_NAME"}},
    {"git.tag", {"CI_COMMIT_TAG"}},
    {"git.commit.message", {"CI_COMMIT_MESSAGE"}},
    {"git.commit.author.date", {"CI_COMMIT_TIMESTAMP"}},
    {"git.commit.head.sha", {"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"}},
    {"git.pull_request.base_branch", {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME"}},
    {"git.pull_request.base_branch_sha", {"CI_MERGE_REQUEST_DIFF_BASE_SHA"}},
    {"git.pull_request.base_branch_head_sha", {"CI_MERGE_REQUEST_TARGET_BRANCH_SHA"}},
    {"pr.number", {"CI_MERGE_REQUEST_IID"}},
};
constexpr std::string_view kGitlabCorrelation[] = {"CI_PROJECT_URL", "CI_PIPELINE_ID", "CI_JOB_ID"};

constexpr TagVariables kJenkins[] = {
    {"ci.pipeline.id", {"BUILD_TAG"}},
    {"ci.pipeline.number", {"BUILD_NUMBER"}},
    {"ci.pipeline.url", {"BUILD_URL"}},
    {"ci.workspace_path", {"WORKSPACE"}},
    {"ci.node.name", {"NODE_NAME"}},
    {"git.repository_url", {"GIT_URL", "GIT_URL_1"}},
    {"git.commit.sha", {"GIT_COMMIT"}},
    {"git.branch", {"GIT_BRANCH"}},
    {"git.pull_request.base_branch", {"CHANGE_TARGET"}},
    {"pr.number", {"CHANGE_ID"}},
};
constexpr std::string_view kJenkinsCorrelation[] = {"DD_CUSTOM_TRACE_ID", "DD_CUSTOM_PARENT_ID"};

constexpr TagVariables kTeamcity[] = {
    {"ci.job.name", {"TEAMCITY_BUILDCONF_NAME"}},
    {"ci.job.url", {"BUILD_URL"}},
    {"git.pull_request.base_branch", {"TEAMCITY_PULLREQUEST_TARGET_BRANCH"}},
    {"pr.number", {"TEAMCITY_PULLREQUEST_NUMBER"}},
};

constexpr TagVariables kTravis[] = {
    {"ci.pipeline.id", {"TRAVIS_BUILD_ID"}},
    {"ci.pipeline.name", {"TRAVIS_REPO_SLUG"}},
    {"ci.pipeline.number", {"TRAVIS_BUILD_NUMBER"}},
    {"ci.pipeline.url", {"TRAVIS_BUILD_WEB_URL"}},
    {"ci.job.url", {"TRAVIS_JOB_WEB_URL"}},
    {"ci.workspace_path", {"TRAVIS_BUILD_DIR"}},
    {"git.commit.sha", {"TRAVIS_COMMIT"}},
    {"git.branch", {"TRAVIS_PULL_REQUEST_BRANCH", "TRAVIS_BRANCH"}},
    {"git.tag", {"TRAVIS_TAG"}},
    {"git.commit.message", {"TRAVIS_COMMIT_MESSAGE"}},
    {"git.commit.head.sha", {"TRAVIS_PULL_REQUEST_SHA"}},
    {"pr.number", {"TRAVIS_PULL_REQUEST"}},
};

constexpr TagVariables kBitrise[] = {
    {"ci.pipeline.id", {"BITRISE_BUILD_SLUG"}},
    {"ci.pipeline.name", {"BITRISE_TRIGGERED_WORKFLOW_ID"}},
    {"ci.pipeline.number", {"BITRISE_BUILD_NUMBER"}},
    {"ci.pipeline.url", {"BITRISE_BUILD_URL"}},
    {"ci.workspace_path", {"BITRISE_SOURCE_DIR"}},
    {"git.repository_url", {"GIT_REPOSITORY_URL"}},
    {"git.commit.sha", {"BITRISE_GIT_COMMIT", "GIT_CLONE_COMMIT_HASH"}},
    {"git.branch", {"BITRISEIO_PULL_REQUEST_HEAD_BRANCH", "BITRISE_GIT_BRANCH"}},
    {"git.tag", {"BITRISE_GIT_TAG"}},
    {"git.commit.author.name", {"GIT_CLONE_COMMIT_AUTHOR_NAME"}},
    {"git.commit.author.email", {"GIT_CLONE_COMMIT_AUTHOR_EMAIL"}},
    {"git.commit.committer.name", {"GIT_CLONE_COMMIT_COMMITER_NAME"}},  // theirs, with one t
    {"git.commit.committer.email", {"GIT_CLONE_COMMIT_COMMITER_EMAIL"}},
    {"git.pull_request.base_branch", {"BITRISEIO_GIT_BRANCH_DEST"}},
    {"pr.number", {"BITRISE_PULL_REQUEST"}},
};

constexpr TagVariables kBuddy[] = {
    {"ci.pipeline.name", {"BUDDY_PIPELINE_NAME"}},
    {"ci.pipeline.number", {"BUDDY_EXECUTION_ID"}},
    {"ci.pipeline.url", {"BUDDY_EXECUTION_URL"}},
    {"ci.workspace_path", {"CI_WORKSPACE_PATH"}},
    {"git.repository_url", {"BUDDY_SCM_URL"}},
    {"git.commit.sha", {"BUDDY_EXECUTION_REVISION"}},
    {"git.branch", {"BUDDY_EXECUTION_BRANCH"}},
    {"git.tag", {"BUDDY_EXECUTION_TAG"}},
    {"git.commit.message", {"BUDDY_EXECUTION_REVISION_MESSAGE"}},
    {"git.commit.committer.name", {"BUDDY_EXECUTION_REVISION_COMMITTER_NAME"}},
    {"git.commit.committer.email", {"BUDDY_EXECUTION_REVISION_COMMITTER_EMAIL"}},
    {"git.pull_request.base_branch", {"BUDDY_RUN_PR_BASE_BRANCH"}},
    {"pr.number", {"BUDDY_RUN_PR_NO"}},
};

constexpr TagVariables kCodePipeline[] = {
    {"ci.pipeline.id", {"DD_PIPELINE_EXECUTION_ID"}},
    {"ci.job.id", {"DD_ACTION_EXECUTION_ID"}},
};
constexpr std::string_view kCodePipelineCorrelation[] = {"CODEBUILD_BUILD_ARN", "DD_PIPELINE_EXECUTION_ID",
                                                         "DD_ACTION_EXECUTION_ID"};

constexpr TagVariables kDrone[] = {
    {"ci.pipeline.number", {"DRONE_BUILD_NUMBER"}},
    {"ci.pipeline.url", {"DRONE_BUILD_LINK"}},
    {"ci.job.name", {"DRONE_STEP_NAME"}},
    {"ci.stage.name", {"DRONE_STAGE_NAME"}},
    {"ci.workspace_path", {"DRONE_WORKSPACE"}},
    {"git.repository_url", {"DRONE_GIT_HTTP_URL"}},
    {"git.commit.sha", {"DRONE_COMMIT_SHA"}},
    {"git.branch", {"DRONE_BRANCH"}},
    {"git.tag", {"DRONE_TAG"}},
    {"git.commit.message", {"DRONE_COMMIT_MESSAGE"}},
    {"git.commit.author.name", {"DRONE_COMMIT_AUTHOR_NAME"}},
    {"git.commit.author.email", {"DRONE_COMMIT_AUTHOR_EMAIL"}},
    {"git.pull_request.base_branch", {"DRONE_TARGET_BRANCH"}},
    {"pr.number", {"DRONE_PULL_REQUEST"}},
};

constexpr ProviderVariables kProviders[] = {
    {"appveyor", "APPVEYOR", "", kAppVeyor, {}},
    {"azurepipelines", "TF_BUILD", "", kAzure, kAzureCorrelation},
    {"bitbucket", "BITBUCKET_COMMIT", "", kBitbucket, {}},
    {"buildkite", "BUILDKITE", "", kBuildkite, kBuildkiteCorrelation},
    {"circleci", "CIRCLECI", "", kCircle, kCircleCorrelation},
    {"codefresh", "CF_BUILD_ID", "", kCodefresh, kCodefreshCorrelation},
    {"github", "GITHUB_SHA", "", kGithub, kGithubCorrelation},
    {"gitlab", "GITLAB_CI", "", kGitlab, kGitlabCorrelation},
    {"jenkins", "JENKINS_URL", "", kJenkins, kJenkinsCorrelation},
    {"teamcity", "TEAMCITY_VERSION", "", kTeamcity, {}},
    {"travisci", "TRAVIS", "", kTravis, {}},
    {"bitrise", "BITRISE_BUILD_SLUG", "", kBitrise, {}},
    {"buddy", "BUDDY", "", kBuddy, {}},
    {"awscodepipeline", "CODEBUILD_INITIATOR", "codepipeline", kCodePipeline, kCodePipelineCorrelation},
    {"drone", "DRONE", "", kDrone, {}},
};

}  // namespace

std::span<const ProviderVariables> known_providers() {
  return kProviders;
}

}  // namespace alibi::origin
