// How an IntakeWriter stores coverage: equal sets of files and lines once, and who covered them.
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <tuple>
#include <utility>

#include "collector/serve/coverage_pack.h"
#include "collector/serve/digest.h"
#include "collector/serve/intake_writer.h"

namespace alibi::serve {
struct IntakeWriter::Covering {
  const payload::CoverageEvent* event = nullptr;
  std::vector<NumberedFile> files;
  std::string packed, hash;
  uint64_t set = 0;
  bool is_known = false;  // heard before

  uint64_t span() const { return event->span_id.value_or(0); }
};

void IntakeWriter::add_coverage(const Bodies& bodies) {
  std::vector<Covering> covering;
  for (const Intake* body : bodies) {
    for (const payload::CoverageEvent& event : body->coverage) {
      if (event.files.empty()) continue;
      Covering one;
      one.event = &event;
      one.files.reserve(event.files.size());
      for (const payload::CoveredFile& file : event.files) {
        if (!file.path.empty()) one.files.push_back({names_.file(file.path), file.lines});
      }
      one.packed = pack_coverage(one.files);
      one.hash = sha256(one.packed);
      covering.push_back(std::move(one));
    }
  }
  number_sets(&covering);
  leave_out_known(&covering);
  SqlRows made;
  for (const Covering& one : covering)
    made.add({one.event->session_id, one.span(), one.event->suite_id, one.set});
  run("INSERT INTO coverage VALUES(?1,?2,?3,?4) ON CONFLICT DO NOTHING", made);
  complete_evidence(covering);
}

void IntakeWriter::number_sets(std::vector<Covering>* covering) {
  absl::flat_hash_map<std::string_view, uint64_t> numbers;
  SqlRows asked, made, files;
  std::vector<const Covering*> distinct, missing;
  for (const Covering& one : *covering) {
    if (!numbers.try_emplace(one.hash, 0).second) continue;
    asked.add({SqlValue::bytes(one.hash)});
    distinct.push_back(&one);
  }
  run("SELECT id FROM cover_set WHERE hash=?1", asked,
      [&](size_t place, SqlRow* row) { numbers[distinct[place]->hash] = row->number(); });
  for (const Covering* one : distinct) {
    if (numbers[one->hash] != 0) continue;
    made.add({SqlValue::bytes(one->hash), SqlValue::bytes(one->packed)});
    missing.push_back(one);
  }
  run("INSERT INTO cover_set(hash, files) VALUES(?1,?2) RETURNING id", made,
      [&](size_t place, SqlRow* row) { numbers[missing[place]->hash] = row->number(); });
  for (const Covering* one : missing) {
    for (const NumberedFile& file : one->files) files.add({file.file, numbers[one->hash]});
  }
  run("INSERT INTO set_file VALUES(?1,?2) ON CONFLICT DO NOTHING", files);
  for (Covering& one : *covering) one.set = numbers[one.hash];
}

// A test's coverage that was heard with another suite's number is the same coverage.
void IntakeWriter::leave_out_known(std::vector<Covering>* covering) {
  absl::flat_hash_set<std::tuple<uint64_t, uint64_t, uint64_t>> heard;
  SqlRows asked;
  std::vector<size_t> places;
  for (size_t i = 0; i < covering->size(); ++i) {
    Covering& one = (*covering)[i];
    if (one.span() == 0) continue;
    one.is_known = !heard.emplace(one.event->session_id, one.span(), one.set).second;
    if (one.is_known) continue;
    asked.add({one.event->session_id, one.span(), one.set});
    places.push_back(i);
  }
  run("SELECT 1 FROM coverage WHERE session=?1 AND span=?2 AND cover_set=?3 LIMIT 1", asked,
      [&](size_t place, SqlRow*) { (*covering)[places[place]].is_known = true; });
  std::erase_if(*covering, [](const Covering& one) { return one.is_known; });
}

// Of tests that were heard of before their coverage.
void IntakeWriter::complete_evidence(const std::vector<Covering>& covering) {
  struct Attempted {
    uint64_t session = 0, span = 0, set = 0;
    uint64_t context = 0, commit = 0, test = 0;
  };
  absl::flat_hash_set<std::pair<uint64_t, uint64_t>> seen;
  std::vector<Attempted> attempts;
  SqlRows spans, completed;
  for (const Covering& one : covering) {
    if (one.span() == 0 || !seen.emplace(one.event->session_id, one.span()).second) continue;
    attempts.push_back({one.event->session_id, one.span()});
    spans.add({one.event->session_id, one.span()});
  }
  // 0 when the test had other coverage before: which of it is all of it is not known.
  run(kCoverageOfSpan, spans, [&](size_t place, SqlRow* row) { attempts[place].set = row->number(); });
  run("SELECT a.context, s.git_commit, a.test FROM attempt a JOIN session s ON s.id=a.session "
      "WHERE a.session=?1 AND a.span=?2",
      spans, [&attempts](size_t place, SqlRow* row) {
        Attempted& attempt = attempts[place];
        attempt.context = row->number();
        attempt.commit = row->number();
        attempt.test = row->number();
      });
  for (const Attempted& attempt : attempts) {
    if (attempt.commit == 0) continue;
    completed.add(
        {attempt.context, attempt.commit, attempt.test, attempt.session, attempt.span, attempt.set});
  }
  run("UPDATE evidence SET cover_set=?6 WHERE context=?1 AND git_commit=?2 AND test=?3 AND session=?4 AND "
      "span=?5",
      completed);
}

}  // namespace alibi::serve
