// What the records of a shard say, decoded: one struct per record type, in the words of FORMAT.md. The writer
// encodes them, the reader delivers them, the merger works on them. Texts are borrowed: by the writer for one
// call, from the reader for the life of its Shard. `offset` is where the record starts in its shard, set by
// the reader.
#ifndef ALIBI_TRACER_MODEL_RECORDS_H_
#define ALIBI_TRACER_MODEL_RECORDS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "tracer/base/hash.h"
#include "tracer/model/fingerprint.h"
#include "tracer/model/ids.h"

namespace alibi::model {

enum class Role : uint8_t { kMain = 1, kWorker = 2, kChild = 3 };
enum class CodeKind : uint8_t {
  kModule = 1,
  kClassBody = 2,
  kFunction = 3,
  kAnonymous = 4,
  // No code of a file, but a name that code gave or made while it ran: its one probe says who used it.
  kLookedUpName = 5,
  kCompiledName = 6
};
enum class NameKind : uint8_t {
  kGlobal = 1,
  kAttribute = 2,
  kImport = 3,
  kDotted = 4,
  // Never in a NamesRecord: what the two kinds of code above become when shards are merged.
  kLookedUp = 5,
  kCompiled = 6
};
inline constexpr bool is_name(CodeKind kind) {
  return kind == CodeKind::kLookedUpName || kind == CodeKind::kCompiledName;
}
enum class ContextKind : uint8_t { kTest = 1, kFixture = 2, kOther = 3, kCollection = 4 };
enum class Outcome : uint8_t {
  kPassed = 1,
  kFailed = 2,
  kSkipped = 3,
  kError = 4,
  kXfailed = 5,
  kXpassed = 6
};
enum class InputKind : uint8_t {
  kFile = 1,
  kDirectory = 2,
  kProbe = 3,
  kEnvironment = 4,
  kProcess = 5,
  kSocket = 6,
  kImport = 7,
  kWritten = 8,
  kOption = 9
};
enum class InputState : uint8_t { kPresent = 1, kAbsent = 2, kOther = 3, kNoValue = 4 };
enum class StateKind : uint8_t {
  kGlobal = 1,
  kClassAttribute = 2,
  kContent = 3,
  kCachedFunction = 4,
  kInstanceAttribute = 5,
  kContainer = 6
};

struct ProcessRecord {
  Role role = Role::kMain;
  uint32_t parent_pid = 0;
  std::string_view worker;
  std::string_view interpreter;
  std::string_view strategy;  // empty until the glue has chosen one
  std::string_view root;
  std::string_view parent_shard;  // file name in the same session directory; empty: not a forked child
  uint64_t parent_bytes = 0;      // definitions of the parent that start below this offset are inherited
};

struct FileRecord {
  FileId file;
  bool unreadable = false;  // size and hash are 0
  uint64_t size = 0;
  Hash128 hash;
  std::string_view path;  // absolute
  uint64_t offset = 0;
};

// Owns the probes base … base+span-1; probe base+i is line first_line+i. A name has one probe, file 0, line
// 0.
struct CodeRecord {
  ProbeId base;
  uint32_t span = 0;
  FileId file;
  uint32_t first_line = 0;
  CodeKind kind = CodeKind::kFunction;
  uint32_t scope_line = 0;
  Fingerprint fingerprint;
  std::string_view qualified_name;
  uint64_t offset = 0;
};

struct NameReference {
  NameKind kind = NameKind::kGlobal;
  uint16_t level = 0;  // of a relative import
  std::string_view name;
};
struct NamesRecord {
  ProbeId base;  // of the code unit
  std::vector<NameReference> names;
  uint64_t offset = 0;
};

// What a source file could run, known when its module body was first seen: exports say with it what did not.
struct OutlineFunction {
  uint32_t line = 0;  // its scope_line
  std::string_view name;
};
struct OutlineRecord {
  FileId file;
  uint32_t first_line = 0;
  std::string_view lines;  // bits: bit i of byte k is line first_line + 8 * k + i
  std::vector<OutlineFunction> functions;
};

struct ContextRecord {
  ContextId context;
  ContextKind kind = ContextKind::kTest;
  ContextId parent;
  std::string_view name;
  std::string_view scope;
  uint64_t offset = 0;
};

struct CommitRecord {
  uint64_t payload_offset = 0;
  uint32_t first = 0;
  uint32_t count = 0;
  uint64_t checksum = 0;
};

struct InputRecord {
  ContextId context;
  InputKind kind = InputKind::kFile;
  InputState state = InputState::kPresent;
  Hash128 hash;
  std::string_view subject;
  std::string_view detail;
};

struct ChargeRecord {
  ContextId user;
  ContextId used;
};

struct TestEndRecord {
  ContextId context;
  Outcome outcome = Outcome::kPassed;
  uint64_t duration_ns = 0;
  std::string_view reason;
};

struct StateWriteRecord {
  ContextId context;
  FileId file;
  StateKind kind = StateKind::kGlobal;
  std::string_view name;
  std::string_view attribute;
};

struct DropRecord {
  ContextId context;    // or kWholeProcess
  uint32_t reason = 0;  // DropReason, or the number of a later version
  uint64_t count = 0;   // several records of one context and reason add up
};

struct ImportedRecord {
  std::string_view module;
  std::string_view path;
};

// A test that was found in the test file of this collection, whether it was run or not.
struct CollectedRecord {
  ContextId context;
  std::string_view test_id;
};

// Of a process that was started (not forked): what was current in the process that runs the tests.
struct OriginRecord {
  ContextId context;         // kUnknownContext: everybody's
  std::string_view shard;    // file name; whose context it is
  std::string_view program;  // the interpreter's path
  std::string_view command;  // for people
};

enum class Recording : uint8_t {
  kExpected = 1,  // by itself: it is an interpreter that has the recorder, and was told of the session
  kNone = 2
};
// A program was started. Its evidence is there when a shard with this process id and this origin is.
struct StartedRecord {
  ContextId context;
  uint32_t process_id = 0;  // 0: not known
  Recording recording = Recording::kNone;
  std::string_view program;
  std::string_view command;
};

// The evidence of a whole process belongs to this context too. Shards by file name, empty: this one.
struct OverlapRecord {
  std::string_view user_shard;
  ContextId user;
  std::string_view used_shard;
};

// What people and the intake are told of a test, or of the session (context 0). No evidence.
struct NoteRecord {
  ContextId context;
  std::string_view text;  // JSON; docs in tracer/shard/FORMAT.md
};

struct ClosedRecord {
  uint64_t hit_entries = 0;
  uint64_t contexts = 0;
};

}  // namespace alibi::model

#endif  // ALIBI_TRACER_MODEL_RECORDS_H_
