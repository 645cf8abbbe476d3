#include "tracer/shard/nursery.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>
#include <string_view>

#include "tracer/shard/session_directory.h"

namespace alibi::shard {
namespace {

constexpr uint64_t kPlaceMask = kMostPlaces - 1;
constexpr uint64_t kFirstPlace = kSegmentAlignment;
constexpr size_t kPlacesAtOnce = 64;

uint64_t offset_of(uint64_t place) {
  return kFirstPlace + place * kPlaceBytes;
}

// The number of bytes read is smaller than asked for only at the end of the file.
Result<size_t> read_all(const UniqueFd& file, std::span<std::byte> into) {
  size_t length = 0;
  while (length < into.size()) {
    const Result<size_t> got = FileSystem::real().read(file, into.subspan(length));
    if (!got.ok()) return got.error();
    if (*got == 0) break;
    length += *got;
  }
  return length;
}

Result<UniqueFd> open_nursery(const std::string& path) {
  const FileSystem& files = FileSystem::real();
  Result<UniqueFd> file = files.open_to_read(path);
  if (!file.ok()) return file;
  const Result<FileStatus> status = files.status(*file);
  if (!status.ok()) return status.error();
  if (status->type != FileType::kRegular)
    return Error{ErrorCode::kNotAShard, 0, path + " is not a regular file"};
  std::byte page[kFirstPlace];
  const Result<size_t> length = read_all(*file, page);
  if (!length.ok()) return length.error();
  NurseryHeader header{};
  std::memcpy(&header, page, sizeof header);
  if (*length < sizeof page || header.magic != kNurseryMagic)
    return Error{ErrorCode::kNotAShard, 0, path + " holds no shards: its first bytes are others"};
  if (header.version != kNurseryVersion)
    return Error{ErrorCode::kUnknownVersion, 0,
                 path + ": shards of format version " + std::to_string(header.version)};
  return file;
}

}  // namespace

Result<std::unique_ptr<Nursery>> Nursery::create(const FileSystem& files, const std::string& directory,
                                                 uint64_t random, uint32_t places) {
  random &= ~kPlaceMask;
  if (places == 0 || places > kMostPlaces)
    return Error{ErrorCode::kInvalidArgument, 0, "number of places in a nursery"};
  const std::string path = directory + "/" + nursery_name(random);
  const Result<UniqueFd> file = files.create(path);
  if (!file.ok()) return file.error();
  Result<void> space = files.allocate(*file, 0, offset_of(places));
  Result<MappedFile> memory =
      space.ok() ? files.map(*file, 0, offset_of(places)) : Result<MappedFile>(std::move(space).error());
  if (!memory.ok()) {
    files.remove(path);
    return std::move(memory).error();
  }
  std::unique_ptr<Nursery> nursery(new (std::nothrow) Nursery(std::move(memory).value(), random));
  if (nursery == nullptr) return Error{ErrorCode::kOutOfMemory, 0, "no memory for a nursery"};
  auto* const header = reinterpret_cast<NurseryHeader*>(nursery->memory_.bytes());
  header->version = kNurseryVersion;
  std::atomic_ref(header->magic).store(kNurseryMagic, std::memory_order_release);
  return nursery;
}

uint32_t Nursery::places() const {
  return static_cast<uint32_t>((memory_.length() - kFirstPlace) / kPlaceBytes);
}

uint32_t Nursery::places_left() const {
  const std::atomic_ref taken(reinterpret_cast<NurseryHeader*>(memory_.bytes())->taken);
  return places() - std::min(places(), taken.load(std::memory_order_relaxed));
}

// A process that is killed right after it costs the place, no more.
std::optional<Place> Nursery::claim() {
  const std::atomic_ref taken(reinterpret_cast<NurseryHeader*>(memory_.bytes())->taken);
  // Without a look before: a child would pay for the page twice, once to read and once to write.
  const uint32_t place = taken.fetch_add(1, std::memory_order_relaxed);
  if (place >= places()) return std::nullopt;
  return Place{{memory_.bytes() + offset_of(place), kPlaceBytes}, random_ | place};
}

Result<std::vector<std::string>> shards_in_nursery(const std::string& path) {
  const Result<UniqueFd> file = open_nursery(path);
  if (!file.ok()) return file.error();
  const size_t name = path.rfind('/') + 1;
  const uint64_t random = nursery_random(std::string_view(path).substr(name));
  std::vector<std::string> names;
  std::vector<std::byte> places(kPlacesAtOnce * kPlaceBytes);
  for (uint64_t first = 0; first < kMostPlaces; first += kPlacesAtOnce) {
    const Result<size_t> length = read_all(*file, places);
    if (!length.ok()) return length.error();
    for (size_t at = 0; at + sizeof(FileHeader) <= *length; at += kPlaceBytes) {
      FileHeader header{};
      std::memcpy(&header, places.data() + at, sizeof header);
      // Whether it is what it says is its reader's to tell.
      if (header.magic == 0) continue;
      names.push_back(shard_name({header.process_id, 0, random | (first + at / kPlaceBytes)}));
    }
    if (*length < places.size()) break;
  }
  return names;
}

Result<std::vector<std::byte>> read_place(const std::string& shard_path) {
  const size_t name = shard_path.rfind('/') + 1;
  const std::optional<uint64_t> random = random_of_shard(std::string_view(shard_path).substr(name));
  if (!random.has_value()) return Error{ErrorCode::kNotAShard, 0, "no name of a shard"};
  const std::string path = shard_path.substr(0, name) + nursery_name(*random & ~kPlaceMask);
  const Result<UniqueFd> file = open_nursery(path);
  if (!file.ok()) return file.error();
  std::vector<std::byte> bytes(kPlaceBytes);
  const Result<size_t> length = FileSystem::real().read_at(*file, offset_of(*random & kPlaceMask), bytes);
  if (!length.ok()) return length.error();
  bytes.resize(*length);
  return bytes;
}

}  // namespace alibi::shard
