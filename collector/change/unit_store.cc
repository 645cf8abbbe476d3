#include "collector/change/unit_store.h"

#include <zstd.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "collector/change/units_json.h"
#include "collector/model/error_codes.h"
#include "collector/process/child_process.h"
#include "collector/store/disk.h"
#include "tracer/model/fingerprint.h"

namespace alibi::change {
namespace {

constexpr int kCompressionLevel = 1;
constexpr size_t kLargestUnits = size_t{1} << 30;
constexpr std::chrono::seconds kPatience{600};

std::string file_name_part(const std::string& version) {
  std::string part = version;
  std::replace_if(
      part.begin(), part.end(), [](char letter) { return letter == '/' || letter == ' '; }, '-');
  return part;
}

}  // namespace

UnitStore::UnitStore(const std::string& data, Interpreter interpreter, KeepUnits keep, NameTable* names)
    : directory_(data + "/units"), interpreter_(std::move(interpreter)), keep_(keep), names_(*names) {
  tag_ = std::string(kUnitsFormat) + "-" + file_name_part(interpreter_.version);
}

std::string UnitStore::path_of(const Hash128& hash) const {
  const std::string digits = model::to_hex(hash);
  return directory_ + "/" + digits.substr(0, 2) + "/" + digits.substr(2) + "-" + tag_ + ".zst";
}

std::shared_ptr<const FileUnits> UnitStore::kept(const Hash128& hash) {
  if (keep_ == KeepUnits::kIgnore) return nullptr;
  const Result<std::string> packed = store::read_file(path_of(hash));
  if (!packed) return nullptr;
  const unsigned long long size = ZSTD_getFrameContentSize(packed->data(), packed->size());
  if (size == 0 || size > kLargestUnits) return nullptr;  // the error values are huge numbers
  std::string line(size, '\0');
  const size_t unpacked = ZSTD_decompress(line.data(), line.size(), packed->data(), packed->size());
  if (ZSTD_isError(unpacked) != 0 || unpacked != line.size()) return nullptr;
  Result<FileUnits> units = parse_units(line, &names_);
  return units ? std::make_shared<const FileUnits>(std::move(*units)) : nullptr;
}

void UnitStore::keep(const Hash128& hash, std::string_view line) {
  if (keep_ != KeepUnits::kYes) return;
  const std::string path = path_of(hash);
  std::string packed(ZSTD_compressBound(line.size()), '\0');
  const size_t size =
      ZSTD_compress(packed.data(), packed.size(), line.data(), line.size(), kCompressionLevel);
  if (ZSTD_isError(size) != 0) return;
  packed.resize(size);
  // Not kept is asked again: no reason to trouble anyone.
  if (!store::make_directories(path.substr(0, path.rfind('/'))).ok()) return;
  (void)store::write_file(path, packed, store::Durability::kUnsynced).ok();
}

std::vector<std::shared_ptr<const FileUnits>> UnitStore::units_of(const std::vector<Wanted>& wanted) {
  std::vector<std::shared_ptr<const FileUnits>> answers(wanted.size());
  std::vector<Missing> missing;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const std::string digits = model::to_hex(wanted[i].hash);
    if (const auto known = loaded_.find(digits); known != loaded_.end()) {
      answers[i] = known->second;
    } else if (answers[i] = kept(wanted[i].hash); answers[i] != nullptr) {
      loaded_.emplace(digits, answers[i]);
    } else if (Result<std::string> content = wanted[i].content(); content.ok()) {
      missing.push_back({i, std::move(*content)});
    } else {
      problems_.push_back(wanted[i].name + ": " + content.error().message);
    }
  }
  if (!missing.empty()) ask(wanted, missing, &answers);
  return answers;
}

std::vector<std::string> Interpreter::extractor() const {
  if (version.starts_with("cruby ")) return {python, "--disable-gems", "-W0", program};
  if (program.empty()) return {python, "-I", "-X", "utf8", "-m", "testalibi.source_units"};
  return {python, "-I", "-X", "utf8", "-S", program};
}

void UnitStore::ask(const std::vector<Wanted>& wanted, const std::vector<Missing>& missing,
                    std::vector<std::shared_ptr<const FileUnits>>* answers) {
  std::string request;
  for (const Missing& each : missing) {
    // Names of files need not be UTF-8; this one is only for messages.
    const nlohmann::json header = {{"name", wanted[each.place].name}, {"bytes", each.content.size()}};
    request += header.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n" + each.content;
  }
  const std::vector<std::string> command = interpreter_.extractor();
  asked_ += missing.size();
  Result<process::ChildOutput> output = process::run_child(command, request, {kPatience});
  if (!output) {
    problems_.push_back(output.error().message);
    return;
  }
  std::string_view rest = output->text;
  for (const Missing& each : missing) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      problems_.push_back(interpreter_.python + " read only a part of the sources: " + output->last_error);
      return;
    }
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    Result<FileUnits> units = parse_units(line, &names_);
    if (!units) {
      problems_.push_back(wanted[each.place].name + ": " + units.error().message);
      continue;
    }
    auto shared = std::make_shared<const FileUnits>(std::move(*units));
    (*answers)[each.place] = shared;
    loaded_.emplace(model::to_hex(wanted[each.place].hash), shared);
    keep(wanted[each.place].hash, line);
  }
}

}  // namespace alibi::change
