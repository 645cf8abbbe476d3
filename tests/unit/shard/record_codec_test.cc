#include "tracer/shard/record_codec.h"

#include <gtest/gtest.h>

namespace alibi::shard {
namespace {

using namespace alibi::model;  // NOLINT: the records are all this file is about

// Every strict prefix and every extension of a payload must be refused: no field is optional.
template <typename Record>
void expect_exact_length(const Record& record) {
  Payload payload;
  encode(record, &payload);
  Record decoded;
  EXPECT_TRUE(decode(payload, &decoded));
  for (size_t length = 0; length < payload.size(); ++length) {
    EXPECT_FALSE(decode(PayloadView(payload).first(length), &decoded)) << length << " of " << payload.size();
  }
  payload.push_back(std::byte{0});
  EXPECT_FALSE(decode(payload, &decoded));
}

TEST(RecordCodec, RefusesPayloadsOfAnotherLength) {
  expect_exact_length(ProcessRecord{Role::kChild, 7, "gw1", "cpython 3.12.1", "self", "/p", "a.shard", 99});
  expect_exact_length(FileRecord{{1}, false, 10, {1, 2}, "/p/a.py", 0});
  expect_exact_length(CodeRecord{{1}, 3, {1}, 1, CodeKind::kFunction, 1, {1, 2}, "f"});
  expect_exact_length(CodeRecord{{1}, 1, {}, 0, CodeKind::kLookedUpName, 0, {}, "visit_Name"});
  expect_exact_length(NamesRecord{{1}, {{NameKind::kGlobal, 0, "a"}, {NameKind::kImport, 1, "b"}}});
  expect_exact_length(OutlineRecord{{1}, 8, "\x12\x34", {{3, "f"}, {9, "K.g"}}});
  expect_exact_length(ContextRecord{{1}, ContextKind::kFixture, {0}, "name", "module"});
  expect_exact_length(CommitRecord{4096, 0, 3, 42});
  expect_exact_length(InputRecord{{1}, InputKind::kFile, InputState::kPresent, {1, 2}, "a", "b"});
  expect_exact_length(ChargeRecord{{1}, {2}});
  expect_exact_length(TestEndRecord{{1}, Outcome::kFailed, 5, "why"});
  expect_exact_length(StateWriteRecord{{1}, {1}, StateKind::kContent, "a", "b"});
  expect_exact_length(DropRecord{{1}, 2, 3});
  expect_exact_length(ImportedRecord{"m", "/m.py"});
  expect_exact_length(CollectedRecord{{1}, "t.py::test_a"});
  expect_exact_length(NoteRecord{{1}, "{}"});
  expect_exact_length(ClosedRecord{1, 2});
}

TEST(RecordCodec, KeepsEveryField) {
  Payload payload;
  const InputRecord input{{5},        InputKind::kOption, InputState::kNoValue,
                          {~0ull, 1}, "subject",          std::string_view("a\0b", 3)};
  EXPECT_EQ(encode(input, &payload), RecordType::kInput);
  InputRecord back;
  ASSERT_TRUE(decode(payload, &back));
  EXPECT_EQ(back.context, input.context);
  EXPECT_EQ(back.kind, input.kind);
  EXPECT_EQ(back.state, input.state);
  EXPECT_EQ(back.hash, input.hash);
  EXPECT_EQ(back.subject, input.subject);
  EXPECT_EQ(back.detail, input.detail);
}

TEST(RecordCodec, ANameHasOneProbeAndNoPlace) {
  Payload payload;
  CodeRecord back;
  const auto kind = CodeKind::kCompiledName;
  encode(CodeRecord{{1}, 1, {}, 0, kind, 0, {}, "name"}, &payload);
  EXPECT_TRUE(decode(payload, &back));
  for (const CodeRecord& wrong : {CodeRecord{{1}, 2, {}, 0, kind, 0, {}, "two probes"},
                                  CodeRecord{{1}, 1, {1}, 0, kind, 0, {}, "in a file"},
                                  CodeRecord{{1}, 1, {}, 7, kind, 0, {}, "on a line"},
                                  CodeRecord{{1}, 1, {}, 0, CodeKind::kFunction, 0, {}, "code of no file"}}) {
    encode(wrong, &payload);
    EXPECT_FALSE(decode(payload, &back)) << wrong.qualified_name;
  }
}

TEST(RecordCodec, RefusesValuesOutsideAnEnumeration) {
  Payload payload;
  TestEndRecord end;
  for (const int outcome : {0, 7, 255}) {
    encode(TestEndRecord{{1}, static_cast<Outcome>(outcome), 5, ""}, &payload);
    EXPECT_FALSE(decode(payload, &end)) << outcome;
  }
  CodeRecord code;
  encode(CodeRecord{{1}, 3, {1}, 1, static_cast<CodeKind>(5), 1, {}, "f"}, &payload);
  EXPECT_FALSE(decode(payload, &code));
}

TEST(RecordCodec, RefusesProbesBeyondTheNumberRange) {
  Payload payload;
  CodeRecord code;
  encode(CodeRecord{{kNumberMask}, 1, {1}, 1, CodeKind::kFunction, 1, {}, "last"}, &payload);
  EXPECT_TRUE(decode(payload, &code));
  encode(CodeRecord{{kNumberMask}, 2, {1}, 1, CodeKind::kFunction, 1, {}, "beyond"}, &payload);
  EXPECT_FALSE(decode(payload, &code));
  encode(CodeRecord{{0}, 2, {1}, 1, CodeKind::kFunction, 1, {}, "no probe"}, &payload);
  EXPECT_FALSE(decode(payload, &code));
  encode(CodeRecord{{1}, 0, {1}, 1, CodeKind::kFunction, 1, {}, "no line"}, &payload);
  EXPECT_FALSE(decode(payload, &code));
  encode(CodeRecord{{1}, 2, {1}, UINT32_MAX, CodeKind::kFunction, 1, {}, "wraps"}, &payload);
  EXPECT_FALSE(decode(payload, &code));
}

TEST(RecordCodec, RefusesACountOfNamesThatCannotFitBeforeReservingThem) {
  Payload payload;
  encode(NamesRecord{{1}, {}}, &payload);
  for (size_t i = 4; i < 8; ++i) payload[i] = std::byte{0xff};
  NamesRecord names;
  EXPECT_FALSE(decode(payload, &names));
  EXPECT_EQ(names.names.capacity(), 0u);
}

TEST(RecordCodec, RefusesAnOutlineWhoseCountOrLinesCannotBe) {
  Payload payload;
  encode(OutlineRecord{{1}, 1, "", {}}, &payload);
  OutlineRecord outline;
  EXPECT_TRUE(decode(payload, &outline));
  for (size_t i = payload.size() - 4; i < payload.size(); ++i) payload[i] = std::byte{0xff};
  EXPECT_FALSE(decode(payload, &outline));
  EXPECT_EQ(outline.functions.capacity(), 0u);
  encode(OutlineRecord{{1}, UINT32_MAX, "\x01", {}}, &payload);
  EXPECT_FALSE(decode(payload, &outline));
  encode(OutlineRecord{{0}, 1, "\x01", {}}, &payload);
  EXPECT_FALSE(decode(payload, &outline));
}

TEST(RecordCodec, RefusesTheContextsThatHaveNoRecord) {
  Payload payload;
  ContextRecord context;
  encode(ContextRecord{{kSessionContext}, ContextKind::kTest, {0}, "x", ""}, &payload);
  EXPECT_FALSE(decode(payload, &context));
  encode(ContextRecord{{kNumberMask}, ContextKind::kTest, {0}, "reads as concurrent import", ""}, &payload);
  EXPECT_FALSE(decode(payload, &context));
}

}  // namespace
}  // namespace alibi::shard
