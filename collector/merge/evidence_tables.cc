#include "collector/merge/evidence_tables.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

namespace alibi::collector {
namespace {

// Sorts `items` by content; the result maps old places to new ones.
template <typename T, typename Less>
std::vector<uint32_t> sort_table(std::vector<T>* items, Less less) {
  std::vector<uint32_t> order(items->size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](uint32_t left, uint32_t right) { return less((*items)[left], (*items)[right]); });
  std::vector<uint32_t> places(items->size());
  std::vector<T> sorted;
  sorted.reserve(items->size());
  for (uint32_t old : order) {
    places[old] = static_cast<uint32_t>(sorted.size());
    sorted.push_back(std::move((*items)[old]));
  }
  items->swap(sorted);
  return places;
}

// By its bytes, last one first, leaving out those in which all agree: a test's lines need two or three
// rounds, and comparing them would be half of what a merge costs.
template <typename Number>
void sort_numbers(std::vector<Number>* numbers) {
  constexpr size_t kFew = 100;
  constexpr int kByte = 8;
  constexpr size_t kValues = size_t{1} << kByte;
  if (std::is_sorted(numbers->begin(), numbers->end())) return;
  if (numbers->size() < kFew) return std::sort(numbers->begin(), numbers->end());
  Number differing = 0;
  for (Number number : *numbers) differing |= number ^ numbers->front();
  std::vector<Number> sorted(numbers->size());
  for (int shift = 0; shift < std::numeric_limits<Number>::digits; shift += kByte) {
    const auto byte_of = [shift](Number number) { return (number >> shift) & (kValues - 1); };
    if (byte_of(differing) == 0) continue;
    std::array<size_t, kValues> place{};
    for (Number number : *numbers) ++place[byte_of(number)];
    size_t before = 0;
    for (size_t& count : place) before += std::exchange(count, before);
    for (Number number : *numbers) sorted[place[byte_of(number)]++] = number;
    numbers->swap(sorted);
  }
}

auto unit_order(const CodeUnit& unit) {
  return std::tie(unit.file, unit.first_line, unit.qualified_name, unit.kind, unit.span, unit.scope_line,
                  unit.fingerprint, unit.names);
}

auto input_order(const Input& input) {
  return std::tie(input.kind, input.subject, input.state, input.hash, input.detail);
}

}  // namespace

template <typename T>
void make_set(std::vector<T>* items) {
  if constexpr (std::is_integral_v<T>)
    sort_numbers(items);
  else
    std::sort(items->begin(), items->end());
  items->erase(std::unique(items->begin(), items->end()), items->end());
}
template void make_set(std::vector<uint32_t>* items);
template void make_set(std::vector<uint64_t>* items);
template void make_set(std::vector<std::string>* items);
template void make_set(std::vector<StateWrite>* items);
template void make_set(std::vector<Function>* items);
template void make_set(std::vector<ImportedModule>* items);

void renumber(const std::vector<uint32_t>& table, std::vector<uint32_t>* indices) {
  for (uint32_t& index : *indices) index = table[index];
  make_set(indices);
}

void renumber_lines(const std::vector<uint32_t>& files, std::vector<LineKey>* lines) {
  for (LineKey& key : *lines) key = line_key(files[file_of_key(key)], line_of_key(key));
  make_set(lines);
}

std::vector<FileLines> group_by_file(const std::vector<LineKey>& lines) {
  std::vector<FileLines> files;
  for (LineKey key : lines) {
    if (files.empty() || files.back().file != file_of_key(key)) {
      files.push_back(FileLines{file_of_key(key), {}});
    }
    files.back().lines.push_back(line_of_key(key));
  }
  return files;
}

namespace {

// Of two sets. Each process describes a file with the same words, so that there is mostly nothing to add.
template <typename T>
void add_to_set(std::vector<T> more, std::vector<T>* set) {
  if (more == *set) return;
  set->insert(set->end(), more.begin(), more.end());
  make_set(set);
}

}  // namespace

uint32_t EvidenceTables::file(const model::FileRecord& record) {
  const auto [place, added] =
      file_numbers_.try_emplace(std::string(record.path), static_cast<uint32_t>(files_.size()));
  SourceFile found{std::string(record.path), record.size, record.hash, record.unreadable, false, {}, {}};
  if (added) {
    files_.push_back(std::move(found));
    return place->second;
  }
  // Two processes saw two contents: edited during the run. Which one is kept must not depend on the order.
  SourceFile& kept = files_[place->second];
  if (std::tie(kept.unreadable, kept.hash, kept.size) != std::tie(found.unreadable, found.hash, found.size)) {
    if (std::tie(found.unreadable, found.hash, found.size) <
        std::tie(kept.unreadable, kept.hash, kept.size)) {
      found.lines = std::move(kept.lines);
      found.functions = std::move(kept.functions);
      kept = std::move(found);
    }
    kept.edited = true;
  }
  return place->second;
}

void EvidenceTables::outline(const model::OutlineRecord& record, uint32_t file) {
  std::vector<uint32_t> lines;
  for (size_t place = 0; place < record.lines.size(); ++place) {
    for (unsigned bits = static_cast<unsigned char>(record.lines[place]); bits != 0; bits &= bits - 1) {
      lines.push_back(record.first_line + 8 * static_cast<uint32_t>(place) +
                      static_cast<uint32_t>(std::countr_zero(bits)));
    }
  }
  std::vector<Function> functions;
  for (const model::OutlineFunction& function : record.functions) {
    functions.push_back(Function{function.line, std::string(function.name)});
  }
  make_set(&functions);
  add_to_set(std::move(lines), &files_[file].lines);
  add_to_set(std::move(functions), &files_[file].functions);
}

