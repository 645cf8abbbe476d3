#include "tracer/crash/report_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tracer/base/hash.h"

namespace alibi::crash {

bool write_all(int file, const void* from, size_t length) {
  const char* at = static_cast<const char*>(from);
  while (length != 0) {
    const ssize_t written = ::write(file, at, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    length -= static_cast<size_t>(written);
  }
  return true;
}

bool ReportWriter::open(const char* path, ReportKind kind) {
  file_ = ::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file_ < 0) return false;
  records_ = 0;
  FileHeader header{};
  std::memcpy(header.magic, kMagic, sizeof header.magic);
  header.version = kVersion;
  header.kind = static_cast<uint32_t>(kind);
  write_all(file_, &header, sizeof header);
  return true;
}

void ReportWriter::close() {
  if (file_ < 0) return;
  begin(RecordType::kEnd);
  u32(records_);
  end();
  ::close(file_);
  file_ = -1;
}

void ReportWriter::begin(RecordType type) {
  type_ = static_cast<uint32_t>(type);
  used_ = 0;
}

void ReportWriter::bytes(const void* from, size_t length) {
  if (length > kLongestPayload - used_) return;
  std::memcpy(buffer_ + sizeof(RecordHeader) + used_, from, length);
  used_ += length;
}

void ReportWriter::text(const char* characters, size_t length) {
  if (kLongestPayload - used_ < sizeof(uint32_t)) return;
  length = std::min(length, kLongestPayload - used_ - sizeof(uint32_t));
  u32(static_cast<uint32_t>(length));
  bytes(characters, length);
}

char* ReportWriter::room(size_t* size) {
  *size = kLongestPayload - used_ - sizeof(uint32_t);
  return reinterpret_cast<char*>(buffer_) + sizeof(RecordHeader) + used_ + sizeof(uint32_t);
}

void ReportWriter::kept(size_t length) {
  u32(static_cast<uint32_t>(length));
  used_ += length;
}

void ReportWriter::end() {
  if (file_ < 0) return;
  const RecordHeader header{type_, static_cast<uint32_t>(used_),
                            hash64(buffer_ + sizeof(RecordHeader), used_, type_)};
  std::memcpy(buffer_, &header, sizeof header);
  size_t length = sizeof header + used_;
  for (; length % 8 != 0; ++length) buffer_[length] = 0;
  write_all(file_, buffer_, length);
  ++records_;
}

}  // namespace alibi::crash
