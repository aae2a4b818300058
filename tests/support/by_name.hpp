#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <mtcp/mtcp.hpp>

#include "support/fake_resolver.hpp"
#include "support/pair.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {

/// A port on which nobody listens.
inline constexpr std::uint16_t closed_port = 1;

/// The address that `host` is.
SocketAddr address_of(std::string_view host, std::uint16_t port = 0);

std::uint16_t port_of(const TcpListener& listener);

/// Passes when `operation` takes less than `limit` in one of several tries: it does not wait for
/// something that takes that long.
void expect_once_within(std::chrono::nanoseconds limit, const std::function<void()>& operation);

/// The addresses that `message` says were tried, in that order.
std::vector<std::string> tried(const std::string& message);

/// Counts the library's system calls of one name.
class CallCount {
 public:
  explicit CallCount(std::string_view name)
      : judge_([this, name](const SystemCall& call) {
          if (call.name == name) ++count_;
          return Verdict::pass();
        }) {}

  /// Returns when there were that many. Fails the test after a minute.
  void wait_until(unsigned count) const;

 private:
  std::atomic<unsigned> count_{0};
  SystemCallJudge judge_;
};

/// "name.test", of whose addresses the first does not answer and the second does.
struct HoleThenLive {
  explicit HoleThenLive(FakeResolver& names)
      : hole(manager),
        port(hole.address().port()),
        live(or_raise(TcpListener::bind(manager, address_of("127.0.0.2", port)))) {
    names.answer("name.test", {hole.address(), address_of("127.0.0.2")});
  }

  TcpManager manager = make_manager();
  BlackHole hole;
  std::uint16_t port;
  TcpListener live;
};

}  // namespace mtcp::test