uint32_t EvidenceTables::name(const model::NameReference& reference) {
  const auto [place, added] = name_numbers_.try_emplace(
      NameKey(static_cast<uint8_t>(reference.kind), reference.level, std::string(reference.name)),
      static_cast<uint32_t>(names_.size()));
  if (added) names_.push_back(NameReference{reference.kind, reference.level, std::string(reference.name)});
  return place->second;
}

uint32_t EvidenceTables::unit(const model::CodeRecord& record, uint32_t file,
                              const std::vector<model::NameReference>& names) {
  std::vector<uint32_t> references;
  references.reserve(names.size());
  for (const model::NameReference& reference : names) references.push_back(name(reference));
  make_set(&references);
  const auto [place, added] = unit_numbers_.try_emplace(
      UnitKey(file, record.first_line, record.span, static_cast<uint8_t>(record.kind), record.scope_line,
              record.fingerprint.low, record.fingerprint.high, std::string(record.qualified_name),
              references),
      static_cast<uint32_t>(units_.size()));
  if (added) {
    units_.push_back(CodeUnit{file, record.first_line, record.span, record.kind, record.scope_line,
                              record.fingerprint, std::string(record.qualified_name), std::move(references)});
  }
  return place->second;
}

uint32_t EvidenceTables::input(const model::InputRecord& record) {
  const auto [place, added] = input_numbers_.try_emplace(
      InputKey(static_cast<uint8_t>(record.kind), static_cast<uint8_t>(record.state), record.hash.low,
               record.hash.high, std::string(record.subject), std::string(record.detail)),
      static_cast<uint32_t>(inputs_.size()));
  if (added) {
    inputs_.push_back(Input{record.kind, record.state, record.hash, std::string(record.subject),
                            std::string(record.detail)});
  }
  return place->second;
}

uint32_t EvidenceTables::fixture(const model::ContextRecord& record) {
  const auto [place, added] = fixture_numbers_.try_emplace(
      FixtureKey(static_cast<uint8_t>(record.kind), std::string(record.name), std::string(record.scope)),
      static_cast<uint32_t>(fixtures_.size()));
  if (added) fixtures_.push_back(Fixture{record.kind, std::string(record.name), std::string(record.scope)});
  return place->second;
}

StatementContent* EvidenceTables::statement(uint32_t file, uint32_t line, uint32_t* index) {
  const auto [place, added] =
      statement_numbers_.try_emplace(line_key(file, line), static_cast<uint32_t>(statements_.size()));
  if (added) {
    statements_.emplace_back();
    statement_keys_.push_back(place->first);
  }
  *index = place->second;
  return &statements_[place->second];
}

std::vector<uint32_t> EvidenceTables::finish_files(SessionCoverage* coverage) {
  std::vector<uint32_t> places = sort_table(
      &files_, [](const SourceFile& left, const SourceFile& right) { return left.path < right.path; });
  coverage->files = std::move(files_);
  return places;
}

std::vector<uint32_t> EvidenceTables::finish_names(SessionCoverage* coverage) {
  std::vector<uint32_t> places = sort_table(&names_, std::less<>());
  coverage->names = std::move(names_);
  return places;
}

std::vector<uint32_t> EvidenceTables::finish_units(const Renumbering& renumbering,
                                                   SessionCoverage* coverage) {
  for (CodeUnit& unit : units_) {
    unit.file = renumbering.files[unit.file];
    renumber(renumbering.names, &unit.names);
  }
  std::vector<uint32_t> places = sort_table(&units_, [](const CodeUnit& left, const CodeUnit& right) {
    return unit_order(left) < unit_order(right);
  });
  coverage->units = std::move(units_);
  return places;
}

std::vector<uint32_t> EvidenceTables::finish_statements(const Renumbering& renumbering,
                                                        SessionCoverage* coverage) {
  std::vector<Statement> statements;
  statements.reserve(statements_.size());
  for (size_t index = 0; index < statements_.size(); ++index) {
    StatementContent& content = statements_[index];
    renumber_lines(renumbering.files, &content.lines);
    renumber(renumbering.units, &content.units);
    renumber(renumbering.files, &content.imports);
    renumber(renumbering.names, &content.names);
    const LineKey key = statement_keys_[index];
    statements.push_back(Statement{renumbering.files[file_of_key(key)], line_of_key(key),
                                   group_by_file(content.lines), std::move(content.units),
                                   std::move(content.imports), std::move(content.names)});
  }
  std::vector<uint32_t> places = sort_table(&statements, [](const Statement& left, const Statement& right) {
    return std::tie(left.file, left.line) < std::tie(right.file, right.line);
  });
  coverage->statements = std::move(statements);
  return places;
}

Renumbering EvidenceTables::finish(SessionCoverage* coverage) {
  Renumbering renumbering;
  renumbering.files = finish_files(coverage);
  renumbering.names = finish_names(coverage);
  renumbering.units = finish_units(renumbering, coverage);
  renumbering.inputs = sort_table(
      &inputs_, [](const Input& left, const Input& right) { return input_order(left) < input_order(right); });
  coverage->inputs = std::move(inputs_);
  renumbering.fixtures = sort_table(&fixtures_, std::less<>());
  coverage->fixtures = std::move(fixtures_);
  renumbering.statements = finish_statements(renumbering, coverage);
  return renumbering;
}

}  // namespace alibi::collector
