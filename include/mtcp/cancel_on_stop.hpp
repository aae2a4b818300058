#pragma once

#include <stop_token>
#include <utility>

#include <mtcp/tcp_canceller.hpp>

namespace mtcp {

/// While it lives, a stop request cancels, once; one that was made already cancels at once. With
/// it the destruction of a std::jthread ends the accept() that its thread is blocked in.
///
/// ```cpp
/// std::jthread acceptor([&](std::stop_token stop) {
///   mtcp::CancelOnStop on_stop(manager.canceller(), stop);
///   auto connection = listener.accept();
/// });
/// ```
///
/// In a header of its own, outside <mtcp/mtcp.hpp>, since some standard libraries lack
/// std::stop_token. Neither copied nor moved. Threads: the stop may be requested from any thread;
/// destruction waits for a cancel that is under way there. Nothing can fail, but for
/// std::bad_alloc where the library allocates. Not for signal handlers.
class [[nodiscard]] CancelOnStop {
 public:
  /// Cancels by `canceller` when a stop is requested through `token`.
  CancelOnStop(TcpCanceller canceller, std::stop_token token)
      : callback_(std::move(token), Cancel{std::move(canceller)}) {}

  CancelOnStop(const CancelOnStop&) = delete;
  CancelOnStop& operator=(const CancelOnStop&) = delete;

 private:
  struct Cancel {
    TcpCanceller canceller;
    void operator()() const noexcept { canceller.cancel(); }
  };

  std::stop_callback<Cancel> callback_;
};

}  // namespace mtcp
