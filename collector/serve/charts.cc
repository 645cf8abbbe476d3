#include "collector/serve/charts.h"

#include <algorithm>

#include "collector/serve/html.h"

namespace alibi::serve {
namespace {

std::string rectangle(std::string_view kind, uint64_t x, uint64_t y, uint64_t width, uint64_t height) {
  return "<rect class=\"" + std::string(kind) + "\" x=\"" + std::to_string(x) + "\" y=\"" +
         std::to_string(y) + "\" width=\"" + std::to_string(width) + "\" height=\"" + std::to_string(height) +
         "\"/>";
}

const char* outline_of(std::string_view kind) {
  if (kind == "pass") return "M3 8.5l3.2 3.2L13 4.8";
  if (kind == "fail") return "M4 4l8 8M12 4l-8 8";
  if (kind == "skip") return "M3 8h10";
  if (kind == "out") return "M3 4l5 4-5 4M9 4l5 4-5 4";
  return "M4 8h.01M8 8h.01M12 8h.01";
}

std::string sign_path(std::string_view kind) {
  return std::string("<path d=\"") + outline_of(kind) +
         R"(" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/>)";
}

}  // namespace

std::string status_sign(std::string_view kind) {
  return R"(<svg class="sign" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">)" +
         sign_path(kind) + "</svg>";
}

std::string share_bar(const std::vector<Share>& shares) {
  constexpr uint64_t kWidth = 1000, kLeast = 12, kHeight = 10;
  uint64_t all = 0, present = 0;
  std::string label;
  for (const Share& share : shares) {
    all += share.count;
    present += share.count > 0 ? 1 : 0;
    if (share.count > 0) label += (label.empty() ? "" : ", ") + count_text(share.count) + " " + share.name;
  }
  if (all == 0) return {};
  std::string text = R"(<svg class="shares" role="img" viewBox="0 0 1000 10" preserveAspectRatio="none">)";
  text += "<title>" + label + "</title>";
  uint64_t x = 0;
  for (const Share& share : shares) {
    if (share.count == 0) continue;
    const auto part = static_cast<double>(share.count) / static_cast<double>(all);
    const uint64_t width =
        kLeast + static_cast<uint64_t>(part * static_cast<double>(kWidth - kLeast * present));
    text += rectangle(share.kind, x, 0, width, kHeight);
    x += width;
  }
  return text + "</svg>";
}

std::string bar_chart(const std::vector<Bar>& bars, std::string_view label) {
  constexpr uint64_t kStep = 12, kThick = 9, kHeight = 80, kAbove = 16;
  uint64_t most = 1;
  for (const Bar& bar : bars) {
    uint64_t sum = 0;
    for (const auto& [kind, value] : bar.parts) sum += value;
    most = std::max(most, sum);
  }
  const std::string width = std::to_string(bars.size() * kStep), height = std::to_string(kHeight + kAbove);
  std::string text = "<svg class=\"bars\" role=\"img\" width=\"" + width + "\" height=\"" + height +
                     "\" viewBox=\"0 0 " + width + " " + height + "\"><title>" + escaped(label) + "</title>";
  for (size_t i = 0; i < bars.size(); ++i) {
    const uint64_t x = i * kStep;
    text += "<g><title>" + escaped(bars[i].title) + "</title>";
    uint64_t top = kHeight + kAbove;
    for (const auto& [kind, value] : bars[i].parts) {
      const auto share = static_cast<double>(value) / static_cast<double>(most);
      const uint64_t tall = std::max<uint64_t>(value == 0 ? 0 : 2, static_cast<uint64_t>(share * kHeight));
      const uint64_t fits = std::min(tall, top - kAbove);
      top -= fits;
      text += rectangle(kind, x, top, kThick, fits);
    }
    if (*bars[i].sign != '\0')
      text += "<g class=\"" + std::string(bars[i].sign) + "\" transform=\"translate(" + std::to_string(x) +
              " " + std::to_string(top - kAbove + 4) + ") scale(.58)\">" + sign_path(bars[i].sign) + "</g>";
    text += "</g>";
  }
  return text + "</svg>";
}

}  // namespace alibi::serve
