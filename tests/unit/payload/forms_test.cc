// Forms and gzip, as clients frame their bodies and as anybody might.
#include <gtest/gtest.h>

#include "collector/compression/gzip.h"
#include "collector/model/error_codes.h"
#include "collector/payload/forms.h"
#include "collector/payload/multipart.h"
#include "tests/unit/payload/example_events.h"

namespace alibi::payload {
namespace {

using compression::gunzip;
using compression::gzip;

using testing::from_hex;

constexpr const char* kType = "multipart/form-data; boundary=b0";

std::vector<FormPart> parts_of(std::string_view body, std::string_view content_type = kType) {
  Result<std::vector<FormPart>> parts = decode_form(body, content_type);
  EXPECT_TRUE(parts) << parts.error().message;
  return parts ? *parts : std::vector<FormPart>();
}

ErrorCode fault_of(std::string_view body, std::string_view content_type = kType,
                   const FormLimits& limits = {}) {
  const auto parts = decode_form(body, content_type, limits);
  return parts ? ErrorCode{0} : parts.error().code;
}

TEST(Form, OfCoverageIsAsPythonsClientWritesIt) {
  const Result<std::string> form = coverage_form("\x82\r\n--", "0f");
  ASSERT_TRUE(form);
  EXPECT_EQ(*form,
            "--0f\r\nContent-Disposition: form-data; name=\"coverage1\"; filename=\"coverage1.msgpack\"\r\n"
            "Content-Type: application/msgpack\r\n\r\n\x82\r\n--\r\n"
            "--0f\r\nContent-Disposition: form-data; name=\"event\"; filename=\"event.json\"\r\n"
            "Content-Type: application/json\r\n\r\n{\"dummy\":true}\r\n--0f--\r\n");
  EXPECT_EQ(form_content_type("0f"), "multipart/form-data; boundary=0f");
}

TEST(Form, OfCoverageIsReadFromBothClients) {
  const std::string document = "\x82\r\n--b0x\r\n--";
  const std::string ruby =
      "--b0\r\nContent-Disposition: form-data; name=\"event\"; filename=\"event.json\"\r\n"
      "Content-Type: application/json\r\n\r\n{\"dummy\":true}\r\n"
      "--b0\r\nContent-Disposition: form-data; name=\"coverage1\"; filename=\"coverage1.msgpack\"\r\n"
      "Content-Type: application/msgpack\r\n\r\n" +
      document + "\r\n--b0--";
  const auto of_ruby = coverage_documents(ruby, kType);
  ASSERT_TRUE(of_ruby) << of_ruby.error().message;
  EXPECT_EQ(*of_ruby, (std::vector<std::string_view>{document}));
  const std::string python = *coverage_form(document, "0f0f");
  const auto of_python = coverage_documents(python, "multipart/form-data;boundary=0f0f");
  ASSERT_TRUE(of_python);
  EXPECT_EQ(*of_python, (std::vector<std::string_view>{document}));
  EXPECT_FALSE(coverage_documents("--b0\r\n\r\nx\r\n--b0--", kType));
}

TEST(Form, SplitsAtTheWholeDelimiterOnly) {
  const auto parts = parts_of(
      "preamble\r\n--b0\r\n\r\nx--b0\r\n--b01\r\n\r\n--b0 x\r\n--b0 \t\r\n\r\n\r\n--b0--\r\nepilogue");
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].body, "x--b0\r\n--b01\r\n\r\n--b0 x");
  EXPECT_EQ(parts[1].body, "");
}

TEST(Form, KnowsItsParametersQuotedOrNot) {
  const auto parts = parts_of(
      "--a b\r\ncontent-DISPOSITION: form-data ; filename=\"x\\\"; name=no\" ;NAME = plain\r\n"
      "X-Other: 1\r\nContent-Type:text/plain\r\n\r\nbody\r\n--a b--",
      "Multipart/Form-Data; charset=utf-8; boundary=\"a b\"");
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].name, "plain");
  EXPECT_EQ(parts[0].file_name, "x\"; name=no");
  EXPECT_EQ(parts[0].content_type, "text/plain");
  EXPECT_EQ(parts[0].body, "body");
}

TEST(Form, RefusesWhatIsCutShort) {
  const std::string form = *coverage_form("document", "b0");
  for (size_t length = 0; length < form.size() - 2; ++length)
    EXPECT_EQ(fault_of(form.substr(0, length)), collector::kNotPayload) << length;
  EXPECT_EQ(fault_of(form), ErrorCode{0});
}

TEST(Form, RefusesContentTypesThatAreNoForm) {
  const std::string form = *coverage_form("document", "b0");
  for (const char* type : {"", "application/json", "multipart/form-data", "multipart/form-data; boundary=",
                           "multipart/form-data; boundary=\"b0", "multipart/mixed; boundary=b0"})
    EXPECT_EQ(fault_of(form, type), collector::kNotPayload) << type;
  EXPECT_EQ(fault_of(form, "multipart/form-data; boundary=" + std::string(71, 'x')), collector::kNotPayload);
}

