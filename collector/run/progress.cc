#include "collector/run/progress.h"

namespace alibi::run {
namespace {

std::string clock_text(uint64_t ms) {
  const uint64_t seconds = (ms + 500) / 1000;
  const std::string rest = std::to_string(seconds % 60);
  return std::to_string(seconds / 60) + ":" + (rest.size() == 1 ? "0" : "") + rest;
}

// Cut where a character begins, so that no half of one is drawn.
std::string cut(std::string text, size_t width) {
  if (text.size() <= width) return text;
  while (width > 0 && (static_cast<unsigned char>(text[width]) & 0xc0) == 0x80) --width;
  text.resize(width);
  return text;
}

std::string harmless(const std::string& name) {
  std::string text;
  for (const char c : name) text += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? '?' : c;
  return text;
}

}  // namespace

std::string progress_text(const ProgressFacts& facts, size_t width) {
  std::string text = std::to_string(facts.done) + "/" + std::to_string(facts.total) + " done";
  if (facts.failed > 0) text += ", " + std::to_string(facts.failed) + " failed";
  if (facts.left_ms) text += ", " + clock_text(*facts.left_ms) + " left";
  for (size_t i = 0; i < facts.running.size(); ++i)
    text += (i == 0 ? ": " : ", ") + harmless(facts.running[i]);
  return cut(std::move(text), width);
}

bool Progress::is_due(int64_t now_ms) {
  if (where_ == Where::kNowhere || now_ms < next_ms_) return false;
  // The first line of a log comes with the first interval: short runs have none.
  const bool first = next_ms_ == 0;
  next_ms_ = now_ms + (where_ == Where::kTerminal ? 100 : 30'000);
  return !(first && where_ == Where::kLog);
}

std::optional<int64_t> Progress::next_at() const {
  if (where_ == Where::kNowhere) return std::nullopt;
  return next_ms_;
}

}  // namespace alibi::run
