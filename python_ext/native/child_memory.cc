#include "child_memory.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
namespace alibi::python {
void use_child_memory() {}
}  // namespace alibi::python
#else

namespace {

constexpr size_t kPageBytes = 4096;
constexpr size_t kAlignment = __STDCPP_DEFAULT_NEW_ALIGNMENT__;
constexpr size_t kLargestBlock = 1024;
constexpr size_t kRoom = kPageBytes - kAlignment;

struct alignas(kPageBytes) Page {
  std::atomic<uint32_t> in_child{0};
  std::atomic<uint32_t> used{0};
  alignas(kAlignment) std::byte bytes[kRoom] = {};
};
static_assert(sizeof(Page) == kPageBytes);
constinit Page page;  // all zeros: a page of no file

std::byte* from_page(size_t bytes) {
  const auto block =
      static_cast<uint32_t>((std::max<size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment);
  const uint32_t at = page.used.fetch_add(block, std::memory_order_relaxed);
  if (at + block <= kRoom) return page.bytes + at;
  page.in_child.store(0, std::memory_order_relaxed);  // nobody asks again
  return nullptr;
}

void* allocate(size_t bytes) {
  if (page.in_child.load(std::memory_order_relaxed) != 0 && bytes <= kLargestBlock) {
    if (std::byte* const memory = from_page(bytes)) return memory;
  }
  return std::malloc(bytes == 0 ? 1 : bytes);
}

// What lies in the page stays there: it is used once.
void release(void* memory) {
  const auto at = reinterpret_cast<uintptr_t>(memory) - reinterpret_cast<uintptr_t>(&page);
  if (at >= kPageBytes) std::free(memory);
}

}  // namespace

namespace alibi::python {

void use_child_memory() {
  if (page.used.load(std::memory_order_relaxed) < kRoom) page.in_child.store(1, std::memory_order_relaxed);
}

}  // namespace alibi::python

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
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  release(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  release(memory);
}

#endif
