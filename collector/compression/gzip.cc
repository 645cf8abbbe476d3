#include "collector/compression/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <climits>

#include "collector/model/error_codes.h"

namespace alibi::compression {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, and gzip's header and checksum
constexpr int kMemoryLevel = 8;       // zlib's default
constexpr size_t kFirstOutput = 64 * 1024;

Error damaged(const char* why) {
  return Error{collector::kNotPayload, 0, std::string("a body said to be gzip cannot be unpacked: ") + why};
}

Error too_large(size_t most_bytes) {
  return Error{collector::kPayloadTooLarge, 0,
               "a gzip body unpacks into more than " + std::to_string(most_bytes) + " bytes"};
}

class Inflation {
 public:
  explicit Inflation(std::string_view bytes) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write there
    stream_.avail_in = static_cast<uInt>(bytes.size());
    ready_ = inflateInit2(&stream_, kGzipWindow) == Z_OK;
  }
  ~Inflation() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;

  bool ready() const { return ready_; }
  bool input_left() const { return stream_.avail_in != 0; }
  bool output_left() const { return stream_.avail_out != 0; }
  bool restart() { return inflateReset(&stream_) == Z_OK; }

  // Fills what is free of `out` behind `*written`.
  int run(std::string* out, size_t* written) {
    stream_.next_out = reinterpret_cast<Bytef*>(out->data() + *written);
    stream_.avail_out = static_cast<uInt>(std::min<size_t>(out->size() - *written, UINT_MAX));
    const uInt before = stream_.avail_out;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    *written += before - stream_.avail_out;
    return status;
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

}  // namespace

bool is_gzip(std::string_view bytes) {
  return bytes.starts_with("\x1f\x8b");
}

Result<std::string> gzip(std::string_view bytes, int level) {
  const Error failed{ErrorCode::kOutOfMemory, 0,
                     "cannot pack a body of " + std::to_string(bytes.size()) + " bytes with gzip"};
  if (bytes.size() > UINT_MAX) return failed;
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
    return failed;
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int status = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) return failed;
  return packed;
}

Result<std::string> gunzip(std::string_view bytes, size_t most_bytes) {
  if (bytes.size() > UINT_MAX) return too_large(most_bytes);
  if (!is_gzip(bytes)) return damaged("it does not begin like gzip");
  Inflation inflation(bytes);
  if (!inflation.ready()) return Error{ErrorCode::kOutOfMemory, 0, "cannot unpack a gzip body"};
  // A byte more than allowed tells too much from just enough.
  const size_t most = most_bytes == SIZE_MAX ? most_bytes : most_bytes + 1;
  std::string out(std::min(most, std::max(kFirstOutput, bytes.size() * 4)), '\0');
  size_t written = 0;
  while (true) {
    const int status = inflation.run(&out, &written);
    if (written > most_bytes) return too_large(most_bytes);
    if (status == Z_STREAM_END) {
      if (!inflation.input_left()) break;
      if (!inflation.restart()) return damaged("another part cannot be begun");
      continue;
    }
    if (status == Z_MEM_ERROR) return Error{ErrorCode::kOutOfMemory, 0, "cannot unpack a gzip body"};
    if (status != Z_OK && status != Z_BUF_ERROR) return damaged("its data are damaged");
    if (inflation.output_left()) return damaged("it is cut short");
    if (written == out.size()) out.resize(std::min(most, out.size() * 2));
  }
  out.resize(written);
  return out;
}

}  // namespace alibi::compression
