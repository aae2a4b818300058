#pragma once

#include <span>
#include <string_view>
#include <thread>

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

/// Where a cancel comes from, as seen by the thread that it is to end.
enum class Way { OtherThread, OwnHandler, OtherHandler };

/// The ways that there are on this system.
std::span<const Way> all_ways();

std::string_view name_of(Way way);

/// Uses a canceller in one of the three ways. One at a time.
class CancelBy {
 public:
  /// To be made in the thread that is to be ended.
  CancelBy(Way way, const TcpCanceller& canceller);
  CancelBy(const CancelBy&) = delete;
  CancelBy& operator=(const CancelBy&) = delete;
  ~CancelBy();

  /// In another thread. With Way::OwnHandler the handler may run a little later than this returns.
  void operator()() const;

  /// Until it has cancelled.
  void await() const;

  /// In the thread that made this: lets another thread cancel, and returns when that is done.
  void and_wait() const;

 private:
  Way way_;
  TcpCanceller canceller_;
  std::thread::native_handle_type ended_;
};

}  // namespace mtcp::test
