#include "collector/transport/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "collector/model/error_codes.h"

namespace alibi::transport {
namespace {

constexpr int kLevel = 1;             // a tenth larger than level 6 on payloads, at three times its speed
constexpr int kGzipWindow = 15 + 16;  // the largest window, with gzip's header and trailer
constexpr int kMemory = 8;
constexpr size_t kPiece = 64 * 1024;

Bytef* bytes_of(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib only reads them
}

Error damaged(const char* why) {
  return Error{ErrorCode::kInvalidArgument, 0, std::string("cannot unpack a gzip body: ") + why};
}

Error too_large() {
  return Error{collector::kAnswerTooLarge, 0, "cannot unpack a gzip body: it holds more than it may"};
}

}  // namespace

Result<std::string> gzip(std::string_view bytes) {
  if (bytes.size() > std::numeric_limits<uInt>::max() / 2)
    return Error{ErrorCode::kInvalidArgument, 0, "a body of more than 2 GiB cannot be packed"};
  z_stream stream{};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    return Error{ErrorCode::kOutOfMemory, 0, "cannot pack a body: no memory for gzip"};
  const std::unique_ptr<z_stream, decltype(&deflateEnd)> owner(&stream, deflateEnd);
  std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
    return Error{ErrorCode::kInternal, 0, "gzip needs more space than it said"};
  packed.resize(packed.size() - stream.avail_out);
  return packed;
}

Result<std::string> gunzip(std::string_view bytes, size_t largest) {
  if (bytes.size() > std::numeric_limits<uInt>::max() / 2) return damaged("it is too long");
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK)
    return Error{ErrorCode::kOutOfMemory, 0, "cannot unpack a body: no memory for gzip"};
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> owner(&stream, inflateEnd);
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string plain;
  int state = Z_OK;
  while (state == Z_OK) {
    const size_t filled = plain.size();
    plain.resize(std::min(filled + kPiece, largest + 1));
    if (plain.size() == filled) return too_large();
    stream.next_out = reinterpret_cast<Bytef*>(plain.data() + filled);
    stream.avail_out = static_cast<uInt>(plain.size() - filled);
    state = inflate(&stream, Z_NO_FLUSH);
    plain.resize(plain.size() - stream.avail_out);
    if (state == Z_OK && stream.avail_in == 0 && stream.avail_out != 0) return damaged("it ends early");
  }
  if (state == Z_BUF_ERROR) return damaged("it ends early");
  if (state != Z_STREAM_END) return damaged("it is not gzip");
  if (stream.avail_in != 0) return damaged("something follows its end");
  if (plain.size() > largest) return too_large();
  return plain;
}

}  // namespace alibi::transport
