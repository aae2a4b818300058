#pragma once

#include <functional>
#include <thread>

#include <mtcp/mtcp.hpp>

namespace proxy {

/// While it lives, calls a function when a signal comes, in a thread of its own, where everything
/// may be done that is forbidden in a signal handler. Signals that come while it is being called
/// are answered by one more call.
class OnSignal {
 public:
  /// Throws std::system_error if there can be no manager or no thread, or if `signal` is none.
  OnSignal(int signal, std::function<void()> action);
  OnSignal(const OnSignal&) = delete;
  OnSignal& operator=(const OnSignal&) = delete;
  ~OnSignal();

 private:
  void wait_and_act() const;

  std::function<void()> action_;
  mtcp::TcpManager life_;    // cancelled by the end of this object
  mtcp::TcpManager signal_;  // its child, cancelled by the signal
  mtcp::CancelOnSignal hook_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace proxy
