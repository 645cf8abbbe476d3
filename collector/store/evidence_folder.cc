#include "collector/store/evidence_folder.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/store/disk.h"
#include "collector/store/evidence_format.h"
#include "tracer/base/hash.h"

namespace alibi::store {
namespace {

constexpr size_t kLongestId = 150;  // of the 255 bytes a file name may have
constexpr size_t kHashDigits = 16;
constexpr size_t kSuffixLength = sizeof kEvidenceSuffix - 1;
constexpr size_t kSectionsOfTables = 3;

std::string hash_digits(uint64_t hash) {
  char digits[kHashDigits + 1];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

// ".0123456789abcdef", or empty.
std::string_view hash_part(std::string_view name) {
  if (name.size() < kSuffixLength + kHashDigits + 1) return {};
  const std::string_view part = name.substr(name.size() - kSuffixLength - kHashDigits - 1, kHashDigits + 1);
  const auto is_digit = [](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
  };
  return part[0] == '.' && std::all_of(part.begin() + 1, part.end(), is_digit) ? part : std::string_view();
}

std::string_view last_part(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);
}

uint64_t padded(uint64_t bytes) {
  return (bytes + kSectionAlignment - 1) / kSectionAlignment * kSectionAlignment;
}

Error not_whole() {
  return Error{collector::kNotEvidence, 0, "its content is not what its name says: half-copied or damaged"};
}

}  // namespace

std::string evidence_name(const collector::SessionDescription& description, uint64_t content_hash) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%020llu",
                static_cast<unsigned long long>(description.started_unix_ns));
  std::string id = description.id.substr(0, kLongestId);
  for (char& letter : id) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' || letter == '_';
    if (!plain) letter = '_';
  }
  return std::string(digits) + "-" + id + "." + hash_digits(content_hash) + kEvidenceSuffix;
}

std::vector<EvidenceFile> evidence_files(const std::string& data) {
  std::vector<EvidenceFile> files;
  const std::string folder = data + "/evidence";
  for (std::string& name : names_in(folder)) {
    if (!name.ends_with(kEvidenceSuffix)) continue;
    EvidenceFile file;
    struct stat status {};
    if (::stat((folder + "/" + name).c_str(), &status) == 0) {
      file.bytes = static_cast<uint64_t>(status.st_size);
      file.changed_ns = static_cast<uint64_t>(status.st_ctim.tv_sec) * 1'000'000'000U +
                        static_cast<uint64_t>(status.st_ctim.tv_nsec);
    } else if (errno == ENOENT) {
      continue;  // removed since the folder was listed
    }
    file.name = std::move(name);
    files.push_back(std::move(file));
  }
  return files;
}

Result<WholeEvidence> read_evidence(const std::string& path) {
  Result<std::string> bytes = read_file(path);
  if (!bytes) return std::move(bytes).error();
  const uint64_t size = bytes->size();
  const uint64_t hash = hash64(bytes->data(), bytes->size());
  const std::string_view name = last_part(path);
  const std::string_view promised = hash_part(name);
  Result<EvidenceReader> reader = EvidenceReader::open(std::move(*bytes));
  // Another version may name its files by other rules.
  if (!reader && reader.error().code == collector::kEvidenceVersion) return std::move(reader).error();
  if (!promised.empty() && promised.substr(1) != hash_digits(hash)) return not_whole();
  if (!reader) return std::move(reader).error();
  std::string proper = evidence_name(reader->coverage().description, hash);
  if (!promised.empty() && proper != name) {
    return Error{collector::kNotEvidence, 0, "it was renamed: its content belongs into " + proper};
  }
  return WholeEvidence{std::move(*reader), size, std::move(proper)};
}

Result<EvidenceReader> read_evidence_tables(const std::string& path) {
  Result<InputFile> file = InputFile::open(path);
  if (!file) return std::move(file).error();
  // A length is believed only as far as the file goes; EvidenceReader checks what was read.
  std::string bytes;
  Result<void> read = file->append(sizeof(EvidenceHeader), &bytes);
  for (size_t section = 0; section < kSectionsOfTables && read.ok(); ++section) {
    const size_t start = bytes.size();
    SectionHeader header{};
    read = file->append(sizeof header, &bytes);
    if (!read || bytes.size() < start + sizeof header) break;
    std::memcpy(&header, bytes.data() + start, sizeof header);
    read = file->append(padded(std::min(header.compressed_bytes, kMostRawBytes)), &bytes);
  }
  if (!read) return std::move(read).error();
  return EvidenceReader::open(std::move(bytes));
}

uint64_t raw_bytes_of(std::string_view evidence) {
  uint64_t total = 0;
  for (size_t offset = sizeof(EvidenceHeader); offset + sizeof(SectionHeader) <= evidence.size();) {
    SectionHeader header{};
    std::memcpy(&header, evidence.data() + offset, sizeof header);
    total += header.raw_bytes;
    offset += sizeof header + padded(header.compressed_bytes);
  }
  return total;
}

}  // namespace alibi::store
