// The facts that the rules of selection derive about a test, and the sets of tests that each holds for.
#ifndef ALIBI_COLLECTOR_SELECT_FACT_H_
#define ALIBI_COLLECTOR_SELECT_FACT_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace alibi::select {

// The tests of one batch, a bit each.
class TestSet {
 public:
  static constexpr size_t kSize = 512;

  static TestSet of(size_t test) {
    TestSet set;
    set.add(test);
    return set;
  }
  static TestSet first(size_t count) {
    TestSet set;
    for (size_t i = 0; i < count; ++i) set.add(i);
    return set;
  }
  void add(size_t test) { words_[test / 64] |= uint64_t{1} << (test % 64); }
  bool has(size_t test) const { return (words_[test / 64] >> (test % 64) & 1) != 0; }
  bool empty() const {
    uint64_t any = 0;
    for (const uint64_t word : words_) any |= word;
    return any == 0;
  }
  // Calls with each test, in ascending order.
  template <typename Function>
  void each(const Function& call) const {
    for (size_t i = 0; i < kWords; ++i) {
      for (uint64_t word = words_[i]; word != 0; word &= word - 1)
        call(i * 64 + static_cast<size_t>(std::countr_zero(word)));
    }
  }
  // True when this grew.
  bool merge(const TestSet& other) {
    uint64_t fresh = 0;
    for (size_t i = 0; i < kWords; ++i) {
      fresh |= other.words_[i] & ~words_[i];
      words_[i] |= other.words_[i];
    }
    return fresh != 0;
  }
  friend TestSet operator&(TestSet one, const TestSet& other) {
    for (size_t i = 0; i < kWords; ++i) one.words_[i] &= other.words_[i];
    return one;
  }
  friend TestSet operator|(TestSet one, const TestSet& other) {
    for (size_t i = 0; i < kWords; ++i) one.words_[i] |= other.words_[i];
    return one;
  }
  TestSet without(const TestSet& other) const {
    TestSet rest = *this;
    for (size_t i = 0; i < kWords; ++i) rest.words_[i] &= ~other.words_[i];
    return rest;
  }

 private:
  static constexpr size_t kWords = kSize / 64;
  std::array<uint64_t, kWords> words_{};
};

enum class FactKind : uint8_t {
  kFunction,      // (file, function) ran
  kRan,           // (file, function): it did so while tests ran, not when their modules were imported
  kMayHaveRun,    // (file, function): it did so perhaps in an earlier test, for what the test found kept
  kStatement,     // (file, statement): what it made is used
  kVisit,         // (file, statement): what it binds was asked for; a plain definition waits for its body
  kGlobal,        // (file, name): a name of a module was read
  kGlobalNow,     // the same while tests ran: what earlier ones left is seen
  kAttribute,     // (name): an attribute of that name of any object was read
  kAttributeNow,  // the same while tests ran
  kVisitNow,   // (file, statement): what it binds was asked for while tests ran, perhaps under another name
  kNamed,      // (name): one of the two
  kLoaded,     // (file): its module body ran in the test's process
  kReachable,  // (file): the module object may be at hand
  kAllReachable,  // every loaded module may be
  kDynamicName,   // (name): code made from a text reads it as a global of some module
  kImport,        // (name of a module): it was imported, or looked for
  kStem,          // (path without suffix, as a name): the same for a relative import
  kInput,         // (input)
  kWhole,         // (file): used as a whole
  kNamespace,     // (file): the names of its module were read all together
  kState,         // (state write): what an earlier test left was read
  kSupplier,  // (test, function it ran): it speaks of what the test left, or what it gave can be kept there
  kGiver,     // (test, function it ran): it handed on what it was given, and that can be kept there
  kOrigin,    // (test, function it ran): it can have run to make what the test left
  kImported,  // (file): that it can be imported matters, whatever is used of it
  kImportedNow,   // (file): a function imported it, or what imports it, while tests ran
  kImportedAnew,  // (file): its module body, or that of what imports it, ran in the test
  kStandsIn,      // (file): the test is written there
  kEvidence,      // (test): everything that test rests on
  kIntrospects,   // a function that ran looks at signatures
  kCatches,       // code that ran may turn an exception into a pass
  kCounts         // not a fact: how many there are
};

struct Fact {
  FactKind kind = FactKind::kCounts;
  uint32_t a = 0;
  uint32_t b = 0;
  bool operator==(const Fact&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const Fact& fact) {
    return H::combine(std::move(h), fact.kind, fact.a, fact.b);
  }
};

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_FACT_H_
