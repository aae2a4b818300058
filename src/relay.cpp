#include <mtcp/relay.hpp>

#include "internals.hpp"
#include "socket_relay.hpp"
#include "thread_relay.hpp"

namespace mtcp {

namespace {

using detail::Internals;

bool is_open(const TcpStream& stream) noexcept {
  return stream.native_handle().valid();
}

detail::Endpoint endpoint(const TcpStream& stream) noexcept {
  return {stream.native_handle(), Internals::state(stream).get()};
}

}  // namespace

RelayReport relay(StreamRef a, StreamRef b, Timeout timeout) {
  return detail::relay_by_threads(a, b, timeout);
}

RelayReport relay(TcpStream& a, TcpStream& b, Timeout timeout) {
  if (!is_open(a) || !is_open(b)) {
    const auto error = Internals::failure(detail::no_object(), {"relay", ""}, {},
                                          "a stream has no socket (moved-from)");
    return {{0, error}, {0, error}};
  }
  if (auto* manager = Internals::manager_of(a)->younger(*Internals::manager_of(b)))
    return detail::relay_sockets(*manager, endpoint(a), endpoint(b), timeout);
  return detail::relay_by_threads(a, b, timeout);
}

}  // namespace mtcp