TEST(Form, IsBounded) {
  std::string many;
  for (int i = 0; i < 17; ++i) many += "--b0\r\n\r\nx\r\n";
  EXPECT_EQ(fault_of(many + "--b0--"), collector::kPayloadTooLarge);
  EXPECT_EQ(fault_of(many + "--b0--", kType, {17, 100}), ErrorCode{0});
  const std::string wide = "--b0\r\nX: " + std::string(9000, 'x') + "\r\n\r\nx\r\n--b0--";
  EXPECT_EQ(fault_of(wide), collector::kNotPayload);
  EXPECT_EQ(fault_of(wide, kType, {1, 10'000}), ErrorCode{0});
  std::string headers;
  for (int i = 0; i < 3000; ++i) headers += "X: 1\r\n";
  EXPECT_EQ(fault_of("--b0\r\n" + headers + "\r\nx\r\n--b0--"), collector::kNotPayload);
}

TEST(Form, RefusesToBeMadeWhereItCouldNotBeRead) {
  EXPECT_FALSE(encode_form({{"a", "", "", "x--b0x"}}, "b0"));
  EXPECT_FALSE(encode_form({{"a\"b", "", "", "x"}}, "b0"));
  EXPECT_FALSE(encode_form({{"a", "x\r\n", "", "x"}}, "b0"));
  EXPECT_FALSE(encode_form({{"a", "", "", "x"}}, ""));
  EXPECT_FALSE(encode_form({{"a", "", "", "x"}}, "b\r\n"));
  EXPECT_FALSE(encode_form({{"a", "", "", "x"}}, std::string(71, 'b')));
  EXPECT_TRUE(encode_form({{"a", "", "", "x"}}, "123e4567-e89b-12d3-a456-426614174000"));
}

TEST(Form, OfAPackCarriesItAsItIs) {
  const std::string pack = from_hex("50 41 43 4b 00 00 00 02 0d 0a 2d 2d");
  const Result<std::string> form = pack_form({"{\"data\":1}", "x-1.pack", pack}, "b0");
  ASSERT_TRUE(form);
  EXPECT_NE(form->find("name=\"pushedSha\"\r\nContent-Type: application/json\r\n\r\n{\"data\":1}\r\n"),
            std::string::npos);
  const Result<PackForm> read = read_pack_form(*form, kType);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->pack, pack);
  EXPECT_EQ(read->pack_name, "x-1.pack");
  EXPECT_EQ(read->pushed_commit, "{\"data\":1}");
  EXPECT_FALSE(read_pack_form(*coverage_form("x", "b0"), kType));
}

TEST(Form, OfAReportIsReadFromBothClients) {
  const Result<std::string> form = report_form({"{}", "lcov", "packed"}, "b0");
  ASSERT_TRUE(form);
  const Result<ReportForm> read = read_report_form(*form, kType);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->format, "lcov");
  EXPECT_EQ(read->report, "packed");
  EXPECT_EQ(read->event, "{}");
  const auto ruby = encode_form({{"event", "event.json", "application/json", "{}"},
                                 {"coverage", "coverage.gz", "application/octet-stream", "r"}},
                                "b0");
  EXPECT_EQ(read_report_form(*ruby, kType)->report, "r");
  EXPECT_EQ(read_report_form(*ruby, kType)->format, "");
  EXPECT_FALSE(read_report_form(*pack_form({"", "", ""}, "b0"), kType));
}

std::string noise(size_t size) {
  std::string text(size, '\0');
  uint32_t state = 1;
  for (char& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return text;
}

TEST(Gzip, BeginsAsItsReadersExpectAndComesBack) {
  for (const std::string& text :
       {std::string(), std::string("a"), std::string(300'000, 'x'), noise(200'000)}) {
    for (const int level : {1, 6, 9}) {
      const Result<std::string> packed = gzip(text, level);
      ASSERT_TRUE(packed);
      EXPECT_TRUE(packed->starts_with("\x1f\x8b"));
      const Result<std::string> read = gunzip(*packed, text.size());
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_TRUE(*read == text);
    }
  }
}

TEST(Gzip, RefusesABomb) {
  const std::string bomb = *gzip(std::string(64 << 20, '\0'), 9);
  ASSERT_LT(bomb.size(), 100'000U);
  const Result<std::string> read = gunzip(bomb, 1 << 20);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, collector::kPayloadTooLarge);
  EXPECT_FALSE(gunzip(*gzip("ab"), 1));
  EXPECT_TRUE(gunzip(*gzip("ab"), 2));
  EXPECT_TRUE(gunzip(*gzip(""), 0));
}

TEST(Gzip, RefusesWhatIsDamagedOrCutShort) {
  const std::string packed = *gzip(noise(3000));
  for (size_t length = 0; length < packed.size(); ++length)
    EXPECT_FALSE(gunzip(packed.substr(0, length), 1 << 20)) << length;
  std::string damaged = packed;
  for (size_t at = 10; at < packed.size(); ++at) {
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const Result<std::string> read = gunzip(damaged, 1 << 20);
    EXPECT_FALSE(read && *read != noise(3000)) << at;
    damaged[at] = packed[at];
  }
  EXPECT_EQ(gunzip("plain text", 100).error().code, collector::kNotPayload);
  EXPECT_FALSE(gunzip(packed + "behind", 1 << 20));
}

TEST(Gzip, ReadsSeveralPartsAsOne) {
  const Result<std::string> read = gunzip(*gzip("one ") + *gzip("two"), 7);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, "one two");
  EXPECT_EQ(gunzip(*gzip("one ") + *gzip("two"), 6).error().code, collector::kPayloadTooLarge);
}

}  // namespace
}  // namespace alibi::payload
