#include "accept.hpp"

#include <algorithm>
#include <utility>

namespace mtcp::detail {

sys::Attempt<sys::Accepted> accept_or_skip(NativeHandle listener) {
  auto accepted = sys::accept(listener);
  if (!accepted && sys::is_lost_in_queue(accepted.error())) return sys::Accepted{};
  return accepted;
}

std::chrono::milliseconds SkipPace::next() noexcept {
  return std::exchange(length_, std::min(2 * length_, std::chrono::milliseconds(64)));
}

}  // namespace mtcp::detail
