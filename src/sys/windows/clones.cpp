#include "sys/windows/clones.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <new>

#include "sys/error.hpp"

namespace mtcp::sys::clones {

namespace {

using Number = std::uintptr_t;

/// Each handle that has clones, with a number that all handles of its socket have. Never destroyed:
/// threads may outlive static objects. In memory of its own, since closing may ask for none.
struct Groups {
  std::mutex mutex;
  std::map<Number, std::uint64_t> of_handle;
  std::uint64_t next = 0;
  std::atomic<std::size_t> size{0};  // most programs never clone, and take no lock

  static Groups& instance() {
    alignas(Groups) static std::byte room[sizeof(Groups)];
    static Groups& groups = *new (room) Groups;
    return groups;
  }
};

Number number(NativeHandle handle) noexcept {
  return static_cast<Number>(handle);
}

}  // namespace

std::error_code add(NativeHandle original, NativeHandle copy) noexcept try {
  Groups& groups = Groups::instance();
  const std::lock_guard lock(groups.mutex);
  const auto [of_original, is_new] = groups.of_handle.try_emplace(number(original), groups.next);
  if (is_new) ++groups.next;
  groups.of_handle.insert_or_assign(number(copy), of_original->second);
  groups.size = groups.of_handle.size();
  return {};
} catch (const std::bad_alloc&) {
  return make_error(std::errc::not_enough_memory);
}

void forget(NativeHandle handle) noexcept {
  Groups& groups = Groups::instance();
  if (groups.size == 0) return;
  const std::lock_guard lock(groups.mutex);
  groups.of_handle.erase(number(handle));
  groups.size = groups.of_handle.size();
}

bool are_same(NativeHandle one, NativeHandle other) noexcept {
  if (one == other) return true;
  Groups& groups = Groups::instance();
  if (groups.size == 0) return false;
  const std::lock_guard lock(groups.mutex);
  const auto found = groups.of_handle.find(number(one));
  const auto wanted = groups.of_handle.find(number(other));
  return found != groups.of_handle.end() && wanted != groups.of_handle.end() &&
         found->second == wanted->second;
}

}  // namespace mtcp::sys::clones
