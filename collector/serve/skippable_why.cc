// Why a test would run at a commit, or may be left out: what choose() decides, for one test and in words.
#include <algorithm>
#include <utility>

#include "collector/serve/skippable_tests.h"

namespace alibi::serve {
namespace {

constexpr size_t kShortSha = 10;

std::string short_sha(const std::string& sha) {
  return sha.substr(0, kShortSha);
}

std::string between(const std::string& then, const std::string& now) {
  if (then == now) return "at " + short_sha(now);
  return "between " + short_sha(then) + " and " + short_sha(now);
}

std::string outcome_text(Status verdict, const std::string& sha) {
  switch (verdict) {
    case Status::kPass:
      return "it passed at " + short_sha(sha);
    case Status::kFail:
      return "it failed at " + short_sha(sha);
    case Status::kSkip:
      return "it was skipped at " + short_sha(sha);
    case Status::kUnknown:
      break;
  }
  return "it had several attempts in its run at " + short_sha(sha) +
         ", coverage that contradicts itself, or a name that several tests have";
}

std::string named(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  constexpr size_t kNamed = 3;
  std::string text;
  for (size_t i = 0; i < names.size() && i < kNamed; ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kNamed) text += " and " + std::to_string(names.size() - kNamed) + " more";
  return text;
}

}  // namespace

// Reads evidence commit by commit, newest first, and stops as soon as no older one can say more: of 100,000
// tests the evidence of one commit is read, not that of all.
class SkippableTests::Explaining {
 public:
  Explaining(SkippableTests* tests, uint64_t context, std::string commit)
      : tests_(tests), context_(context), commit_(std::move(commit)) {}

  Result<Why> run(const TestRow& test, const CommitTree& now, std::vector<CommitRow> commits);

 private:
  struct Heard {
    CommitRow commit;
    Evidence evidence;
    std::shared_ptr<const Comparison> comparison;  // of all tests of this commit
  };
  struct Member {  // of the tests that have this name
    uint64_t last_start_ns = 0;
    Decision decision;
    std::optional<Heard> newest, deciding;
  };

  Result<void> find_members(const TestRow& test);
  Result<void> read(size_t commit);
  Result<void> hear(size_t commit, const CommitTree& now);
  Result<const Sets*> all_sets();
  bool is_decided() const;
  Why conclusion(uint64_t test) const;
  std::string objection(const Member& member) const;
  std::string touched(const Heard& heard) const;

