#include "support/allocations.hpp"

#include <cstdlib>
#include <memory>
#include <new>

namespace mtcp::test {

namespace {

thread_local std::size_t count = 0;
thread_local bool exhausted = false;

/// Not every system has aligned_alloc(). In front of the memory is where it was taken from.
void* allocate_aligned(std::size_t size, std::size_t alignment) noexcept {
  std::size_t room = sizeof(void*) + alignment + size;
  void* const taken = std::malloc(room);
  if (!taken) return nullptr;
  room -= sizeof(void*);
  void* place = static_cast<char*>(taken) + sizeof(void*);
  std::align(alignment, size, place, room);
  static_cast<void**>(place)[-1] = taken;
  return place;
}

void release(void* memory, std::align_val_t alignment) noexcept {
  if (memory && static_cast<std::size_t>(alignment) > alignof(std::max_align_t))
    memory = static_cast<void**>(memory)[-1];
  std::free(memory);
}

void* allocate(std::size_t size, std::size_t alignment) noexcept {
  ++count;
  if (exhausted) return nullptr;
  if (size == 0) size = 1;
  if (alignment <= alignof(std::max_align_t)) return std::malloc(size);
  return allocate_aligned(size, alignment);
}

void* allocate_or_throw(std::size_t size, std::size_t alignment = 1) {
  if (void* const memory = allocate(size, alignment)) return memory;
  throw std::bad_alloc();
}

}  // namespace

std::size_t allocations() noexcept {
  return count;
}

NoMemory::NoMemory() noexcept {
  exhausted = true;
}

NoMemory::~NoMemory() {
  exhausted = false;
}

}  // namespace mtcp::test

using mtcp::test::allocate;
using mtcp::test::allocate_or_throw;
using mtcp::test::release;

void* operator new(std::size_t size) {
  return allocate_or_throw(size);
}
void* operator new[](std::size_t size) {
  return allocate_or_throw(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, 1);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, 1);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t alignment) noexcept {
  release(memory, alignment);
}
void operator delete[](void* memory, std::align_val_t alignment) noexcept {
  release(memory, alignment);
}
void operator delete(void* memory, std::size_t, std::align_val_t alignment) noexcept {
  release(memory, alignment);
}
void operator delete[](void* memory, std::size_t, std::align_val_t alignment) noexcept {
  release(memory, alignment);
}
