#include "collector/plan_folder/discovery_cache.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "collector/model/plan_errors.h"
#include "collector/plan_folder/go_json.h"
#include "collector/plan_folder/json_fields.h"
#include "collector/store/disk.h"
#include "tracer/base/hash.h"

namespace alibi::plan_folder {
namespace {

using nlohmann::json;

constexpr char kMetadata[] = "_ddtest_discovery_cache_metadata";
constexpr char kHashes[] = "alibiFileHashes";
constexpr uint64_t kSchema = 1;
constexpr uint64_t kLongest = uint64_t{512} << 20;

Error unreadable(const std::string& what) {
  return {collector::kPlanFullResults, 0, what};
}

std::string_view trimmed(std::string_view line) {
  constexpr char kBlanks[] = " \t\r";
  const size_t first = line.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// "key":"value" as Go writes it.
void add_field(std::string* line, const char* key, const std::string& value) {
  if (line->back() != '{') *line += ',';
  *line += go_quoted(key) + ":" + go_quoted(value);
}

std::string test_line(const CachedTest& test) {
  std::string line = "{";
  add_field(&line, "name", test.name);
  add_field(&line, "suite", test.suite);
  add_field(&line, "module", test.module);
  add_field(&line, "parameters", test.parameters);
  add_field(&line, "suiteSourceFile", test.file);
  return line + "}\n";
}

// Names of files may be any bytes: pairs, as in plan.json.
std::string hashes_value(const std::map<std::string, std::string>& hashes) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& [file, hash] : hashes) list.push_back({json_text(file), json_text(hash)});
  return list.dump();
}

Result<DiscoveryMetadata> read_metadata(const json& object) {
  DiscoveryMetadata metadata;
  std::string fault;
  const JsonFields fields(object, kMetadata, &fault);
  metadata.schema = fields.number("schemaVersion", UINT32_MAX);
  metadata.source_commit = text_of(object, "sourceCommit");
  metadata.terms = {text_of(object, "platform"), text_of(object, "framework"),
                    text_of(object, "testsLocation"), text_of(object, "testsExcludePattern")};
  if (fault.empty() && fields.has(kHashes)) metadata.file_hashes = fields.pairs(kHashes);
  if (!fault.empty()) return unreadable(fault);
  return metadata;
}

// Tests and, when it is there, the metadata of the last line.
struct Lines {
  std::vector<CachedTest> tests;
  json metadata;  // null: the last line has none
};

Result<Lines> read_lines(std::string_view bytes) {
  Lines read;
  size_t number = 0;
  while (!bytes.empty()) {
    ++number;
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::string_view line = trimmed(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (line.empty()) continue;
    json object = json::parse(line, nullptr, false);
    if (!object.is_object()) return unreadable("line " + std::to_string(number) + " is not a JSON object");
    const auto metadata = object.find(kMetadata);
    read.metadata = metadata == object.end() ? json() : *metadata;
    if (metadata != object.end() && !metadata->is_null()) continue;
    read.tests.push_back({text_of(object, "name"), text_of(object, "suite"), text_of(object, "module"),
                          text_of(object, "parameters"), text_of(object, "suiteSourceFile")});
  }
  if (read.tests.empty()) return unreadable("it holds no test");
  return read;
}

// The folder of the tests: the first part of their pattern and all below it.
std::string root_pattern(std::string pattern) {
  if (pattern.starts_with("./")) pattern.erase(0, 2);
  const size_t slash = pattern.find('/');
  return slash == std::string::npos ? pattern : pattern.substr(0, slash) + "/**";
}

std::string why_files_differ(const std::map<std::string, std::string>& then,
                             const std::map<std::string, std::string>& now) {
  for (const auto& [file, hash] : then) {
    const auto found = now.find(file);
    if (found == now.end()) return file + " is gone";
    if (found->second != hash) return file + " changed";
  }
  for (const auto& [file, hash] : now) {
    if (!then.contains(file)) return file + " is new";
  }
  return "";
}

std::string why_history_differs(const DiscoveryMetadata& metadata, const DiscoveryHistory& history) {
  if (metadata.source_commit.empty()) return "it names no commit";
  if (!history.has_commit(metadata.source_commit))
    return "its commit " + metadata.source_commit + " is not here";
  const Result<std::vector<std::string>> changed = history.changed_since(metadata.source_commit);
  if (!changed) return "what changed since its commit cannot be told: " + changed.error().message;
  const std::string root = root_pattern(metadata.terms.pattern);
  for (const std::string& path : *changed) {
    if (history.matches(root, path.starts_with("./") ? path.substr(2) : path)) {
      return path + " changed since its commit";
    }
  }
  return "";
}

}  // namespace

std::string hash_of_content(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  const uint64_t hash = hash64(bytes.data(), bytes.size());
  for (int shift = 60; shift >= 0; shift -= 4) hex += kHex[(hash >> shift) & 0xF];
  return hex;
}

std::string render_discovery(const DiscoveryCache& cache) {
  std::string bytes;
  for (const CachedTest& test : cache.tests) bytes += test_line(test);
  const DiscoveryTerms& terms = cache.metadata.terms;
  std::string line = "{\"schemaVersion\":" + std::to_string(cache.metadata.schema);
  add_field(&line, "sourceCommit", cache.metadata.source_commit);
  add_field(&line, "platform", terms.platform);
  add_field(&line, "framework", terms.framework);
  add_field(&line, "testsLocation", terms.pattern);
  add_field(&line, "testsExcludePattern", terms.exclude);
  if (!cache.metadata.file_hashes.empty()) {
    line += std::string(",") + go_quoted(kHashes) + ":" + hashes_value(cache.metadata.file_hashes);
  }
  return bytes + "\n{" + go_quoted(kMetadata) + ":" + line + "}}\n";  // the empty line is the peer's
}

Result<DiscoveryCache> parse_discovery(std::string_view bytes) {
  Result<Lines> lines = read_lines(bytes);
  if (!lines) return std::move(lines).error();
  if (!lines->metadata.is_object()) return unreadable(std::string("its last line has no ") + kMetadata);
  Result<DiscoveryMetadata> metadata = read_metadata(lines->metadata);
  if (!metadata) return std::move(metadata).error();
  return DiscoveryCache{std::move(lines->tests), *std::move(metadata)};
}

Result<std::vector<CachedTest>> parse_discovered_tests(std::string_view bytes) {
  Result<Lines> lines = read_lines(bytes);
  if (!lines) return std::move(lines).error();
  return std::move(lines->tests);
}

Result<DiscoveryCache> read_discovery(const std::string& path) {
  Result<store::InputFile> file = store::InputFile::open(path);
  if (!file) return Error{collector::kPlanFullResults, file.error().os_error, file.error().message};
  std::string bytes;
  if (Result<void> read = file->append(kLongest + 1, &bytes); !read) {
    return Error{collector::kPlanFullResults, read.error().os_error, read.error().message};
  }
  if (bytes.size() > kLongest) return unreadable(path + ": it is larger than any discovery");
  Result<DiscoveryCache> cache = parse_discovery(bytes);
  if (!cache) return unreadable(path + ": " + cache.error().message);
  return cache;
}

Result<void> write_discovery(const std::string& path, const DiscoveryCache& cache) {
  const size_t slash = path.find_last_of('/');
  Result<void> written =
      slash == std::string::npos ? Result<void>() : store::make_directories(path.substr(0, slash));
  if (written) written = store::write_file(path, render_discovery(cache), store::Durability::kUnsynced);
  if (written) return {};
  return Error{collector::kPlanCacheWrite, written.error().os_error, written.error().message};
}

std::string why_not_usable(const DiscoveryMetadata& metadata, const DiscoveryTerms& now,
                           const std::map<std::string, std::string>& hashes,
                           const DiscoveryHistory& history) {
  if (metadata.schema != kSchema) return "it is of schema " + std::to_string(metadata.schema);
  const DiscoveryTerms& then = metadata.terms;
  const auto differs = [](const char* what, const std::string& was, const std::string& is) {
    return was == is ? std::string()
                     : "it is of " + std::string(what) + " \"" + was + "\", not \"" + is + "\"";
  };
  for (const std::string& why :
       {differs("platform", then.platform, now.platform), differs("framework", then.framework, now.framework),
        differs("pattern", then.pattern, now.pattern),
        differs("exclude pattern", then.exclude, now.exclude)}) {
    if (!why.empty()) return why;
  }
  if (!metadata.file_hashes.empty()) return why_files_differ(metadata.file_hashes, hashes);
  return why_history_differs(metadata, history);
}

}  // namespace alibi::plan_folder
