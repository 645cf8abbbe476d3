// Where this library's C++ objects live: not in the program's heap. A signal handler that interrupts malloc
// may open a file, and the recorder must then not enter malloc again; a program that brings its own malloc
// never sees us. Bump allocation out of mapped chunks with a list of free blocks per size; memory is never
// given back, the recorder keeps little. Callers hold the recorder's lock, with signals blocked.
//
// Left out of sanitized builds, which need their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <sys/mman.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

namespace {

constexpr size_t kChunk = 64 * 1024;
constexpr size_t kSmallest = 32;
constexpr size_t kLargestBlock = 16 * 1024;  // larger ones are mapped one by one and unmapped again
constexpr size_t kSizes = std::bit_width(kLargestBlock / kSmallest);

struct alignas(16) Head {
  size_t bytes;  // of the block with its head
};
struct Free {
  Free* next;
};

constinit Free* free_blocks[kSizes] = {};
constinit std::byte* chunk_next = nullptr;
constinit std::byte* chunk_end = nullptr;

void* mapped(size_t bytes) {
  void* const found = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return found == MAP_FAILED ? nullptr : found;
}

void* headed(void* block, size_t bytes) {
  if (block == nullptr) return nullptr;
  static_cast<Head*>(block)->bytes = bytes;
  return static_cast<Head*>(block) + 1;
}

void* allocate(size_t wanted) {
  if (wanted > PTRDIFF_MAX) return nullptr;
  const size_t needed = wanted + sizeof(Head);
  if (needed > kLargestBlock) {
    const size_t bytes = (needed + 4095) & ~size_t{4095};
    return headed(mapped(bytes), bytes);
  }
  const size_t bytes = std::bit_ceil(needed < kSmallest ? kSmallest : needed);
  Free*& list = free_blocks[std::bit_width(bytes / kSmallest) - 1];
  if (list != nullptr) {
    Free* const block = list;
    list = block->next;
    return headed(block, bytes);
  }
  if (static_cast<size_t>(chunk_end - chunk_next) < bytes) {
    auto* const chunk = static_cast<std::byte*>(mapped(kChunk));
    if (chunk == nullptr) return nullptr;
    chunk_next = chunk;
    chunk_end = chunk + kChunk;
  }
  std::byte* const block = chunk_next;
  chunk_next += bytes;
  return headed(block, bytes);
}

void release(void* memory) {
  if (memory == nullptr) return;
  Head* const head = static_cast<Head*>(memory) - 1;
  const size_t bytes = head->bytes;
  if (bytes > kLargestBlock) {
    ::munmap(head, bytes);
    return;
  }
  Free* const block = reinterpret_cast<Free*>(head);
  Free*& list = free_blocks[std::bit_width(bytes / kSmallest) - 1];
  block->next = list;
  list = block;
}

}  // namespace

void* operator new(size_t bytes) {
  void* const memory = allocate(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new[](size_t bytes) {
  return operator new(bytes);
}
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  return allocate(bytes);
}
void* operator new[](size_t bytes, const std::nothrow_t&) noexcept {
  return allocate(bytes);
}
// What was allocated stands just below what is handed out.
void* operator new(size_t bytes, std::align_val_t alignment) {
  const size_t align = static_cast<size_t>(alignment);
  void* const memory = allocate(bytes + align + sizeof(void*));
  if (memory == nullptr) throw std::bad_alloc();
  const uintptr_t lowest = reinterpret_cast<uintptr_t>(memory) + sizeof(void*);
  void** const aligned = reinterpret_cast<void**>((lowest + align - 1) & ~(align - 1));
  aligned[-1] = memory;
  return aligned;
}
void operator delete(void* memory, std::align_val_t) noexcept {
  if (memory != nullptr) release(static_cast<void**>(memory)[-1]);
}
void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  if (memory != nullptr) release(static_cast<void**>(memory)[-1]);
}
void operator delete(void* memory) noexcept {
  release(memory);
}
void operator delete[](void* memory) noexcept {
  release(memory);
}
void operator delete(void* memory, size_t) noexcept {
  release(memory);
}
void operator delete[](void* memory, size_t) noexcept {
  release(memory);
}

#endif
