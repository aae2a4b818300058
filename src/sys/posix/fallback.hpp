#pragma once

#include <atomic>
#include <cerrno>

namespace mtcp::sys {

/// Whether the system or a sandbox does not let a call be made at all.
inline bool is_refused() noexcept {
  return errno == ENOSYS || errno == EPERM;
}

/// Makes the `newer` of two calls that do the same or, if it is refused, the `older` one, and only
/// that from then on, as `is_missing` remembers. Each returns -1 with errno if it fails; so does
/// this. `refused` says whether the newer one was.
template <class Newer, class Older, class Refused = bool (*)() noexcept>
auto newer_or_older(std::atomic<bool>& is_missing, Newer newer, Older older,
                    Refused refused = is_refused) noexcept {
  if (is_missing.load(std::memory_order_relaxed)) [[unlikely]]
    return older();
  const auto made = newer();
  if (made >= 0 || !refused()) [[likely]]
    return made;
  const auto instead = older();
  // If that is refused as well, it is no matter of new and old.
  if (instead >= 0 || !is_refused()) is_missing.store(true, std::memory_order_relaxed);
  return instead;
}

}  // namespace mtcp::sys