  SkippableTests* tests_;
  uint64_t context_;
  std::string commit_;
  std::vector<CommitRow> commits_;
  size_t read_ = 0;  // commits
  std::vector<std::vector<Evidence>> evidence_;
  Sets sets_;
  absl::flat_hash_map<uint64_t, Member> members_;
};

Result<void> SkippableTests::Explaining::find_members(const TestRow& test) {
  constexpr size_t kMostLooked = 100;
  const auto own = tests_->known_.items.find(test.id);
  members_[test.id].last_start_ns = test.last_start_ns;
  if (own == tests_->known_.items.end()) return {};
  for (const auto& [id, item] : tests_->known_.items) {
    if (item.name == own->second.name) members_.try_emplace(id).first->second.last_start_ns = UINT64_MAX;
  }
  members_[test.id].last_start_ns = test.last_start_ns;
  if (members_.size() > kMostLooked) return {};
  for (auto& [id, member] : members_) {
    if (id == test.id) continue;
    const Result<std::optional<TestRow>> sibling = tests_->database_->test(id);
    if (!sibling) return sibling.error();
    // Of another service: nothing of it is in this context.
    if (*sibling) member.last_start_ns = (*sibling)->service == test.service ? (*sibling)->last_start_ns : 0;
  }
  return {};
}

Result<void> SkippableTests::Explaining::read(size_t commit) {
  for (; read_ <= commit; ++read_) {
    const Result<std::vector<Evidence>> all = tests_->database_->evidence(context_, commits_[read_].id);
    if (!all) return all.error();
    evidence_.emplace_back();
    for (const Evidence& evidence : *all) {
      sets_.insert(evidence.cover_set);
      if (members_.contains(evidence.test)) evidence_.back().push_back(evidence);
    }
  }
  return {};
}

Result<const SkippableTests::Sets*> SkippableTests::Explaining::all_sets() {
  if (Result<void> done = read(commits_.size() - 1); !done) return std::move(done).error();
  return &sets_;
}

Result<void> SkippableTests::Explaining::hear(size_t commit, const CommitTree& now) {
  if (Result<void> done = read(commit); !done) return done;
  if (evidence_[commit].empty()) return {};
  Result<Comparison> comparison =
      tests_->compare_with(commits_[commit].sha, now, [this] { return all_sets(); });
  if (!comparison) return std::move(comparison).error();
  const auto shared = std::make_shared<const Comparison>(std::move(*comparison));
  for (const Evidence& evidence : evidence_[commit]) {
    Member& member = members_[evidence.test];
    Heard heard{commits_[commit], evidence, shared};
    if (stands(evidence, *shared)) {
      member.decision.hear(evidence.start_ns, evidence.verdict == Status::kPass);
      if (member.decision.start_ns == evidence.start_ns) member.deciding = heard;
    }
    const bool newer = !member.newest || member.newest->evidence.start_ns < evidence.start_ns;
    if (newer) member.newest = std::move(heard);
  }
  return {};
}

bool SkippableTests::Explaining::is_decided() const {
  return std::all_of(members_.begin(), members_.end(), [](const auto& entry) {
    const Member& member = entry.second;
    return member.deciding ? member.decision.start_ns >= member.last_start_ns : member.last_start_ns == 0;
  });
}

Result<Why> SkippableTests::Explaining::run(const TestRow& test, const CommitTree& now,
                                            std::vector<CommitRow> commits) {
  commits_ = std::move(commits);
  if (Result<void> found = find_members(test); !found) return std::move(found).error();
  for (size_t i = 0; i < commits_.size() && !is_decided(); ++i) {
    if (Result<void> heard = hear(i, now); !heard) return std::move(heard).error();
  }
  return conclusion(test.id);
}

// What clears nothing any more, by its first files in the order of their names.
std::string SkippableTests::Explaining::touched(const Heard& heard) const {
  const Result<std::shared_ptr<const CommitTree>> then = tests_->git_->tree(heard.commit.sha);
  std::vector<std::string> changed, untracked;
  for (const auto& [path, number] : tests_->known_.files) {
    if (!heard.comparison->files.contains(number)) continue;
    bool concerns = number == heard.evidence.own_file;
    if (!concerns) {
      const Result<std::vector<uint64_t>> sets = tests_->database_->sets_covering({number});
      concerns = sets && std::find(sets->begin(), sets->end(), heard.evidence.cover_set) != sets->end();
    }
    const bool tracked = !then || *then == nullptr || (*then)->has(path);
    if (concerns) (tracked ? changed : untracked).push_back(path);
  }
  if (changed.empty())
    return named(std::move(untracked)) + " is not in git at " + short_sha(heard.commit.sha);
  return named(std::move(changed)) + " changed " + between(heard.commit.sha, commit_);
}

std::string SkippableTests::Explaining::objection(const Member& member) const {
  if (member.deciding) {
    const Heard& heard = *member.deciding;
    const std::string outcome = outcome_text(heard.evidence.verdict, heard.commit.sha);
    const bool failed = heard.evidence.verdict == Status::kFail;
    if (!failed) return outcome;
    return outcome + (is_untouched(heard.evidence, *heard.comparison)
                          ? ", and nothing that it covers changed since"
                          : ", and what it covers is not known");
  }
  if (!member.newest) return "it has not run at the latest commits";
  const Heard& heard = *member.newest;
  if (heard.evidence.cover_set == 0)
    return "no coverage was received for its run at " + short_sha(heard.commit.sha);
  if (heard.evidence.own_file == 0) return "its source file is not known";
  if (!heard.comparison->runs_all.empty()) {
    if (heard.comparison->runs_all == "it has not been uploaded")
      return "commit " + short_sha(heard.commit.sha) + ", where it ran, has not been uploaded";
    return heard.comparison->runs_all + " (" + between(heard.commit.sha, commit_) + ")";
  }
  return touched(heard);
}

Why SkippableTests::Explaining::conclusion(uint64_t test) const {
  const Member& member = members_.find(test)->second;
  Why why;
  why.commit = commit_;
  const std::optional<Heard>& heard = member.deciding ? member.deciding : member.newest;
  if (heard) {
    why.evidence_commit = heard->commit.sha;
    why.evidence_ns = heard->evidence.start_ns;
  }
  if (!member.decision.passed) {
    why.reason = objection(member);
    return why;
  }
  for (const auto& [id, other] : members_) {
    if (other.decision.passed || !other.newest) continue;
    why.reason = "tests that differ only in their parameters run together, and of one " + objection(other);
    return why;
  }
  why.left_out = true;
  why.reason = "it passed at " + short_sha(why.evidence_commit) +
               (why.evidence_commit == commit_
                    ? ", this very commit"
                    : ", and nothing that it covers changed " + between(why.evidence_commit, commit_));
  return why;
}

Result<std::optional<Why>> SkippableTests::explain(const RunContext& context, const TestRow& test,
                                                   std::string commit) {
  const Result<std::optional<uint64_t>> number = database_->context(context);
  if (!number) return number.error();
  if (!*number) return std::optional<Why>();
  Result<std::vector<CommitRow>> commits = database_->recent_commits(**number, kMostCommits);
  if (!commits) return std::move(commits).error();
  Why why;
  if (commit.empty() && !commits->empty()) commit = commits->front().sha;
  why.commit = commit;
  if (commit.empty()) {
    why.reason = "its sessions name no commit";
    return std::optional(why);
  }
  const Result<std::shared_ptr<const CommitTree>> now = git_->tree(commit);
  if (!now) return now.error();
  if (*now == nullptr) {
    why.reason = "commit " + short_sha(commit) + " has not been uploaded, or not as a whole";
    return std::optional(why);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (Result<void> learned = learn(); !learned) return std::move(learned).error();
  Explaining explaining(this, **number, std::move(commit));
  Result<Why> found = explaining.run(test, **now, std::move(*commits));
  if (!found) return std::move(found).error();
  return std::optional(std::move(*found));
}

}  // namespace alibi::serve
