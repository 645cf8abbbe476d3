#include <gtest/gtest.h>

#include "collector/serve/charts.h"
#include "collector/serve/html.h"
#include "collector/serve/line_text.h"
#include "collector/serve/page_parts.h"
#include "collector/serve/stack_text.h"
#include "collector/serve/style.h"

namespace alibi::serve {
namespace {

TEST(Html, EscapesWhatMeansSomethingAndShowsControlCharacters) {
  EXPECT_EQ(escaped("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
  EXPECT_EQ(escaped(std::string_view("a\0b\x1b\x7f\r", 6)), "a␀b␛␡␍");
  EXPECT_EQ(escaped("a\n\tb"), "a\n\tb");
}

TEST(Html, ClipsBetweenLetters) {
  EXPECT_EQ(clipped("äöü", 3), "äöü");
  EXPECT_EQ(clipped("äöü", 2), "äö…");
  EXPECT_EQ(clipped("", 2), "");
  EXPECT_EQ(clipped("\x80\x80", 1), "\x80\x80");  // no letter begins here, and nothing is read behind the end
}

TEST(Html, SaysHowLongAgoAMomentWas) {
  constexpr uint64_t kSecond = 1'000'000'000, kNow = 1'795'251'772 * kSecond;
  EXPECT_EQ(age_text(0, kNow), "never");
  EXPECT_EQ(age_text(kNow, kNow), "just now");
  EXPECT_EQ(age_text(kNow - 61 * kSecond, kNow), "1 min ago");
  EXPECT_EQ(age_text(kNow - 7200 * kSecond, kNow), "2 h ago");
  EXPECT_EQ(age_text(kNow - 3 * 86400 * kSecond, kNow), "3 days ago");
  EXPECT_EQ(age_text(kNow - 100 * 86400 * kSecond, kNow), "2026-08-13");
  EXPECT_EQ(age_text(kNow + kSecond, kNow), moment_text(kNow + kSecond));  // another machine's clock
}

TEST(Html, WritesNumbersForPeople) {
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(100'000), "100,000");
  EXPECT_EQ(count_text(1'234'567), "1,234,567");
  EXPECT_EQ(duration_text(0), "0 ms");
  EXPECT_EQ(duration_text(2'500'000), "2.5 ms");
  EXPECT_EQ(duration_text(250'000'000), "250 ms");
  EXPECT_EQ(lines_text({1, 2, 3, 7}), "1–3, 7");
}

TEST(Html, PagesForbidWhatIsNotTheirs) {
  const Answer answer = page("<b>", "", "/tests");
  EXPECT_NE(answer.body.find("<title>&lt;b&gt; · Alibi</title>"), std::string::npos);
  EXPECT_NE(answer.body.find("<a href=\"/tests\" aria-current=\"page\">"), std::string::npos);
  EXPECT_EQ(answer.headers.front().first, "Content-Security-Policy");
  EXPECT_EQ(answer.headers.front().second.find("unsafe"), std::string::npos);
  EXPECT_EQ(std::string_view(style_sheet()).find("url("), std::string_view::npos);
}

TEST(PageParts, NameTestsWithTheirParameters) {
  EXPECT_EQ(parameters_text(""), "");
  EXPECT_EQ(parameters_text(R"({"metadata":{"test_name":"test_rates[de]"}})"), "[de]");
  EXPECT_EQ(parameters_text(R"({"arguments":{"a":1}})"), R"( {"arguments":{"a":1}})");
  EXPECT_EQ(parameters_text("{"), " {");
  EXPECT_EQ(parameters_text(R"({"metadata":7})"), R"( {"metadata":7})");
  EXPECT_EQ(owners_text(R"(["@a","@b",3])"), "@a, @b");
  EXPECT_EQ(owners_text("somebody"), "somebody");
}

TEST(PageParts, CellsOfATableKnowTheirColumns) {
  Html html;
  {
    Table table("All <of> it", {{"Name"}, {"Runs", true}}, &html);
    table.row().text("a").number(1000);
    table.row().text("b");
  }
  const std::string text = html.take();
  EXPECT_NE(text.find("<caption>All &lt;of&gt; it</caption>"), std::string::npos);
  EXPECT_NE(
      text.find("<td data-label=\"Name\">a</td>\n<td data-label=\"Runs\" class=\"number\">1,000</td>\n</tr>"),
      std::string::npos);
  EXPECT_NE(text.find("<td data-label=\"Name\">b</td>\n</tr>\n</tbody>\n</table>"), std::string::npos);
}

TEST(PageParts, AStatusIsASignAndAWord) {
  Html html;
  add_status(Status::kSkip, kSkippedByItr, &html);
  const std::string text = html.take();
  EXPECT_NE(text.find("<svg"), std::string::npos);
  EXPECT_NE(text.find("left out"), std::string::npos);
}

TEST(Stacks, LeaveAwayTheFramesOfThePythonRunner) {
  const std::string runner =
      "  File \"/usr/lib/python3/dist-packages/_pytest/runner.py\", line 339, in from_call\n"
      "    result = func()\n             ^^^^^^\n"
      "  File \"/usr/lib/python3/dist-packages/pluggy/_callers.py\", line 39, in _multicall\n";
  const std::string own =
      "  File \"/home/u/tests/test_a.py\", line 3, in test_a\n    assert 0\nAssertionError\n";
  const std::string opening = "Traceback (most recent call last):\n";
  EXPECT_EQ(without_runner(opening + runner + own), opening + "  … 2 frames of the test runner\n" + own);
  EXPECT_EQ(without_runner(opening + own + runner), opening + own + runner);
  EXPECT_EQ(without_runner(opening + runner), opening + runner);  // nothing else is left
  EXPECT_EQ(without_runner(runner), runner);
  EXPECT_EQ(without_runner(""), "");
  EXPECT_EQ(without_runner(opening + "  File \""), opening + "  File \"");
}

TEST(Charts, SaySharesInWordsAndShowTheSmallestOne) {
  EXPECT_EQ(share_bar({{"pass", "passed", 0}}), "");
  const std::string text =
      share_bar({{"fail", "failed", 1}, {"pass", "passed", 1'000'000}, {"skip", "skipped", 0}});
  EXPECT_NE(text.find("<title>1 failed, 1,000,000 passed</title>"), std::string::npos);
  EXPECT_NE(text.find("<rect class=\"fail\" x=\"0\" y=\"0\" width=\"12\""), std::string::npos);
  EXPECT_EQ(text.find("class=\"skip\""), std::string::npos);
}

TEST(Charts, BarsStayInTheirDrawingWhateverTheValues) {
  const std::string text = bar_chart(
      {{{{"pass", UINT64_MAX / 2}, {"fail", UINT64_MAX / 2}}, "<b>", "fail"}, {{{"pass", 0}}, "", ""}},
      "two");
  EXPECT_NE(text.find("&lt;b&gt;"), std::string::npos);
  EXPECT_EQ(text.find("\"-"), std::string::npos);  // no coordinate is negative
  EXPECT_EQ(text.find(" -"), std::string::npos);
  EXPECT_NE(text.find("height=\"0\""), std::string::npos);
}

}  // namespace
}  // namespace alibi::serve
