#include "tracer/shard/reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "tracer/base/file_system.h"
#include "tracer/base/hash.h"
#include "tracer/shard/nursery.h"
#include "tracer/shard/parser.h"

namespace alibi::shard {
namespace {

constexpr uint64_t kLargestShard = uint64_t{8} << 30;  // held in memory at once

Result<void> check(const FileHeader& header) {
  if (header.magic != kFileMagic)
    return Error{ErrorCode::kNotAShard, 0, "no shard: its first bytes are others"};
  if (header.version < kOldestVersion || header.version > kNurseryVersion) {
    return Error{ErrorCode::kUnknownVersion, 0, "shard of format version " + std::to_string(header.version)};
  }
  if (header.header_bytes != sizeof(FileHeader) ||
      header.checksum != hash64(&header, offsetof(FileHeader, checksum))) {
    return Error{ErrorCode::kNotAShard, 0, "the header of the shard is damaged"};
  }
  return {};
}

std::unique_ptr<uint64_t[]> words_for(size_t length) {
  return std::unique_ptr<uint64_t[]>(new (std::nothrow) uint64_t[length / sizeof(uint64_t) + 1]);
}

}  // namespace

Result<Shard> Shard::read(const std::string& path) {
  Result<Shard> shard = read_file(path);
  if (shard.ok() || shard.error().os_error != ENOENT) return shard;
  const Result<std::vector<std::byte>> place = read_place(path);
  if (!place.ok()) return shard;
  Result<Shard> placed = from_bytes(*place);
  if (placed.ok()) return placed;
  Error error = std::move(placed).error();
  error.message = path + ": " + error.message;
  return error;
}

Result<Shard> Shard::read_file(const std::string& path) {
  const FileSystem& files = FileSystem::real();
  const Result<UniqueFd> file = files.open_to_read(path);
  if (!file.ok()) return file.error();
  const Result<FileStatus> status = files.status(*file);
  if (!status.ok()) return status.error();
  if (status->type != FileType::kRegular)
    return Error{ErrorCode::kNotAShard, 0, path + " is not a regular file"};
  if (status->size > kLargestShard)
    return Error{ErrorCode::kCannotRead, 0, path + " is larger than any shard"};

  const auto size = static_cast<size_t>(status->size);
  std::unique_ptr<uint64_t[]> words = words_for(size);
  if (words == nullptr) return Error{ErrorCode::kOutOfMemory, 0, "no memory to read " + path};
  auto* const bytes = reinterpret_cast<std::byte*>(words.get());
  size_t length = 0;
  while (length < size) {
    const Result<size_t> got = files.read(*file, {bytes + length, size - length});
    if (!got.ok()) return os_error(ErrorCode::kCannotRead, got.error().os_error, "cannot read " + path);
    if (*got == 0) break;  // became shorter meanwhile
    length += *got;
  }
  Result<Shard> shard = parse(std::move(words), length);
  if (shard.ok()) return shard;
  Error error = std::move(shard).error();
  error.message = path + ": " + error.message;
  return error;
}

Result<Shard> Shard::from_bytes(std::span<const std::byte> bytes) {
  std::unique_ptr<uint64_t[]> words = words_for(bytes.size());
  if (words == nullptr) return Error{ErrorCode::kOutOfMemory, 0, "no memory for the bytes of a shard"};
  if (!bytes.empty()) std::memcpy(words.get(), bytes.data(), bytes.size());
  return parse(std::move(words), bytes.size());
}

Result<Shard> Shard::parse(std::unique_ptr<uint64_t[]> words, size_t length) {
  if (length < sizeof(FileHeader)) return Error{ErrorCode::kNotAShard, 0, "no shard: too short for a header"};
  Shard shard;
  shard.bytes_ = std::move(words);
  shard.file_bytes = length;
  std::memcpy(&shard.header, shard.bytes_.get(), sizeof shard.header);
  if (auto valid = check(shard.header); !valid.ok()) return std::move(valid).error();
  ShardParser(&shard, {reinterpret_cast<const std::byte*>(shard.bytes_.get()), length}).parse();
  return shard;
}

DefinitionCounts Shard::definitions_before(uint64_t offset) const {
  const auto count = [offset](const auto& records) {
    const auto end = std::partition_point(records.begin(), records.end(),
                                          [offset](const auto& record) { return record.offset < offset; });
    return static_cast<size_t>(end - records.begin());
  };
  return {count(files), count(codes), count(names), count(contexts)};
}

}  // namespace alibi::shard
